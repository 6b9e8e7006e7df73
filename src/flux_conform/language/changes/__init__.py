"""Specifications written as changes on a neighbour.

A change is put into the neighbour's tree of nodes before the loader reads it, so that the loader
knows nothing of changes and each fault keeps the file, line and column of its text. `reading`
follows a chain of changes, `merge` puts one into the other, `rows` does that for transitions, and
`removal` takes out of the neighbour what speaks of what the change removes.
"""
