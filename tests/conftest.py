"""Fixtures for every ring."""

pytest_plugins = ["tests.support.kafka"]
