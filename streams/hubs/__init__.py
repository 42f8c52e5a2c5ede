"""Deliveries to engagement hubs over HTTP, and what hubs say back."""
