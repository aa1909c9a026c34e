"""The ways by which the brand reaches a person, behind one contract."""
