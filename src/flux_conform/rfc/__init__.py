"""The text of an RFC: what is made for it from a specification, and what is read from it."""
