"""CloudEvents 1.0 attributes on Kafka headers, in binary mode.

`ce_specversion`, `ce_id`, `ce_source`, `ce_type`, `ce_subject`, `ce_time` and
`content-type: application/avro`; derived records also carry `ce_sequence`, a decimal number that
only grows per source, and `ce_processor`.

Source:
    CloudEvents 1.0.2 specification; Kafka protocol binding for CloudEvents 1.0.2, binary mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.errors import UndecodableError
from schemas.units import from_rfc3339, to_rfc3339

CONTENT_TYPE: Final = b"application/avro"
SEQUENCE: Final = "ce_sequence"
SOURCE: Final = "ce_source"

Header = tuple[str, bytes]

_SPEC: Final = ("ce_specversion", b"1.0")
_CONTENT: Final = ("content-type", CONTENT_TYPE)
_PREFIX: Final = "ce_"
_ATTRIBUTES: Final = frozenset(
    f"ce_{name}" for name in ("specversion", "id", "source", "type", "subject", "time", "sequence")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """What the headers of a record say about it.

    Attributes:
        id: Unique within the source.
        source: Who produced it.
        type: Full name of the record.
        subject: Key of the aggregate it concerns.
        time_ms: When it happened, epoch ms.
        sequence: Position of a derived record among those of its source; it only grows.
        extensions: Every other attribute, e.g. `processor`.
    """

    id: str
    source: str
    type: str
    subject: str | None = None
    time_ms: int | None = None
    sequence: int | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)


def build(
    *,
    name: bytes,
    id: str,  # noqa: A002 - the attribute's name in CloudEvents
    source: str,
    time_ms: int,
    subject: bytes | None,
    extra: Sequence[Header] = (),
) -> list[Header]:
    """Return the headers of a record whose full name is `name`.

    Raises:
        ValueError: `time_ms` has no RFC 3339 form.
    """
    found = [
        _SPEC,
        ("ce_id", id.encode()),
        (SOURCE, source.encode()),
        ("ce_type", name),
        ("ce_time", to_rfc3339(time_ms).encode()),
        _CONTENT,
    ]
    if subject:
        found.append(("ce_subject", subject))
    found.extend(extra)
    return found


def read(headers: Iterable[Header]) -> CloudEvent:
    """Return the attributes behind a record's headers; the last of equal names wins.

    Raises:
        UndecodableError: A required attribute is missing or one cannot be read.
    """
    given = {name: value for name, value in headers if name.startswith(_PREFIX)}
    if given.get("ce_specversion") != b"1.0":
        version = _text(given, "ce_specversion")
        raise _undecodable("ce_specversion", f"{version!r}; this reader knows 1.0")
    id_, source, kind = (_text(given, name) for name in ("ce_id", SOURCE, "ce_type"))
    subject, time, position = (
        _text(given, name) if name in given else None
        for name in ("ce_subject", "ce_time", SEQUENCE)
    )
    return CloudEvent(
        id=id_,
        source=source,
        type=kind,
        subject=subject,
        time_ms=None if time is None else _time(time),
        sequence=None if position is None else _sequence(position),
        extensions={name[3:]: _text(given, name) for name in given if name not in _ATTRIBUTES},
    )


def sequence_of(headers: Iterable[Header]) -> tuple[str, int] | None:
    """Return `(source, sequence)` of a derived record; None for a record without a sequence.

    Reads nothing else, for the reader that only drops what it has seen.

    Raises:
        UndecodableError: There is a sequence and it cannot be read, or its source is missing.
    """
    source = position = None
    for name, value in headers:
        if name == SEQUENCE:
            position = value
        elif name == SOURCE:
            source = value
    if position is None:
        return None
    given = {SEQUENCE: position, SOURCE: source or b""}
    return _text(given, SOURCE), _sequence(_text(given, SEQUENCE))


def _text(given: Mapping[str, bytes], name: str) -> str:
    value = given.get(name)
    if not value:
        raise _undecodable(name, "missing or empty")
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        raise _undecodable(name, "not UTF-8") from None


def _time(text: str) -> int:
    try:
        return from_rfc3339(text)
    except ValueError as error:
        raise _undecodable("ce_time", str(error)) from None


def _sequence(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise _undecodable(SEQUENCE, f"{text[:40]!r} is no decimal number of at most 19 digits")
    return int(text)


def _undecodable(name: str, because: str) -> UndecodableError:
    return UndecodableError(code="undecodable", because=f"header {name}: {because}")
