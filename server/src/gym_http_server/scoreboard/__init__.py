"""Evaluations of what monitors recorded, and the database that keeps them."""
