"""The views of a machine beside its plain states: each module makes a picture of one kind."""
