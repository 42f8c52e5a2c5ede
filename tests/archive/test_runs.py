"""A replay gives what was live, from an archive as from the log, and says what differs."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from processors.conversation.processor import ConversationProcessor
from schemas.records.control import ReferenceChanged
from schemas.records.conversation import ConversationOpened, RepresentativeAccepted, TurnSaid
from streams.archive.reading import Archive
from streams.archive.writing import archive_topic
from streams.broker.memory import Record
from streams.replay.comparing import Comparison, compare_live, compare_runs
from streams.replay.driver import live_tables
from streams.replay.errors import RunExistsError, RunMissingError
from streams.replay.logs import Logs, MemoryLogs, artefacts
from streams.replay.runs import Run, RunWriter, open_run
from streams.replay.window import Window, WindowedLog
from streams.runtime.errors import ReferenceMissingError
from streams.runtime.ledger import SEQUENCE_BITS
from streams.testing import NINE_MS, TestDriver
from streams.topics import RECOMMENDATIONS, REFERENCE
from tests.archive.kept import everything, files

LOG = ConversationProcessor.log
ARTICLES = json.dumps(
    {
        "articles": [
            {
                "article_id": "lamp",
                "title": "A lamp is broken",
                "content": "Send the broken lamp back, and a new lamp comes.",
                "status": "published",
            },
            {
                "article_id": "refund",
                "title": "Refund an order",
                "content": "A refund goes back to the card of the order.",
                "status": "published",
            },
        ]
    }
).encode()
TEXTS = ("my lamp is broken", "thanks", "I want a refund for my order", "the lamp is here now")


def day(seed: int = 1, *, inputs: int = 60) -> TestDriver:
    """Return a worker after a day of several tenants' conversations; articles come in midway."""
    chance = Random(seed)
    driver = TestDriver(ConversationProcessor(), partitions=2)
    for place in range(8):
        served = ("demo", "other")[place % 2], f"c-{place // 2}"
        driver.send(
            RepresentativeAccepted(
                tenant=served[0],
                conversation_id=served[1],
                occurred_at_ms=0,
                representative_id="ann",
            )
        )
    for number in range(inputs):
        if number == inputs // 3:
            driver.publish("assist.articles", ARTICLES)
            driver.publish("assist.articles", ARTICLES, tenant="other")
        who: dict[str, Any] = {
            "tenant": chance.choice(("demo", "demo", "other")),
            "conversation_id": f"c-{chance.randrange(4)}",
            "occurred_at_ms": 0,
        }
        what = chance.random()
        record: Any = TurnSaid(
            **who,
            turn_id="",
            author=chance.choice(("customer", "representative")),
            text=chance.choice(TEXTS),
        )
        if what < 0.15:
            record = ConversationOpened(**who, channel="live_chat", is_routed=what < 0.05)
        elif what < 0.3:
            record = RepresentativeAccepted(**who, representative_id="ann")
        driver.send(record)
        driver.advance(60_000)
    return driver


@pytest.fixture(scope="module")
def lived() -> TestDriver:
    return day()


