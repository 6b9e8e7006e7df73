"""RFC text and the specifications: what a text can take from a machine, and clauses as links."""
