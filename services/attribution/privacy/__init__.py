"""What attribution keeps of a person: handed out, and forgotten."""
