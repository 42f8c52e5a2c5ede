"""One conversation: who takes part, who owns it, what was said, and that it ended."""
