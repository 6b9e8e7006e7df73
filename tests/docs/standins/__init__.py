"""Programs that stand for those which a page names and not every machine has."""
