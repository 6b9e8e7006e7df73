"""What a specification says: types, expressions, the loader, and the proofs."""
