"""Kafka for this machine and this engine: a local Apache Kafka, and its topics."""
