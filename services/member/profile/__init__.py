"""What members would like to have."""
