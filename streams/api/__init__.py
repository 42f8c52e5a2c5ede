"""The HTTP side of a worker: queries, commands, the gateway, live updates and the console."""
