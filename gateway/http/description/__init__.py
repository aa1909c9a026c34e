"""The API's own description, and the words in which it speaks of fields and rules."""
