"""Where a follower stands, as a value that survives a restart."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from streams.client.errors import CursorError

_VERSION = 1


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Offsets to go on from, and what has been seen of each source.

    Attributes:
        next: Topic to partition to the offset of the next record.
        seen: Topic to CloudEvents source to the highest sequence taken; it lets a reader drop what
            a processor sent twice.
        version: Format of the cursor.
    """

    next: dict[str, dict[int, int]] = {}
    seen: dict[str, dict[str, int]] = {}
    version: int = _VERSION

    def to_json(self) -> str:
        """Return the cursor as one line of JSON."""
        plain = msgspec.to_builtins(self, str_keys=True)
        return msgspec.json.encode(plain, order="deterministic").decode()

    @classmethod
    def from_json(cls, text: str | bytes, *, where: str = "cursor") -> Cursor:
        """Return the cursor behind `to_json`.

        Raises:
            CursorError: The text is no cursor, or one of a later version.
        """
        try:
            cursor = msgspec.json.decode(text, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CursorError(where=where, because=f"this is no cursor: {error}") from error
        if cursor.version != _VERSION:
            raise CursorError(
                where=where,
                because=f"a cursor of version {cursor.version}; this build reads {_VERSION}",
            )
        return cursor


def save_cursor(cursor: Cursor, path: Path) -> None:
    """Write the cursor; a crash leaves the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(cursor.to_json() + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load_cursor(path: Path) -> Cursor | None:
    """Return the saved cursor; None when there is no such file.

    Raises:
        CursorError: The file holds no cursor.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CursorError(where=str(path), because=str(error)) from error
    return Cursor.from_json(text, where=str(path))
