"""Attribution: who helped to sell it, and what the channels do for each other."""
