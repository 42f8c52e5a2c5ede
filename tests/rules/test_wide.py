"""Wide states: rows in, rows out, nothing in between that the rows do not say."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from processors.machine import Row
from processors.wide import Wide, joined


class Seat(msgspec.Struct, frozen=True, array_like=True):
    number: int
    note: str = ""


class Desk(Wide):
    def __init__(self, key: bytes = b"demo") -> None:
        super().__init__(key)
        self.seats = self.table("seat", Seat)
        self.guests = self.table("guest", Seat)
        self.visits = self.notes("visit", Seat)


def reader(*rows: Row):
    return lambda table: [(row.key, row.value) for row in rows if row.table == table]


def test_a_changed_row_is_written_under_the_aggregates_key():
    desk = Desk()
    desk.seats.put("ann", Seat(3))
    assert desk.changes() == (Row("seat", b"demo\0ann", msgspec.msgpack.encode([3, ""])),)
    assert desk.changes() == ()


def test_a_dropped_row_is_written_as_gone():
    desk = Desk()
    desk.seats.put("ann", Seat(3))
    desk.changes()
    desk.seats.drop("ann")
    desk.seats.drop("nobody")
    assert desk.changes() == (Row("seat", b"demo\0ann", None),)
    assert "ann" not in desk.seats
    assert desk.seats.get("ann") is None


def test_what_was_changed_back_is_not_written():
    desk = Desk()
    desk.seats.put("ann", Seat(3))
    desk.changes()
    desk.seats.put("ann", Seat(4))
    desk.seats.put("ann", Seat(3))
    desk.seats.put("bob", Seat(1))
    desk.seats.drop("bob")
    assert desk.changes() == ()


def test_rows_are_written_in_the_order_of_tables_and_keys():
    desk = Desk()
    desk.guests.put("b", Seat(1))
    desk.seats.put("z", Seat(1))
    desk.seats.put("a", Seat(1))
    assert [(row.table, row.key) for row in desk.changes()] == [
        ("seat", b"demo\0a"),
        ("seat", b"demo\0z"),
        ("guest", b"demo\0b"),
    ]


def test_keys_with_a_prefix_come_in_order():
    desk = Desk()
    for key in (joined("b", "1"), joined("a", "2"), joined("a", "1"), "ab"):
        desk.seats.put(key, Seat(1))
    assert desk.seats.keys(joined("a", "")) == ["a\0001", "a\0002"]
    desk.seats.put(joined("a", "0"), Seat(0))
    desk.seats.drop(joined("a", "2"))
    assert desk.seats.items(joined("a", "")) == [("a\0000", Seat(0)), ("a\0001", Seat(1))]
    assert desk.seats.keys("c") == []


def test_notes_are_written_and_not_kept():
    desk = Desk()
    desk.visits.put("v1", Seat(1))
    assert desk.changes() == (Row("visit", b"demo\0v1", msgspec.msgpack.encode([1, ""])),)
    desk.visits.drop("v1")
    assert desk.changes() == (Row("visit", b"demo\0v1", None),)
    assert desk == Desk()


def test_states_of_different_aggregates_differ():
    assert Desk(b"demo") != Desk(b"other")
    assert Desk(b"demo") != "demo"


def test_a_wide_state_cannot_be_a_key():
    with pytest.raises(TypeError):
        hash(Desk())


def test_a_row_of_an_older_build_is_read_with_defaults():
    desk = Desk()
    desk.load(reader(Row("seat", b"demo\0ann", msgspec.msgpack.encode([3]))))
    assert desk.seats["ann"] == Seat(3, "")


changes = st.lists(
    st.tuples(
        st.sampled_from(("seats", "guests")),
        st.sampled_from(("a", "b", "é", "\U0001f600", "\uffff", "a\0b")),
        st.one_of(st.none(), st.integers(0, 3)),
        st.booleans(),
    ),
    max_size=30,
)


@given(changes)
def test_what_is_written_reads_back_as_the_same_state(history):
    desk = Desk()
    written: dict[tuple[str, bytes], Row] = {}
    desk.seats.keys()
    for table, key, number, is_flushed in history:
        if number is None:
            getattr(desk, table).drop(key)
        else:
            getattr(desk, table).put(key, Seat(number))
        if is_flushed:
            written |= {(row.table, row.key): row for row in desk.changes()}
    written |= {(row.table, row.key): row for row in desk.changes()}
    kept = [row for row in written.values() if row.value is not None]
    again = Desk()
    again.load(reader(*kept))
    assert again == desk
    assert again.changes() == ()
    assert again.seats.keys() == desk.seats.keys()
    on_disk = sorted(row.key for row in kept if row.table == "seat")
    assert [b"demo\0" + key.encode() for key in desk.seats.keys()] == on_disk  # noqa: SIM118
