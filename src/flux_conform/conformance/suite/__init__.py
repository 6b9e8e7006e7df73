"""The conformance suite: vectors made from a specification, and how implementations meet them."""
