"""The demo: a brand, and a story that is played through the suite's public doors."""
