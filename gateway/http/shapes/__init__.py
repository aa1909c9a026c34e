"""What several audiences are shown and send: the models, and their way to and from the contracts."""
