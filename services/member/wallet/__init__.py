"""Holding, committing and giving back what members spend."""
