"""Encoders that need more than the base install; the extra `[embeddings]`."""
