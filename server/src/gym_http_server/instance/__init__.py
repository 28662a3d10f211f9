"""What is done to one environment: its operations, its thread, exactly once."""
