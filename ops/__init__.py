"""Running it: one door for everything that is done to the project rather than by it."""
