"""Projections: one screen, one file. Rows that readers query."""
