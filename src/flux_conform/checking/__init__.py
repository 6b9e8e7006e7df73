"""Checks logs against a specification: judgements, findings, windows, replay, and their text."""
