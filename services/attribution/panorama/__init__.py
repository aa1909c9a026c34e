"""What the channels do for each other: store by week by channel."""
