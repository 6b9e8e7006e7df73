"""Where eventlogs come from. Nothing here knows a specification."""
