"""A year of a real chain, read as the trade would say it: journey J8's input."""
