"""Members by the million, and what it costs to find one, to read his standing and to spend his points."""
