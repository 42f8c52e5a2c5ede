"""From bot to human: what a hand-off carries, to whom it is connected, and what became of it."""
