"""How a suite is made from a specification, and how strong it is.

`all_vectors` gathers the vectors: each purpose has a module that yields drafts (`*_vectors`), from
the clean logs of `clean_graph` and the events of `telling_events`; `vector` computes what is
expected of them, and `contested` which of that rests on open questions. `strength` and `strengthen`
measure the suite by the mutants of `flux_conform.mutation`; `killers` finds logs for mutants that
survive. `export` and `shipping` write the folder.
"""
