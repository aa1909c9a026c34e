"""What every request passes, and how it reaches the services."""
