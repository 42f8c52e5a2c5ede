"""The rules: pure state machines. No clock, no chance, no input or output."""
