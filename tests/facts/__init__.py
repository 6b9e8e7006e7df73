"""Hand-made facts about the rules, the machine and the logs, read from the RFCs alone."""
