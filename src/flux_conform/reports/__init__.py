"""What came of judging logs, in the forms that people, build servers and code hosts read."""
