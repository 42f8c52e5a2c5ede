"""What several rings of tests share: brokers, builders, waiting."""
