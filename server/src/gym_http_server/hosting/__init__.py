"""Where instances live: the table of them all, and the hosts that place them."""
