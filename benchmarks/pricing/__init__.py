"""How long the promotion engine thinks about a cart."""
