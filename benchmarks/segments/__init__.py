"""What it costs to ask whom a rule means among a million members, and to enter a campaign for many of them."""
