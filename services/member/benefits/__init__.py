"""Benefits that the brand gives, once for each reason."""