@pytest.fixture(scope="module")
def kept(lived: TestDriver, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The archive of that day."""
    folder = tmp_path_factory.mktemp("kept")
    for topic in (LOG, REFERENCE):
        archive_topic(MemoryLogs(lived.broker), topic, folder)
    return Archive(folder)


def driven(logs: Logs, folder: Path, name: str = "r", window: Window | None = None) -> Run:
    processor = ConversationProcessor()
    with RunWriter(folder, name, source="here", window=window or Window()) as writer:
        writer.drive(processor, logs, contents=artefacts(logs))
        return writer.finish()


def against_live(run: Run, lived: TestDriver) -> Comparison:
    logs = MemoryLogs(lived.broker)
    processor = ConversationProcessor()
    return compare_live(run, processor, logs, live_tables(logs, processor.name))


def told(found: Comparison) -> list[str]:
    return [each.sentence() for each in found.shown]


def test_a_replay_of_an_archive_is_the_live_day_event_by_event_and_row_by_row(
    lived: TestDriver, kept: Archive, tmp_path: Path
):
    run = driven(kept, tmp_path)
    found = against_live(run, lived)
    assert told(found) == []
    assert found.notes == []
    assert found.events == sum(run.summary.processors[0].events.values()) > 10
    assert found.rows == sum(len(lived.table(number)) for number in (0, 1))


def test_a_replay_of_the_archive_is_that_of_the_log(
    lived: TestDriver, kept: Archive, tmp_path: Path
):
    one = driven(kept, tmp_path, "archive").summary
    other = driven(MemoryLogs(lived.broker), tmp_path, "log").summary
    assert one.digest == other.digest
    assert [each.events for each in one.processors] == [each.events for each in other.processors]


def test_a_run_keeps_its_events_as_an_archive_that_any_tool_reads(kept: Archive, tmp_path: Path):
    run = driven(kept, tmp_path)
    found = everything(run.derived("conversation"), RECOMMENDATIONS)
    assert sum(map(len, found.values())) == run.summary.processors[0].events[RECOMMENDATIONS]
    assert open_run(tmp_path, "r").summary == run.summary
    assert any(path.endswith(".avsc") for path in files(run.folder))


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1_000))
def test_any_day_replayed_from_an_archive_is_that_day(
    tmp_path_factory: pytest.TempPathFactory, seed: int
):
    folder = tmp_path_factory.mktemp("any")
    lived = day(seed, inputs=25)
    for topic in (LOG, REFERENCE):
        archive_topic(MemoryLogs(lived.broker), topic, folder / "archive")
    found = against_live(driven(Archive(folder / "archive"), folder), lived)
    assert told(found) == []


def times(lived: TestDriver) -> list[int]:
    return sorted(record.timestamp for record in lived.records(LOG))


def test_since_and_until_keep_what_follows_from_that_part_exactly_as_it_was(
    lived: TestDriver, kept: Archive, tmp_path: Path
):
    stamps = times(lived)
    since_ms, until_ms = stamps[20], stamps[-10]
    run = driven(kept, tmp_path, "part", Window(since_ms=since_ms, until_ms=until_ms))
    whole = driven(kept, tmp_path, "whole")
    expected = 0
    for topic in whole.summary.processors[0].events:
        held = everything(run.derived("conversation"), topic)
        for number, records in everything(whole.derived("conversation"), topic).items():
            place = {record.offset: record.timestamp for record in lived_log(lived, number)}
            inside = [
                (record.key, record.value)
                for record in records
                if since_ms <= place[cause_of(record)] < until_ms
            ]
            assert [(record.key, record.value) for record in held.get(number, [])] == inside
            expected += len(inside)
    assert expected > 3
    found = against_live(run, lived)
    assert told(found) == []
    assert "only events were compared" in found.notes[0]


def lived_log(lived: TestDriver, partition: int) -> list[Record]:
    return lived.broker.partition(LOG, partition).read()


def cause_of(record: Any) -> int:
    return int(dict(record.headers)["ce_sequence"]) >> SEQUENCE_BITS


def test_a_tenant_alone_gives_what_it_gave_among_others(
    lived: TestDriver, kept: Archive, tmp_path: Path
):
    run = driven(kept, tmp_path, "one", Window(tenant="other"))
    found = against_live(run, lived)
    assert told(found) == []
    assert found.events > 2
    assert found.rows > 3
    events = [
        record
        for topic in run.summary.processors[0].events
        for records in everything(run.derived("conversation"), topic).values()
        for record in records
    ]
    assert {(record.key or b"other").partition(b":")[0] for record in events} == {b"other"}


def test_a_cold_run_leaves_out_what_came_before_but_for_announced_references(
    lived: TestDriver, kept: Archive, tmp_path: Path
):
    since_ms = times(lived)[-20]
    run = driven(kept, tmp_path, "cold", Window(since_ms=since_ms, is_cold=True))
    of = run.summary.processors[0]
    later = [record for record in lived.records(LOG) if record.timestamp >= since_ms]
    assert of.records == len(later) + 4  # announced to two tenants in two partitions
    assert of.events
    assert "cold run's tables" in against_live(run, lived).notes[0]


def test_a_cold_window_shows_references_and_nothing_else_from_before(lived: TestDriver):
    processor = ConversationProcessor()
    since_ms = times(lived)[-5]
    part = WindowedLog(processor, Window(since_ms=since_ms, is_cold=True))
    records = lived_log(lived, 0)
    shown = [record for run in part.runs([records[:7], records[7:]]) for record in run]
    before = [record for record in shown if record.timestamp < since_ms]
    kinds = [type(processor.decode(record.value, ())) for record in before]
    assert kinds == [ReferenceChanged, ReferenceChanged]
    assert [r for r in shown if r.timestamp >= since_ms] == [
        r for r in records if r.timestamp >= since_ms
    ]


def test_a_reference_that_is_not_in_the_archive_is_a_sentence(lived: TestDriver, tmp_path: Path):
    archive_topic(MemoryLogs(lived.broker), LOG, tmp_path / "a")
    with pytest.raises(ReferenceMissingError, match=r"assist\.articles .* is not on"):
        driven(Archive(tmp_path / "a"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


class Harsher(ConversationProcessor):
    """Another version of the rules: it recommends nothing."""

    version = ConversationProcessor.version + 1

    def handle(self, state, record, at):
        at.references = {}
        return super().handle(state, record, at)


def test_another_run_is_compared_event_by_event_and_row_by_row(kept: Archive, tmp_path: Path):
    before = driven(kept, tmp_path, "before")
    with RunWriter(tmp_path, "after", source="here", window=Window()) as writer:
        writer.drive(Harsher(), kept, contents=artefacts(kept))
        after = writer.finish()
    same = compare_runs(before, driven(kept, tmp_path, "again"), "conversation")
    assert (same.is_same, same.events > 10, same.rows > 10) == (True, True, True)
    found = compare_runs(after, before, "conversation")
    assert not found.is_same
    places = {place for place, _ in found.counts}
    assert RECOMMENDATIONS in places
    assert any(place.startswith("conversation state") for place in places)
    assert 5 < len(found.shown) <= min(20, sum(found.counts.values()))


def test_what_differs_is_told_by_id_and_field(lived: TestDriver, kept: Archive, tmp_path: Path):
    run = driven(kept, tmp_path)
    other = day()
    place = other.broker.partition(RECOMMENDATIONS, 0)
    first, second, *_ = [record for record in place.read() if b"lamp" in record.value]
    # Somebody changed one event, lost one, and there is one too many.
    changed = Record(
        first.offset,
        first.timestamp,
        first.key,
        first.value.replace(b"lamp", b"LAMP"),
        first.headers,
    )
    place._records = [
        changed if record is first else record for record in place.read() if record is not second
    ]
    last = dict(second.headers) | {"ce_sequence": b"%d" % ((5_000 << SEQUENCE_BITS) - 1)}
    found = against_live(run, other)
    assert found.counts == {(RECOMMENDATIONS, "different"): 1, (RECOMMENDATIONS, "extra"): 1}
    different = next(each for each in found.shown if each.kind == "different")
    assert different.name == dict(first.headers)["ce_id"].decode()
    assert any("LAMP" in line and "lamp" in line for line in different.fields)
    place.append([(second.key, second.value, tuple(last.items()))], NINE_MS)
    assert against_live(run, other).counts == found.counts, "it follows from no replayed input"


def test_an_event_that_was_sent_twice_counts_once(lived: TestDriver, kept: Archive, tmp_path: Path):
    run = driven(kept, tmp_path)
    other = day()
    place = other.broker.partition(RECOMMENDATIONS, 0)
    for record in place.read():
        place.append([(record.key, record.value, record.headers)], record.timestamp)
    assert told(against_live(run, other)) == []


def test_what_retention_took_from_a_live_topic_is_no_difference(kept: Archive, tmp_path: Path):
    run = driven(kept, tmp_path)
    other = day()
    place = other.broker.partition(RECOMMENDATIONS, 0)
    place.trim(place.end - 1)
    found = against_live(run, other)
    assert told(found) == []
    assert found.gone == place.end - 1


class Unreferenced:
    """Logs without artefacts."""

    def __init__(self, logs: Logs) -> None:
        self.logs = logs
        self.read = logs.read

    def spans(self, topic: str):
        return {} if topic == REFERENCE else self.logs.spans(topic)


def test_a_run_that_breaks_off_leaves_nothing(kept: Archive, tmp_path: Path):
    with pytest.raises(ReferenceMissingError):
        driven(Unreferenced(kept), tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RunMissingError, match=r"no finished run 'r' in .*; there is none"):
        open_run(tmp_path, "r")


def test_a_name_is_taken_once(kept: Archive, tmp_path: Path):
    driven(kept, tmp_path)
    before = files(tmp_path)
    with pytest.raises(RunExistsError, match="there is a run 'r'"):
        driven(kept, tmp_path)
    assert files(tmp_path) == before


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"])
def test_a_broken_summary_is_a_run_that_is_missing(tmp_path: Path, content: bytes):
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "summary.json").write_bytes(content)
    with pytest.raises(RunMissingError):
        open_run(tmp_path, "r")
