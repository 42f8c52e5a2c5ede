"""Local state behind one small port: memory and RocksDB, one conformance suite."""
