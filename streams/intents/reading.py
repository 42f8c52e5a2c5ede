"""A library in a folder, ready to detect."""

from __future__ import annotations

from pathlib import Path

from processors.intents.encoder import Encoder
from processors.intents.loading import Library, load_library
from streams.mining.reading import library_file, naming_file


def library_in(path: Path, encoder: Encoder | None = None) -> Library:
    """Return the library in a folder, or in the file that is named.

    Raises:
        UnreadableTurnsError: There is none.
        UnusableLibraryError: It does not say what it must, or wants another encoder.
    """
    content = library_file(path)
    with naming_file(path):
        return load_library(content, encoder=encoder)
