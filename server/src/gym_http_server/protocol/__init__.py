"""Bytes, documents and errors of the contract; knows nothing of environments."""
