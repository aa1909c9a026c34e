"""What shoppers and staff say to each other, whichever channel carries it."""
