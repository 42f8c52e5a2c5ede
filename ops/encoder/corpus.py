"""The text that the table is distilled on: only what may be used for any purpose.

MultiDoGO (CDLA-Permissive-1.0; training splits, so that its test splits stay unseen) and sentences
of our own grammar. No share-alike and no non-commercial text, and none of the sets that the
benchmarks report.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from ops.encoder import grammar
from ops.encoder.errors import UnreadableError

GRAMMAR_SENTENCES: Final = 50_000
_COLUMNS: Final = 6


def multidogo(directory: Path) -> list[str]:
    """Return the different customer utterances of the training splits, sorted.

    Rows with another number of columns than the head are damaged and left out.
    """
    files = sorted(directory.glob("*/train.tsv"))
    if not files:
        raise UnreadableError(path=str(directory), because="there is no */train.tsv of MultiDoGO")
    found = {
        text
        for file in files
        for line in file.read_text(encoding="utf-8", errors="replace").split("\n")[1:]
        if len(cells := line.split("\t")) == _COLUMNS and (text := " ".join(cells[3].split()))
    }
    return sorted(found)


def own_sentences() -> list[str]:
    """Return the sentences of our grammar."""
    return grammar.sentences(GRAMMAR_SENTENCES)


def digest(texts: Sequence[str]) -> str:
    """Return the SHA-256 of texts, one a line."""
    return sha256("\n".join(texts).encode()).hexdigest()
