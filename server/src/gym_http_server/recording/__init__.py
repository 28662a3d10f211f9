"""What a monitor leaves on disk: episodes and videos."""
