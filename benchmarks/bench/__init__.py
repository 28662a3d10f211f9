"""Measures gym-http-api beside its peers, its floors and itself in other languages; see README.md."""
