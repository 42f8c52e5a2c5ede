"""The built-in self-service bot: topics as data, one answer at a time, every step explained."""
