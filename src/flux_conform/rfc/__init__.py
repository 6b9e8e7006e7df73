"""RFC text and the specifications: what a text takes from a machine, and what is read from it."""
