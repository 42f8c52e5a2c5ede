"""The log once more: offline driver, audit, seeded simulator. No broker, no clock."""
