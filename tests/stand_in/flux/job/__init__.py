"""As much of flux.job as examples/journal.py uses."""
