"""How a member can be recognised: what he adds, proves and takes away, and headquarters' rules on it."""
