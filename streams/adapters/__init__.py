"""Outside payloads and data sets to records: one file a source."""
