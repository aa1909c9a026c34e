"""Who is credited for each order line, and why."""
