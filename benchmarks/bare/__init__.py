"""The thinnest checkout that this technology allows: what the real one is held against. No rules, no auth, no saga."""
