"""The static table: a vector for each word piece, shipped with the package.

Distilled from a sentence encoder by `python -m ops encoder build` (recipe, text and licence in the
`NOTICE` beside the file), it makes vectors by adding rows, in exact integers. A file is

    magic `CUESTTB1`, SHA-256 of the rest (32 bytes),
    rows n, dims d, length of the pieces' text (uint32 each, little-endian),
    pieces (UTF-8, one a line), multipliers (uint16, n), rows (int8, n x d).

A row's value is its int8 times its multiplier; only ratios mean anything.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt

from processors.errors import InvalidReferenceError

FILE: Final = "static-256-int8.bin"
MULTIPLIER_MAX: Final = 1_023
PIECES_OF_WORD_MAX: Final = 16

_MAGIC: Final = b"CUESTTB1"
_HEAD: Final = struct.Struct("<III")
_BODY_AT: Final = len(_MAGIC) + 32

Rows = npt.NDArray[np.int8]
Multipliers = npt.NDArray[np.uint16]
Sums = npt.NDArray[np.int32]


class StaticTable:
    """Word pieces and their rows.

    Attributes:
        fingerprint: `static-` and the beginning of the file's digest.
        dims: Length of a row.
    """

    def __init__(
        self, pieces: Sequence[str], rows: Rows, multipliers: Multipliers, digest: str
    ) -> None:
        self.fingerprint = f"static-{digest[:16]}"
        self.dims = int(rows.shape[1])
        self.pieces = {piece: number for number, piece in enumerate(pieces)}
        self.rows, self.multipliers = rows, multipliers

    def pieces_of(self, word: str) -> list[int]:
        """Return the numbers of a word's pieces: the longest ones from the left.

        A word that cannot be cut into known pieces has none, as the teacher reads it.
        """
        whole = self.pieces.get(word)
        if whole is not None:
            return [whole]
        found: list[int] = []
        start, length = 0, len(word)
        while start < length:
            if len(found) >= PIECES_OF_WORD_MAX:
                return found
            for end in range(length, start, -1):
                part = word[start:end] if start == 0 else f"##{word[start:end]}"
                number = self.pieces.get(part)
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return []
        return found

    def row_of(self, word: str) -> Sums:
        """Return the sum of a word's rows: exact, shape (dims,)."""
        numbers = self.pieces_of(word[:100])
        rows = self.rows[numbers].astype(np.int32)
        summed: Sums = (rows * self.multipliers[numbers].astype(np.int32)[:, None]).sum(
            axis=0, dtype=np.int32
        )
        return summed


def packed(pieces: Sequence[str], rows: Rows, multipliers: Multipliers) -> bytes:
    """Return the file of a table."""
    text = "\n".join(pieces).encode()
    body = b"".join(
        (
            _HEAD.pack(rows.shape[0], rows.shape[1], len(text)),
            text,
            multipliers.astype("<u2").tobytes(),
            rows.astype(np.int8).tobytes(),
        )
    )
    return _MAGIC + sha256(body).digest() + body


def unpacked(content: bytes) -> StaticTable:
    """Return the table of a file. Raises InvalidReferenceError when it is damaged."""
    body = content[_BODY_AT:]
    digest = sha256(body)
    if content[: len(_MAGIC)] != _MAGIC or content[len(_MAGIC) : _BODY_AT] != digest.digest():
        raise InvalidReferenceError(
            reference="static table", field="", because="the file is damaged; install again"
        )
    count, dims, length = _HEAD.unpack_from(body)
    at = _HEAD.size + length
    pieces = body[_HEAD.size : at].decode().split("\n")
    multipliers = np.frombuffer(body, "<u2", count, at)
    rows = np.frombuffer(body, np.int8, count * dims, at + 2 * count).reshape(count, dims)
    return StaticTable(pieces, rows, multipliers.astype(np.uint16), digest.hexdigest())


@lru_cache(maxsize=1)
def static_table() -> StaticTable:
    """Return the table that comes with the package; read once."""
    with files("processors.intents").joinpath(FILE).open("rb") as file:
        return unpacked(file.read())
