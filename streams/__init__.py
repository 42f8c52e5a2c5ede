"""The machine room: whatever touches a clock, a socket or a disk."""
