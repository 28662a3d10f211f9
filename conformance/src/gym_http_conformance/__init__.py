"""Decides whether a server or a client of gym-http-api works: cases, a recording proxy, reports."""

__version__ = "1.0.0"
