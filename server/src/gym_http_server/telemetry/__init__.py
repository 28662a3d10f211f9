"""Figures and lines that any room may report."""
