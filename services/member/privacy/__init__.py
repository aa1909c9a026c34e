"""Consents, what is handed out to the person it is about, and what is forgotten."""
