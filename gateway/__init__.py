"""The front door: owns no database; one image, two processes."""
