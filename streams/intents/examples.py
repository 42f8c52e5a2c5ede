"""Labelled examples in a file, one JSON object a line, to a library without model.

    {"text": "where is my parcel", "intent": "track order", "group": "orders"}

An intent's id is a slug of its name; two names with one slug are told apart by a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from processors.intents.library import Group, Intent, LibraryContent
from streams.mining.errors import MiningInputError, UnreadableTurnsError
from streams.mining.reading import cannot_be_read, lines, what_is_wrong

_NO_SLUG: Final = re.compile(r"[^a-z0-9]+")


class BadExampleError(MiningInputError):
    """A line is no example; `line` counts from 1."""

    def __init__(self, *, path: str, line: int, because: str) -> None:
        super().__init__(
            f"{path}, line {line:,}: {because}. A line is an object like "
            '{"text": "where is my parcel", "intent": "track order"}; correct it, '
            "or pass over such lines with --skip-bad"
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
        """Yield the examples.

        Raises:
            UnreadableTurnsError: The file is missing or cannot be read.
            BadExampleError: A line is no example.
        """
        try:
            with self._path.open("rb") as file:
                for number, line in enumerate(lines(file), 1):
                    if line.strip():
                        yield from self._read(line, number)
        except FileNotFoundError as error:
            raise UnreadableTurnsError(
                path=str(self._path), because="there is no such file"
            ) from error
        except IsADirectoryError as error:
            raise UnreadableTurnsError(
                path=str(self._path), because="this is a folder; name a file of examples"
            ) from error
        except OSError as error:
            raise UnreadableTurnsError(
                path=str(self._path), because=cannot_be_read(error)
            ) from error

    def _read(self, line: bytes, number: int) -> Iterator[Example]:
        try:
            found = msgspec.json.decode(line, type=Example)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            because = what_is_wrong(line, error)
        else:
            if found.intent.strip() and found.text.strip():
                yield found
                return
            because = "text and intent may not be empty"
        if not self._skips_bad:
            raise BadExampleError(path=str(self._path), line=number, because=because)
        self.bad.append((number, because))


def library_of(examples: Iterable[Example]) -> LibraryContent:
    """Return a library of the examples, without model.

    Repeats count once. A text that was given several intents (people label "yes" as they please)
    stays with the one it was given most often, by name where that is even.
    """
    labels: dict[str, Counter[str]] = {}
    texts: dict[str, list[str]] = {}
    group_of: dict[str, str] = {}
    for one in examples:
        name = " ".join(one.intent.split())
        texts.setdefault(name, [])
        labels.setdefault(one.text, Counter())[name] += 1
        if one.group and one.group.strip():
            group_of.setdefault(name, " ".join(one.group.split()))
    for text, names in labels.items():
        texts[min(names, key=lambda name: (-names[name], name))].append(text)
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
