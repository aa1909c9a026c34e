"""Processes with one guard taken out, or one neighbour misbehaving: each module is a switch, and runs its service."""
