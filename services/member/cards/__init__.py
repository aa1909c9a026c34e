"""Gift cards: batches, sale, assignment, end."""
