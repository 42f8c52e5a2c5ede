"""RocksDB: the conformance suite, and what only a disk can do to a store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from streams.stores.errors import StoreFailedError
from streams.stores.rocksdb import RocksStore
from tests.stores.conformance import StoreConformance


class TestRocksStore(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path):
        store = RocksStore(tmp_path / "store")
        yield store
        store.close()


def child(code: str, *arguments: object, **more) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def test_what_was_applied_is_there_after_a_restart(tmp_path):
    store = RocksStore(tmp_path)
    store.apply(1, [(b"a", b"1")], 5)
    store.close()

    again = RocksStore(tmp_path)

    assert (again.get(1, b"a"), again.position(1), again.partitions()) == (b"1", 5, {1})
    again.close()


def test_a_killed_process_is_at_one_apply_or_at_the_next_never_between(tmp_path):
    writer = """
        import sys
        from pathlib import Path
        from streams.stores.rocksdb import RocksStore

        store = RocksStore(Path(sys.argv[1]))
        for position in range(1, 1_000_000):
            value = b"%d" % position
            store.apply(0, [(b"k%d" % n, value * 20) for n in range(50)], position)
            if position % 25 == 0:
                print(position, flush=True)
    """
    for _ in range(3):
        process = child(writer, tmp_path)
        told = 0
        for line in process.stdout or ():
            told = int(line)
            if told >= 100:
                break
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()

        store = RocksStore(tmp_path)
        position = store.position(0)
        assert position is not None
        assert position >= told, "an apply that had returned is gone"
        values = {value for _, value in store.scan(0, b"")}
        assert values == {b"%d" % position * 20}
        store.close()


def test_a_full_disk_is_said_in_a_sentence_and_what_was_there_stays_readable(tmp_path):
    writer = """
        import resource, signal, sys
        from pathlib import Path
        from streams.stores.errors import StoreFailedError
        from streams.stores.rocksdb import RocksStore

        store = RocksStore(Path(sys.argv[1]))
        store.apply(0, [(b"k", b"kept")], 1)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        try:
            for position in range(2, 10_000):
                store.apply(0, [(b"big", bytes(10_000))], position)
        except StoreFailedError as fault:
            print(fault, store.get(0, b"k").decode(), sep="|", flush=True)
        import os
        os._exit(0)
    """
    process = child(writer, tmp_path)
    said, complaints = process.communicate(timeout=60)

    sentence, _, kept = said.strip().partition("|")
    assert sentence.startswith(f"local store {tmp_path}: writing failed:"), complaints
    assert "Nothing is lost: the changelog on Kafka has it" in sentence
    assert kept == "kept"
    store = RocksStore(tmp_path)
    assert store.get(0, b"k") == b"kept"
    store.close()


def test_a_folder_that_cannot_be_used_is_said_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(StoreFailedError, match="opening failed"):
        RocksStore(tmp_path / "file")


def test_a_second_process_on_the_same_folder_is_refused_in_a_sentence(tmp_path):
    store = RocksStore(tmp_path)
    opener = """
        import sys
        from pathlib import Path
        from streams.stores.errors import StoreFailedError
        from streams.stores.rocksdb import RocksStore

        try:
            RocksStore(Path(sys.argv[1]))
        except StoreFailedError as fault:
            print(fault)
    """
    said, complaints = child(opener, tmp_path).communicate(timeout=60)

    assert "opening failed" in said, complaints
    store.close()


def test_a_position_older_than_the_changelog_keeps_removals_is_forgotten(tmp_path):
    store = RocksStore(tmp_path)
    store.apply(0, [(b"a", b"1")], 5)
    store.close()

    fresh = RocksStore(tmp_path, stale_after_ms=60_000)
    assert fresh.position(0) == 5
    fresh.close()
    # As if it were a minute later.
    stale = RocksStore(tmp_path, stale_after_ms=-60_000)

    assert stale.position(0) is None
    assert list(stale.scan(0, b"")) == []
    stale.close()
