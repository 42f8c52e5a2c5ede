"""The language: Avro contracts, the records made from them, and how they travel."""
