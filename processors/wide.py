"""Wide states: an index over many small rows, changed in place, written a row at a time.

A wide state is a `Wide` with typed tables. A rule puts and drops rows; `changes` names what is
different from before, as `machine.Row`s, which is all that is written. `load` reads the same rows
back. What a wide state knows beside its tables (orders, sums, look-ups) is computed from them.

    class Desk(Wide):
        def __init__(self, key: bytes) -> None:
            super().__init__(key)
            self.seats = self.table("seat", Seat)

    desk = Desk(b"demo")
    desk.load(read)
    desk.seats.put("ann", Seat(number=3))
    return Outcome(desk, rows=desk.changes())
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Any, Final, Generic, TypeVar

import msgspec

from processors.machine import Row, RowReader

R = TypeVar("R", bound=msgspec.Struct)

NUL: Final = "\0"
"""Parts a composite key: no id holds it."""

_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode


def joined(*parts: str) -> str:
    """Return a composite key; keys with the same first parts stand together, in order."""
    return NUL.join(parts)


class Table(Generic[R]):
    """The rows of one kind: own key to frozen struct.

    Keys are text; their order is that of their UTF-8 bytes, so the order of the rows on disk. Rows
    are frozen structs with `array_like=True`: a new field goes last and has a default.
    """

    def __init__(self, name: str, shape: type[R], prefix: bytes) -> None:
        """Make an empty table.

        Args:
            name: As in `Row.table`.
            shape: What its rows are.
            prefix: What every row key begins with: the aggregate's key and NUL.
        """
        self.name, self.shape = name, shape
        self._prefix = prefix
        self._rows: dict[str, R] = {}
        self._before: dict[str, R | None] = {}
        self._order: list[str] | None = None
        self._decode = msgspec.msgpack.Decoder(shape).decode

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __getitem__(self, key: str) -> R:
        return self._rows[key]

    def get(self, key: str) -> R | None:
        """Return the row at `key`, or None."""
        return self._rows.get(key)

    def put(self, key: str, row: R) -> None:
        """Set the row at `key`."""
        rows = self._rows
        before = rows.get(key)
        if before is row:
            return
        if key not in self._before:
            self._before[key] = before
        if before is None and self._order is not None:
            insort(self._order, key)
        rows[key] = row

    def drop(self, key: str) -> None:
        """Remove the row at `key`, if there is one."""
        before = self._rows.pop(key, None)
        if before is None:
            return
        if key not in self._before:
            self._before[key] = before
        if self._order is not None:
            del self._order[bisect_left(self._order, key)]

    def unordered(self) -> Iterable[R]:
        """Return the rows in no order: for sums and look-ups that no order changes."""
        return self._rows.values()

    def keys(self, prefix: str = "") -> list[str]:
        """Return the keys that begin with `prefix`, in order.

        The first call sorts; from then on the order is kept, so ask only where it is wanted.
        """
        order = self._order
        if order is None:
            order = self._order = sorted(self._rows)
        start = bisect_left(order, prefix) if prefix else 0
        found = []
        for index in range(start, len(order)):
            if not order[index].startswith(prefix):
                break
            found.append(order[index])
        return found

    def items(self, prefix: str = "") -> list[tuple[str, R]]:
        """Return keys that begin with `prefix` and their rows, in key order."""
        rows = self._rows
        return [(key, rows[key]) for key in self.keys(prefix)]

    def values(self) -> list[R]:
        """Return all rows, in key order."""
        rows = self._rows
        return [rows[key] for key in self.keys()]

    def load(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Take in committed rows; they do not count as changed."""
        skip = len(self._prefix)
        for key, value in rows:
            self._rows[key[skip:].decode()] = self._decode(value)
        self._order = None

    def changes(self) -> Iterator[Row]:
        """Yield what differs from before, in key order, and begin anew."""
        if not self._before:
            return
        before, self._before = self._before, {}
        rows, prefix = self._rows, self._prefix
        for key in sorted(before):
            row = rows.get(key)
            if row != before[key]:
                value = None if row is None else _encode(row)
                yield Row(self.name, prefix + key.encode(), value)

    def rows(self) -> Iterator[Row]:
        """Yield every row as it would be written, in key order."""
        for key in sorted(self._rows):
            yield Row(self.name, self._prefix + key.encode(), _encode(self._rows[key]))


class Notes(Generic[R]):
    """Rows that are only written: screens read them, the rules do not, memory does not hold them.

    Whoever writes them knows their keys from rows of a `Table`.
    """

    def __init__(self, name: str, shape: type[R], prefix: bytes) -> None:
        """Make them; the arguments are those of `Table`."""
        self.name, self.shape = name, shape
        self._prefix = prefix
        self._written: dict[str, R | None] = {}

    def put(self, key: str, row: R) -> None:
        """Write the row at `key`."""
        self._written[key] = row

    def drop(self, key: str) -> None:
        """Remove the row at `key`, which was written before."""
        self._written[key] = None

    def changes(self) -> Iterator[Row]:
        """Yield what was put and dropped since the last time, in key order."""
        if not self._written:
            return
        written, self._written = self._written, {}
        for key in sorted(written):
            row = written[key]
            value = None if row is None else _encode(row)
            yield Row(self.name, self._prefix + key.encode(), value)


class Wide:
    """A state made of tables. Subclasses name theirs in `__init__` with `table` and `notes`.

    Two are equal when their tables hold equal rows: everything else follows from those.

    Attributes:
        key: The aggregate's key.
    """

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __init__(self, key: bytes) -> None:
        """Make an empty state.

        Args:
            key: The aggregate's key, e.g. `{tenant}`.
        """
        self.key = key
        self._tables: list[Table[Any]] = []
        self._notes: list[Notes[Any]] = []

    def table(self, name: str, shape: type[R]) -> Table[R]:
        """Return a new table of this state."""
        made = Table(name, shape, self.key + b"\0")
        self._tables.append(made)
        return made

    def notes(self, name: str, shape: type[R]) -> Notes[R]:
        """Return new rows of this state that are only written."""
        made = Notes(name, shape, self.key + b"\0")
        self._notes.append(made)
        return made

    def load(self, read: RowReader) -> None:
        """Take in the committed rows of every table."""
        for table in self._tables:
            table.load(read(table.name))

    def changes(self) -> tuple[Row, ...]:
        """Return the rows that differ from what was last returned, tables in order of naming.

        A row that was changed and changed back is not among them.
        """
        parts: list[Table[Any] | Notes[Any]] = [*self._tables, *self._notes]
        return tuple(row for part in parts for row in part.changes())

    def rows(self) -> tuple[Row, ...]:
        """Return every row of every table, as it would be written."""
        return tuple(row for table in self._tables for row in table.rows())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Wide) or type(other) is not type(self):
            return NotImplemented
        return self.key == other.key and self.rows() == other.rows()

    def __repr__(self) -> str:
        sizes = ", ".join(f"{table.name}: {len(table)}" for table in self._tables)
        return f"{type(self).__name__}({self.key!r}, {sizes})"
