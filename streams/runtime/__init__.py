"""The runtime: one log in, one record batch out."""
