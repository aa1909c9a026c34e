"""What the contracts promise of themselves, beyond what a linter can see."""
