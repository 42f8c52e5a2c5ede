"""Smart assist: when a representative is helped, with what, and why."""
