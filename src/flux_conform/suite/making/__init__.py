"""How a suite is made from a specification, and how strong it is.

`generate` gathers the vectors: each purpose has a module that yields drafts (`breaking`, `steps`,
`data`, `several`, `contexts`, `lines`, `length`, `control`), all of them over the clean logs of
`graph` and the events of `letters`; `vector` says what is expected of them. `mutants` are what they
are measured by (`strength`, `strengthen`), `killers` and `equivalence` decide on those that are
left, and `export` and `shipping` write the folder.
"""
