"""Whether a record keeps its contract's bounds, at the speed of the hot path.

`schemas.catalogue.check` walks the whole contract, 90 µs a turn; here only fields that have bounds
are looked at, 5 µs. It stays the judge: whatever looks wrong here is given to it for the sentence.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec

from schemas import catalogue

_BOUNDS = ("min", "max", "length_min", "length_max", "pattern")


class _Bound(msgspec.Struct, frozen=True):
    name: str
    is_text: bool
    low: float
    high: float
    shortest: int
    longest: int
    pattern: re.Pattern[str] | None

    def holds(self, value: Any) -> bool:
        if value is None:
            return True
        if self.is_text:
            if type(value) is not str or not self.shortest <= len(value) <= self.longest:
                return False
            return self.pattern is None or self.pattern.fullmatch(value) is not None
        # A boolean, a text or anything else here is for the judge to look at.
        return type(value) is int and self.low <= value <= self.high


def require_bounds(record: msgspec.Struct) -> None:
    """Return when the record keeps its contract's bounds.

    Raises:
        InvalidRecordError: It does not; the sentence names the field.
        UnknownContractError: This is no record of a contract.
    """
    bounds = _bounds(type(record))
    if bounds is None or not all(bound.holds(getattr(record, bound.name)) for bound in bounds):
        catalogue.check(record)


@cache
def _bounds(cls: type[msgspec.Struct]) -> tuple[_Bound, ...] | None:
    """Return the bounds of a record's own fields; None when its values must all be looked at."""
    fields = catalogue.of(cls).definition["fields"]
    if any(_needs_the_judge(field["type"]) for field in fields):
        return None
    return tuple(_bound(field) for field in fields if any(name in field for name in _BOUNDS))


def _needs_the_judge(avro_type: Any) -> bool:
    """Return True for what may hold records, and for floats, which must be finite."""
    kinds = avro_type if isinstance(avro_type, list) else [avro_type]
    return any(
        kind in {"float", "double"} if isinstance(kind, str) else kind["type"] != "enum"
        for kind in kinds
    )


def _bound(field: dict[str, Any]) -> _Bound:
    pattern = field.get("pattern")
    return _Bound(
        name=field["name"],
        is_text="string" in field["type"],
        low=field.get("min", float("-inf")),
        high=field.get("max", float("inf")),
        shortest=field.get("length_min", 0),
        longest=field.get("length_max", 1 << 62),
        pattern=None if pattern is None else re.compile(pattern),
    )
