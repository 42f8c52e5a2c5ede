"""An archive gives back what was in the log, whatever the log held and wherever it was killed."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import avro.datafile
import avro.io
import fastavro
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from processors.conversation.processor import ConversationProcessor
from schemas import codec
from schemas.records.control import ReferenceArtefact
from streams.archive.container import Row, encode_block, records_of
from streams.archive.errors import (
    ArchiveBusyError,
    ArchiveDamagedError,
    ArchiveMissingError,
    LogTrimmedError,
    OtherLogError,
)
from streams.archive.reading import Archive
from streams.archive.verifying import verify
from streams.archive.writing import archive_topic, writing
from streams.broker.memory import MemoryBroker
from streams.replay.dialogues import CONTENTS, DIALOGUES
from streams.replay.driver import replay
from streams.replay.logs import MemoryLogs, artefacts
from streams.topics import REFERENCE
from tests.archive.kept import (
    DAY_MS,
    START_MS,
    TOPIC,
    archived,
    broker_of,
    everything,
    files,
    logs,
    plain_log,
)
from tests.support.exercises import EPOCH_MS

FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def faults(folder: Path) -> list[str]:
    return [fault for found in verify(folder) for fault in found.faults]


@FEW
@given(st.lists(logs, min_size=1, max_size=3))
def test_what_comes_out_of_an_archive_is_what_the_log_held(
    tmp_path_factory: pytest.TempPathFactory, drawn
):
    folder = tmp_path_factory.mktemp("a")
    broker = broker_of(*drawn)
    archive = archived(broker, folder)
    assert everything(archive) == everything(MemoryLogs(broker))
    assert archive.spans(TOPIC) == MemoryLogs(broker).spans(TOPIC)
    assert faults(folder) == []


@FEW
@given(logs, st.data())
def test_a_part_of_an_archive_is_that_part_of_the_log(
    tmp_path_factory: pytest.TempPathFactory, drawn, data
):
    broker = broker_of(drawn)
    archive = archived(broker, tmp_path_factory.mktemp("a"))
    begin, end = archive.spans(TOPIC)[0]
    start = data.draw(st.integers(begin, end))
    stop = data.draw(st.integers(start, end))
    found = [one for run in archive.read(TOPIC, 0, start, stop) for one in run]
    assert found == list(records_of(broker.partition(TOPIC, 0).read(start, stop)))


def test_a_long_archive_is_read_from_any_offset_on(tmp_path: Path):
    drawn = plain_log(5_300, per_day=2_600)
    archive = archived(broker_of(drawn), tmp_path)
    for start in (0, 1, 999, 1_000, 1_001, 2_599, 2_600, 2_601, 4_711, 5_299, 5_300):
        found = [one.offset for run in archive.read(TOPIC, 0, start, 5_300) for one in run]
        assert found == list(range(start, 5_300))


@FEW
@given(logs, st.lists(st.integers(0, 40), max_size=4))
def test_archiving_bit_by_bit_keeps_the_same_records(
    tmp_path_factory: pytest.TempPathFactory, drawn, cuts
):
    folder = tmp_path_factory.mktemp("a")
    for cut in sorted(cuts):
        archived(broker_of(drawn[:cut]), folder)
    whole = broker_of(drawn)
    assert everything(archived(whole, folder)) == everything(MemoryLogs(whole))
    assert faults(folder) == []


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[MemoryBroker, dict[str, bytes]]:
    """A log of several commits over days that overlap, and the archive of one undisturbed run."""
    chance = Random(7)
    drawn = [
        (
            key,
            value,
            headers,
            START_MS + chance.choice([0, 0, 1]) * DAY_MS + n // 2_000 * DAY_MS,
            gap,
        )
        for n, (key, value, headers, _, gap) in enumerate(plain_log(4_500))
    ]
    broker = broker_of(drawn)
    folder = tmp_path_factory.mktemp("undisturbed")
    archived(broker, folder)
    return broker, files(folder)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_run_that_was_killed_at_any_byte_is_mended_into_the_same_files(
    tmp_path_factory: pytest.TempPathFactory, undisturbed, data
):
    broker, expected = undisturbed
    folder = tmp_path_factory.mktemp("killed")
    # What a kill leaves: no manifest, later files not begun, the last ones cut anywhere.
    days = [name for name in expected if name.endswith(".avro")]
    for name in days:
        size = data.draw(st.integers(0, len(expected[name])), label=name)
        if size:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(expected[name][:size])
    archived(broker, folder)
    assert files(folder) == expected


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory):
    """A log, its archive after a first run that saw half of it, and after a second."""
    folder = tmp_path_factory.mktemp("twice")
    drawn = plain_log(1_400, per_day=450)
    archived(broker_of(drawn[:700]), folder)
    first = files(folder)
    whole = broker_of(drawn)
    archived(whole, folder)
    return whole, first, files(folder)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_second_run_that_was_killed_keeps_what_the_first_had_finished(
    tmp_path_factory: pytest.TempPathFactory, twice, data
):
    whole, first, after = twice
    folder = tmp_path_factory.mktemp("killed")
    for name, content in after.items():
        # The manifest is written last: a kill before that leaves the first run's.
        kept = len(first.get(name, b""))
        size = data.draw(st.integers(kept, len(content))) if name.endswith(".avro") else kept
        if size:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((first if size == kept else after)[name][:size])
    assert everything(archived(whole, folder)) == everything(MemoryLogs(whole))
    assert faults(folder) == []


def test_a_run_without_news_changes_no_file(tmp_path: Path):
    broker = broker_of(plain_log(1_500, per_day=400), [])
    archived(broker, tmp_path)
    before = files(tmp_path)
    done = archive_topic(MemoryLogs(broker), TOPIC, tmp_path)
    assert [each.added for each in done] == [0, 0]
    assert files(tmp_path) == before


def test_two_archives_of_a_log_are_the_same_bytes(tmp_path: Path):
    broker = broker_of(plain_log(1_500, per_day=400))
    archived(broker, tmp_path / "a")
    archived(broker, tmp_path / "b")
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_files_stand_by_topic_partition_and_day(tmp_path: Path):
    archived(broker_of(plain_log(20, per_day=10), []), tmp_path)
    assert list(files(tmp_path)) == [
        f"{TOPIC}/0/2026-01-01.avro",
        f"{TOPIC}/0/2026-01-02.avro",
        f"{TOPIC}/0/manifest.json",
        f"{TOPIC}/1/manifest.json",
    ]


@pytest.mark.parametrize("packing", ["deflate", "null"])
def test_any_avro_tool_reads_the_files(tmp_path: Path, packing):
    broker = broker_of([(b"k", b"v", (("a", b"1"), ("a", None)), START_MS, 3), *plain_log(5)])
    archive_topic(MemoryLogs(broker), TOPIC, tmp_path, codec=packing)
    path = tmp_path / TOPIC / "0" / "2026-01-01.avro"
    with path.open("rb") as file, avro.datafile.DataFileReader(file, avro.io.DatumReader()) as rows:
        oracle = list(rows)
    with path.open("rb") as file:
        assert list(fastavro.reader(file)) == oracle
    assert [row["offset"] for row in oracle] == [3, 4, 5, 6, 7, 8]
    assert oracle[0] == {
        "offset": 3,
        "skipped": 0 if broker.partition(TOPIC, 0).begin == 3 else 3,
        "timestamp_ms": START_MS,
        "key": b"k",
        "value": b"v",
        "fingerprint": "",
        "headers": {},
        "header_list": [{"name": "a", "value": b"1"}, {"name": "a", "value": None}],
    }
    assert oracle[1]["headers"] == {"n": b"0"}


def test_the_schemas_of_the_values_lie_beside_them(tmp_path: Path):
    artefact = ReferenceArtefact(
        tenant="demo", occurred_at_ms=1, reference="assist.articles", digest="d", content=b"x"
    )
    value = codec.encode(artefact)
    archived(broker_of([(b"d", value, (), START_MS, 0)]), tmp_path)
    schema = json.loads((tmp_path / "schemas" / f"{value[2:10].hex()}.avsc").read_text())
    body = fastavro.schemaless_reader(io.BytesIO(value[10:]), fastavro.parse_schema(schema), None)
    assert (body["digest"], body["content"]) == ("d", b"x")


def test_a_replay_of_an_archive_gives_what_a_replay_of_the_log_gives(tmp_path: Path):
    broker = MemoryBroker()
    log, chance = ConversationProcessor.log, Random(3)
    broker.create(log, 2)
    broker.create(REFERENCE, 1)
    for digest, content in CONTENTS.items():
        artefact = ReferenceArtefact(
            tenant="demo",
            occurred_at_ms=EPOCH_MS,
            reference="assist.articles",
            digest=digest,
            content=content,
        )
        entry = (digest.encode(), codec.encode(artefact), ())
        broker.partition(REFERENCE, 0).append([entry], EPOCH_MS)
    inputs = [DIALOGUES.draw(chance, EPOCH_MS + n * 1_000, n) for n in range(240)]
    half = len(inputs) // 2
    # The reference is announced in the middle of the log.
    for number, (key, value, headers) in enumerate(
        [*inputs[:half], *DIALOGUES.prologue, *inputs[half:]]
    ):
        place = broker.partition(log, number % 2)
        place.append([(key, value, tuple(headers))], EPOCH_MS + number * 1_000)
    live = replay(
        ConversationProcessor(), MemoryLogs(broker), contents=CONTENTS, keeps_outputs=True
    )

    for topic in (log, REFERENCE):
        archive_topic(MemoryLogs(broker), topic, tmp_path)
    archive = Archive(tmp_path)
    again = replay(
        ConversationProcessor(), archive, contents=artefacts(archive), keeps_outputs=True
    )

    assert again.digest() == live.digest()
    assert sum(len(folded.outputs) for folded in again.partitions.values()) > 0


def test_two_runs_at_once_are_refused(tmp_path: Path):
    with (
        writing(tmp_path),
        pytest.raises(ArchiveBusyError, match="another process writes"),
        writing(tmp_path),
    ):
        pass


def test_a_topic_that_was_made_anew_is_told_from_the_archived_one(tmp_path: Path):
    archived(broker_of(plain_log(10)), tmp_path)
    with pytest.raises(OtherLogError, match="reaches offset 10, but the log ends at 4"):
        archived(broker_of(plain_log(4)), tmp_path)
    with pytest.raises(OtherLogError, match="offset 9 holds another record"):
        archived(broker_of(plain_log(20, start=1)), tmp_path)


def test_what_retention_has_taken_is_noted_as_lost_only_when_somebody_says_so(tmp_path: Path):
    archived(broker_of(plain_log(10)), tmp_path)
    broker = broker_of(plain_log(30))
    broker.partition(TOPIC, 0).trim(25)
    with pytest.raises(LogTrimmedError, match="15 offsets are gone"):
        archived(broker, tmp_path)
    archive_topic(MemoryLogs(broker), TOPIC, tmp_path, is_gap_taken=True)
    offsets = [record.offset for record in everything(Archive(tmp_path))[0]]
    assert offsets == [*range(10), *range(25, 30)]
    (found,) = verify(tmp_path)
    assert (found.faults, found.notes) == (
        [],
        ["offsets 10 to 24 were lost before they were archived"],
    )


def test_a_log_that_was_trimmed_or_compacted_keeps_its_offsets(tmp_path: Path):
    broker = broker_of(plain_log(40))
    broker.partition(TOPIC, 0).trim(5)
    broker.partition(TOPIC, 0).compact(30)
    archive = archived(broker, tmp_path)
    assert archive.spans(TOPIC) == {0: (5, 40)}
    assert everything(archive) == everything(MemoryLogs(broker))


def damaged(folder: Path) -> Path:
    """Return a file in the middle of an archive of three days."""
    archived(broker_of(plain_log(30, per_day=10)), folder)
    return folder / TOPIC / "0" / "2026-01-02.avro"


def test_a_missing_day_is_a_fault_and_no_shorter_log(tmp_path: Path):
    damaged(tmp_path).unlink()
    with pytest.raises(
        ArchiveDamagedError, match=r"2026-01-02\.avro is gone, which held offsets 10"
    ):
        Archive(tmp_path).spans(TOPIC)
    assert faults(tmp_path) == [
        "2026-01-02.avro is gone",
        "offsets 10 to 19 are missing before 20",
        "10 of 30 records are gone",
    ]


def test_a_missing_day_without_a_manifest_is_a_fault_too(tmp_path: Path):
    path = damaged(tmp_path)
    path.unlink()
    path.with_name("manifest.json").unlink()
    with pytest.raises(ArchiveDamagedError, match="offset 10 is missing before 20"):
        Archive(tmp_path).spans(TOPIC)


def test_a_flipped_bit_is_found(tmp_path: Path):
    path = damaged(tmp_path)
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(data)
    found = faults(tmp_path)
    assert found[0] == "2026-01-02.avro is not the file the manifest was written for"
    assert len(found) > 1


@pytest.mark.parametrize("flips", [1, 5])
def test_wrong_bytes_give_no_other_error_and_are_always_found(tmp_path: Path, flips: int):
    path = damaged(tmp_path)
    whole = path.read_bytes()
    expected = everything(Archive(tmp_path))
    chance = Random(5)
    for _ in range(120):
        data = bytearray(whole)
        for _ in range(flips):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        # A bit in a packed value may give another value: only the sum of the file tells.
        with contextlib.suppress(ArchiveDamagedError):
            assert everything(Archive(tmp_path)).keys() == expected.keys()
        assert "not the file the manifest was written for" in faults(tmp_path)[0]


def test_a_damaged_day_is_written_again_while_the_log_still_holds_it(tmp_path: Path):
    broker = broker_of(plain_log(30, per_day=10))
    archived(broker, tmp_path)
    before = files(tmp_path)
    (tmp_path / TOPIC / "0" / "2026-01-02.avro").unlink()
    done = archive_topic(MemoryLogs(broker), TOPIC, tmp_path)
    assert "is gone" in done[0].mended
    assert files(tmp_path) == before


def test_a_damaged_day_that_the_log_no_longer_holds_is_left_alone(tmp_path: Path):
    path = damaged(tmp_path)
    path.unlink()
    before = files(tmp_path)
    broker = broker_of(plain_log(30, per_day=10))
    broker.partition(TOPIC, 0).trim(15)
    with pytest.raises(ArchiveDamagedError, match="begins at 15 and no longer holds it"):
        archived(broker, tmp_path)
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", None),
        (b"Obj", None),
        (b"garbage of somebody", "no Avro object container file"),
        (b"Obj\x01" + b"\xff" * 40, None),
        (b"Obj\x01\x02\x04\xff\xff", "its head is broken"),
        (b"PK\x03\x04", "no Avro object container file"),
    ],
)
def test_a_file_that_is_none_of_an_archive_is_a_sentence(tmp_path: Path, content: bytes, because):
    path = damaged(tmp_path)
    path.with_name("2026-01-09.avro").write_bytes(content)
    if because is None:
        assert len(everything(Archive(tmp_path))[0]) == 30
    else:
        with pytest.raises(ArchiveDamagedError, match=because):
            Archive(tmp_path).spans(TOPIC)


@given(at=st.integers(min_value=1, max_value=400))
@settings(max_examples=25, deadline=None)
def test_a_byte_that_changed_anywhere_is_never_read_as_another(at: int):
    with TemporaryDirectory() as folder:
        path = damaged(Path(folder))
        content = bytearray(path.read_bytes())
        content[-at % len(content)] ^= 0x20
        path.write_bytes(content)
        with pytest.raises(ArchiveDamagedError):
            everything(Archive(Path(folder)))


def test_a_file_of_another_schema_is_a_sentence(tmp_path: Path):
    path = damaged(tmp_path).with_name("2026-01-09.avro")
    with path.open("wb") as file:
        fastavro.writer(file, {"type": "record", "name": "X", "fields": []}, [{}])
    with pytest.raises(ArchiveDamagedError, match="not one of an archive"):
        Archive(tmp_path).spans(TOPIC)


def test_a_manifest_of_a_newer_build_is_a_sentence(tmp_path: Path):
    path = damaged(tmp_path).with_name("manifest.json")
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(ArchiveDamagedError, match="format 2; this build reads format 1"):
        Archive(tmp_path).spans(TOPIC)


def test_a_manifest_that_cannot_be_read_is_made_again(tmp_path: Path):
    broker = broker_of(plain_log(30, per_day=10))
    archived(broker, tmp_path)
    before = files(tmp_path)
    (tmp_path / TOPIC / "0" / "manifest.json").write_bytes(b"{half of")
    archived(broker, tmp_path)
    assert files(tmp_path) == before


def test_an_empty_log_is_archived_as_an_empty_log(tmp_path: Path):
    archive = archived(broker_of([], []), tmp_path)
    assert archive.spans(TOPIC) == {0: (0, 0), 1: (0, 0)}
    assert everything(archive) == {0: [], 1: []}


def test_a_folder_without_archive_is_a_sentence(tmp_path: Path):
    with pytest.raises(ArchiveMissingError, match="there is no such folder"):
        Archive(tmp_path / "none")
    with pytest.raises(ArchiveMissingError, match="there is no archive in it"):
        Archive(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveMissingError, match="it is no folder"):
        Archive(tmp_path / "file")


def test_a_record_of_several_megabytes_is_kept(tmp_path: Path):
    large = [(b"k", b"x" * 3_000_000, (), START_MS, 0)] * 3
    broker = broker_of([*large, *plain_log(3)])
    assert everything(archived(broker, tmp_path)) == everything(MemoryLogs(broker))


def test_a_block_holds_its_rows_and_nothing_else():
    broker = broker_of(plain_log(3))
    rows = [Row(record) for record in records_of(broker.partition(TOPIC, 0).read())]
    assert encode_block(rows, "null", b"s" * 16).endswith(b"s" * 16)
    assert encode_block(rows, "null", b"s" * 16)[0] == 6


def test_a_copied_archive_goes_on_where_the_first_ended(tmp_path: Path):
    drawn = plain_log(40, per_day=100)
    archived(broker_of(drawn[:15]), tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    whole = broker_of(drawn)
    assert everything(archived(whole, tmp_path / "b")) == everything(MemoryLogs(whole))
