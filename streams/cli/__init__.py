"""The command line: `cuestream VERB`, one file a verb, loaded when it is used."""

from streams.cli.verbs import cuestream, main

__all__ = ["cuestream", "main"]
