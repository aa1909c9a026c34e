"""What order keeps of a person: handed out, and forgotten."""
