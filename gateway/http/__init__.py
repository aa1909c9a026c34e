"""The door for people: HTTP and JSON."""
