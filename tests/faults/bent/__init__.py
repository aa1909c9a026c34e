"""Services that do wrong on purpose: each runs as a process of its own, and is bent only then, never when imported."""
