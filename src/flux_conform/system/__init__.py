"""Systems: participants around one log, and the messages between them."""
