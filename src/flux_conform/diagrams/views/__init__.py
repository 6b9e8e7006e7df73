"""The views of a machine: each module makes one kind of picture."""
