"""A part of what a member holds, handed to a terminal to be spent without a line."""
