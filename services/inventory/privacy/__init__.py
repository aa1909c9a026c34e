"""What inventory keeps of a person: handed out, and forgotten."""
