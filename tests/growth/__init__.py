"""What must not grow with the past or the range of goods, and what may grow in step with them."""
