"""Members and the staff who serve them."""
