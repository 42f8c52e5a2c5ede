"""What every store must do; each implementation inherits it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from streams.stores.port import Store

keys = st.binary(min_size=1, max_size=3)
writes = st.lists(st.tuples(keys, st.one_of(st.none(), st.binary(max_size=4))), max_size=12)
batches = st.lists(st.tuples(st.integers(0, 1), writes), max_size=8)
KEYS = [b"a", b"a\x00", b"ab", b"ab\xff", b"ab\xff\xff", b"ac", b"b", b"\xff", b"\xff\xff"]


class StoreConformance:
    """Inherit, and give a fixture `store`."""

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    @pytest.fixture
    def filled(self, store):
        store.apply(1, [(key, b"v" + key) for key in KEYS], 5)
        store.apply(0, [(b"ab", b"other")], 7)
        store.apply(2, [(b"\x00", b"next")], 9)
        return store

    def test_a_partition_nobody_wrote_has_neither_keys_nor_position(self, store):
        assert store.get(0, b"a") is None
        assert store.position(0) is None
        assert list(store.scan(0, b"")) == []
        assert store.partitions() == set()

    def test_what_was_applied_is_there_with_its_position(self, store):
        store.apply(3, [(b"a", b"1"), (b"b", b"2")], 10)
        store.apply(3, [(b"a", b""), (b"b", None)], 12)

        assert (store.get(3, b"a"), store.get(3, b"b")) == (b"", None)
        assert store.position(3) == 12
        assert store.partitions() == {3}

    def test_the_last_write_of_a_key_wins_within_one_apply(self, store):
        store.apply(0, [(b"a", b"1"), (b"a", None), (b"a", b"3"), (b"b", b"1"), (b"b", None)], 1)

        assert dict(store.scan(0, b"")) == {b"a": b"3"}

    def test_an_apply_without_writes_moves_the_position(self, store):
        store.apply(0, (), 4)

        assert store.position(0) == 4
        assert store.partitions() == {0}

    def test_a_position_may_go_back(self, store):
        store.apply(0, [(b"a", b"1")], 9)
        store.apply(0, (), 4)

        assert store.position(0) == 4

    def test_a_scan_gives_keys_of_the_prefix_in_byte_order(self, filled):
        assert [key for key, _ in filled.scan(1, b"")] == KEYS
        assert [key for key, _ in filled.scan(1, b"ab")] == [b"ab", b"ab\xff", b"ab\xff\xff"]
        assert [key for key, _ in filled.scan(1, b"\xff")] == [b"\xff", b"\xff\xff"]
        assert list(filled.scan(1, b"zz")) == []
        assert dict(filled.scan(1, b"ac")) == {b"ac": b"vac"}

    def test_a_scan_backwards_gives_the_same_the_other_way_round(self, filled):
        for prefix in (b"", b"a", b"ab", b"ab\xff", b"\xff", b"zz"):
            forwards = list(filled.scan(1, prefix))
            assert list(filled.scan(1, prefix, reverse=True)) == forwards[::-1]

    @pytest.mark.parametrize("reverse", [False, True])
    @pytest.mark.parametrize("prefix", [b"", b"a", b"ab", b"\xff"])
    @pytest.mark.parametrize("after", [b"", b"a", b"aa", b"ab", b"ab\xff", b"zz", b"\xff\xff\xff"])
    def test_a_page_begins_strictly_after_the_last_key_seen(self, filled, prefix, after, reverse):
        everything = [key for key, _ in filled.scan(1, prefix, reverse=reverse)]
        expected = [key for key in everything if (key < after if reverse else key > after)]

        found = [key for key, _ in filled.scan(1, prefix, after=after, reverse=reverse)]

        assert found == expected

    def test_dropping_a_partition_leaves_its_neighbours(self, filled):
        filled.drop(1)

        assert list(filled.scan(1, b"")) == []
        assert filled.position(1) is None
        assert filled.partitions() == {0, 2}
        assert (filled.get(0, b"ab"), filled.get(2, b"\x00")) == (b"other", b"next")
        filled.apply(1, [(b"z", b"1")], 1)
        assert dict(filled.scan(1, b"")) == {b"z": b"1"}

    def test_dropping_what_is_not_there_is_fine(self, store):
        store.drop(9)

        assert store.partitions() == set()

    def test_the_number_of_keys_is_about_right(self, filled):
        assert 0 <= filled.approximate_keys(1) <= 3 * len(KEYS)

    def test_it_behaves_like_a_sorted_dictionary(self, store):
        @given(batches)
        @settings(max_examples=40, deadline=None)
        def holds(asked):
            for partition in (0, 1):
                store.drop(partition)
            model: dict[int, dict[bytes, bytes]] = {0: {}, 1: {}}
            for position, (partition, written) in enumerate(asked):
                store.apply(partition, written, position)
                for key, value in written:
                    if value is None:
                        model[partition].pop(key, None)
                    else:
                        model[partition][key] = value
                assert list(store.scan(partition, b"")) == sorted(model[partition].items())
            for partition, table in model.items():
                assert list(store.scan(partition, b"")) == sorted(table.items())
                assert all(store.get(partition, key) == value for key, value in table.items())

        holds()
