"""Spaces and their values: described to clients, parsed from them."""
