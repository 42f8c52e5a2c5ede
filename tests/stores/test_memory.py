from __future__ import annotations

import pytest

from streams.stores.memory import MemoryStore
from tests.stores.conformance import StoreConformance


class TestMemoryStore(StoreConformance):
    @pytest.fixture
    def store(self):
        return MemoryStore()


def test_rows_that_come_and_go_leave_nothing_behind_though_nobody_scans():
    store = MemoryStore()
    for turn in range(20_000):
        store.apply(0, [(b"timer-%d" % turn, b"1")], turn)
        store.apply(0, [(b"timer-%d" % turn, None)], turn)

    held = store._partitions[0]
    assert len(held.added) + len(held.ordered) < 1_000
    assert list(store.scan(0, b"")) == []
