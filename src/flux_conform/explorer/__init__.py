"""The explorer: one page that judges logs in a browser, by the compiled specification."""
