"""A library in a folder, ready to detect."""

from __future__ import annotations

from pathlib import Path

from processors.intents.encoder import Encoder
from processors.intents.loading import Library, load_library
from streams.mining.errors import UnreadableTurnsError
from streams.mining.reading import LIBRARY_FILE


def library_in(path: Path, encoder: Encoder | None = None) -> Library:
    """Return the library in a folder, or in the file that is named.

    Raises:
        UnreadableTurnsError: There is none.
        InvalidReferenceError: It does not say what it must, or wants another encoder.
    """
    file = path / LIBRARY_FILE if path.is_dir() else path
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UnreadableTurnsError(
            path=str(file), because="there is no library; write one with cuestream train or mine"
        ) from error
    return load_library(content, encoder=encoder)
