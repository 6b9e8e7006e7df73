"""RFC texts: what a text takes from a specification, and how a text is compared with one."""
