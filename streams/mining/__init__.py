"""Mining from files and logs: what it reads, what it writes."""
