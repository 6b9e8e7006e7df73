"""The conformance suite: made from a specification (`making`), run against a program.

A suite is a folder of plain files (`folder`). A program under test is a `harness` that speaks the
`protocol`; `run` drives it, `compare` compares its answers with what is expected, and `results`
holds what reports are made from. `coverage` and `statement` assess programs that write logs.
"""
