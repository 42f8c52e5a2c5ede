"""Files that verbs publish, read with a sentence for whatever is wrong with them."""

from __future__ import annotations

from pathlib import Path

from streams.cli.errors import NotDoneError
from streams.reference_publication import CONTENT_BYTES_MAX


def read_content(path: Path, bytes_max: int = CONTENT_BYTES_MAX) -> bytes:
    """Return a file's content.

    Raises:
        NotDoneError: It is missing, a folder, empty or too large.
    """
    try:
        size = path.stat().st_size
        if size > bytes_max:
            raise NotDoneError(f"{path}: {size:,} bytes; an artefact may have {bytes_max:,}")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NotDoneError(f"{path}: there is no such file") from error
    except IsADirectoryError as error:
        raise NotDoneError(f"{path}: this is a folder, not a file") from error
    if not content.strip():
        raise NotDoneError(f"{path}: the file is empty")
    return content
