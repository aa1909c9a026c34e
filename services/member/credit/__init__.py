"""Shopping credit: given and taken by hand; spent by the wallet."""
