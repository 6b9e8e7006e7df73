"""Readers for the places that hold eventlogs; this package knows no specification."""
