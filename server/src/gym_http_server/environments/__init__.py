"""Which environments there are, how one is made, and its frames."""
