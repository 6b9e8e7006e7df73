"""The step of a machine in Z3's terms, for any configuration and any event."""
