"""What a specification means: one step of its machine, over values, over symbols, over graphs."""
