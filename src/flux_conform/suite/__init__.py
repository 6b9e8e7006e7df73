"""The conformance suite: made from a specification (`making`), run against a program.

A suite is a folder of plain files (`folder`). A program under test is a `harness` that speaks the
`protocol`; `run` drives it, `compare` holds its answers against what is expected, and the reports
tell. `coverage` and `statement` are for those who write logs.
"""
