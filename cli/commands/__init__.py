"""The commands of omoctl: each module has `register(app)` and nothing else that others use."""
