"""What was looked at before anybody signed in, and whose it becomes."""
