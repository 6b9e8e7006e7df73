"""One log against a specification: the machine, findings, replay and repair."""
