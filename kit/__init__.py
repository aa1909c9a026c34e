"""Machinery that every server process shares."""
