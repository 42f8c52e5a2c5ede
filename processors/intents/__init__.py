"""What customers want: detecting it live, asking for what is missing; numpy only."""
