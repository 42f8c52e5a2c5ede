"""Logs as files: any topic in Avro object container files, exact to the byte, and back again."""
