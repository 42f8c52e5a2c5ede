from __future__ import annotations

from hypothesis import given, strategies as st

from streams.runtime.timers import Timers

names = st.sampled_from(["a", "b"])
keys = st.sampled_from([b"x", b"y", b"z"])
changes = st.tuples(keys, names, st.one_of(st.none(), st.integers(0, 50)))


@given(st.lists(changes, max_size=60))
def test_timers_come_out_in_order_whatever_was_set_moved_and_cancelled(asked):
    timers = Timers()
    due: dict[tuple[bytes, str], int] = {}
    for key, name, due_ms in asked:
        if due_ms is None:
            timers.cancel(key, name)
            due.pop((key, name), None)
        else:
            timers.set(key, name, due_ms)
            due[key, name] = due_ms

    found = []
    while timers.next_due_ms() is not None:
        found.append(timers.pop())

    assert found == sorted((due_ms, key, name) for (key, name), due_ms in due.items())
    assert len(timers) == 0


def test_a_timer_moved_with_every_turn_leaves_nothing_behind():
    timers = Timers()
    for turn in range(100_000):
        timers.set(b"conversation", "close", turn)

    assert len(timers._heap) < 1_000
    assert timers.next_due_ms() == 99_999
    assert timers.pop() == (99_999, b"conversation", "close")
