"""Small changes of a specification, and what notices them.

`mutants` makes them, by `rewrites` of expressions and types; `equivalence` finds a log that tells a
mutant from its specification, or proves that there is none, under each of the `powers` of
observation. `notices` finds what in the specification itself notices a mutant (a claim, a scenario
or an example), mostly by a `screen` of the specification's own runs, and `score` counts
that for all of them.
"""
