"""What members have earned, and the tier that their spend has reached."""
