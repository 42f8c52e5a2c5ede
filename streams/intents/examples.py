"""Labelled examples in a file, one JSON object a line, to a library without model.

    {"text": "where is my parcel", "intent": "track order", "group": "orders"}

An intent's id is a slug of its name; two names with one slug are told apart by a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from processors.intents.library import Group, Intent, LibraryContent
from streams.mining.errors import MiningInputError

_BOM: Final = b"\xef\xbb\xbf"
_NO_SLUG: Final = re.compile(r"[^a-z0-9]+")


class BadExampleError(MiningInputError):
    """A line is no example, or the file cannot be read; `line` counts from 1, 0 is the file."""

    def __init__(self, *, path: str, line: int, because: str) -> None:
        where = f"{path}, line {line:,}" if line else path
        super().__init__(
            f'{where}: {because}. A line is an object like {{"text": "where is my parcel", '
            '"intent": "track order"}; correct it, or pass over such lines with --skip-bad'
        )
        self.path, self.line, self.because = path, line, because


class Example(msgspec.Struct, frozen=True):
    """One line of the file.

    Attributes:
        text: What a customer said.
        intent: Name of what it is about.
        group: Name of the group of the intent; the first that an intent is given counts.
    """

    text: str
    intent: str
    group: str | None = None


class Examples:
    """The examples of a file.

    Attributes:
        bad: Lines passed over, and why.
    """

    def __init__(self, path: Path, *, skips_bad: bool = False) -> None:
        self.bad: list[tuple[int, str]] = []
        self._path, self._skips_bad = path, skips_bad

    def __iter__(self) -> Iterator[Example]:
        """Yield the examples. Raises BadExampleError."""
        try:
            file = self._path.open("rb")
        except OSError as error:
            because = (
                "there is no such file"
                if isinstance(error, FileNotFoundError)
                else (error.strerror or "it cannot be read")
            )
            raise BadExampleError(path=str(self._path), line=0, because=because) from error
        with file:
            for number, line in enumerate(file, 1):
                content = line.removeprefix(_BOM) if number == 1 else line
                if content.strip():
                    yield from self._read(content, number)

    def _read(self, line: bytes, number: int) -> Iterator[Example]:
        try:
            found = msgspec.json.decode(line, type=Example)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            because = str(error)
        else:
            if found.intent.strip() and found.text.strip():
                yield found
                return
            because = "text and intent may not be empty"
        if not self._skips_bad:
            raise BadExampleError(path=str(self._path), line=number, because=because)
        self.bad.append((number, because))


def library_of(examples: Iterable[Example]) -> LibraryContent:
    """Return a library of the examples, without model; repeats count once."""
    texts: dict[str, dict[str, None]] = {}
    group_of: dict[str, str] = {}
    for one in examples:
        name = " ".join(one.intent.split())
        texts.setdefault(name, {})[one.text] = None
        if one.group and one.group.strip():
            group_of.setdefault(name, " ".join(one.group.split()))
    ids = _slugs(texts)
    group_ids = _slugs(dict.fromkeys(sorted(group_of.values())))
    intents = [
        Intent(
            intent_id=ids[name],
            name=name,
            examples=tuple(said),
            group_id=group_ids[group_of[name]] if name in group_of else None,
        )
        for name, said in texts.items()
    ]
    groups = [Group(group_id=group_id, name=name) for name, group_id in group_ids.items()]
    return LibraryContent(
        intents=tuple(sorted(intents, key=lambda one: one.intent_id)),
        groups=tuple(sorted(groups, key=lambda one: one.group_id)),
    )


def _slugs(names: Iterable[str]) -> dict[str, str]:
    """Return an id for each name, all different; names are taken in sorted order."""
    taken: dict[str, str] = {}
    for name in sorted(names):
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        slug = _NO_SLUG.sub("_", plain).strip("_") or "intent"
        number, found = 1, slug
        while found in taken:
            number += 1
            found = f"{slug}_{number}"
        taken[found] = name
    return {name: slug for slug, name in taken.items()}
