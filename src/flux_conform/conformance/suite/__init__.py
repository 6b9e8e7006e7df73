"""The conformance suite: vectors made from a specification, their strength, and how they are run.

Generation walks the machine (`letters`, `roads`) and gathers logs by purpose (`purposes`, each in a
module of its own); `vector` says what is expected of each; `mutants` and `strength` measure what
the vectors tell apart; `export` writes them as plain JSON and eventlogs.
"""
