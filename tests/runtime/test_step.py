"""Steps 1 to 4 of the kernel: fences, bad input, references, timers, upstreams."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from processors.conversation.processor import ConversationProcessor
from processors.machine import Outcome, Row
from processors.testing import NINE_MS, opened
from schemas import codec
from schemas.records.control import RecordQuarantined, ReferenceChanged
from streams.replay.exercise import Count, Exercise
from streams.runtime import step
from streams.runtime.errors import ReferenceMissingError
from streams.runtime.ledger import Marker, state_key, timer_key
from streams.runtime.step import Above, Kernel, References
from streams.stores.memory import MemoryStore
from streams.topics import QUARANTINE
from tests.support.exercises import (
    EPOCH_MS,
    asked,
    kernel_over,
    log_of,
    put,
    record,
    rows,
    stepped,
    taken,
)


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def kernel(store):
    return kernel_over(store)


def quarantined(flush) -> list[RecordQuarantined]:
    return [codec.decode(output.value) for output in flush.outputs.get(QUARANTINE, [])]


def count(store, key="k") -> Count:
    return Exercise().decode_state(store.get(0, state_key(f"demo:{key}".encode())))


def is_forgotten(store, key="k") -> bool:
    return store.get(0, state_key(f"demo:{key}".encode())) is None


# 1 fence


def test_what_was_taken_in_before_is_skipped_wholly_or_in_part(kernel, store):
    log = log_of(*[asked("add")] * 6)
    taken(kernel, store, log[:4])

    assert kernel.step(log[:3]) is None
    flush = taken(kernel, store, log[2:])

    assert flush.records == 2
    assert count(store).seen == 6


def test_a_chunk_that_starts_too_far_on_is_refused_and_changes_nothing(kernel, store):
    log = log_of(*[asked("add")] * 6)
    taken(kernel, store, log[:2])

    assert kernel.step(log[4:]) == Above(expected=2, found=4)
    assert kernel.marker.next == 2
    assert taken(kernel, store, log[2:]).records == 4


def test_a_gap_that_a_later_fetch_has_proven_is_accepted(kernel, store):
    log = log_of(*[asked("add")] * 6)
    taken(kernel, store, log[:2])

    assert stepped(kernel, log[4:]).marker.next == 6


# 2 decode


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"not avro at all", "undecodable"),
        (b"", "undecodable"),
        (None, "undecodable"),
        (codec.MAGIC + b"\x01\x02", "undecodable"),
        (codec.MAGIC + b"12345678" + b"rest", "unknown_schema"),
        (codec.encode(opened())[:-3], "undecodable"),
        (codec.encode(opened()) + b"more", "undecodable"),
    ],
    ids=["noise", "empty", "tombstone", "short", "stranger", "truncated", "overlong"],
)
def test_what_cannot_be_decoded_goes_to_quarantine_whole_and_the_rest_goes_on(store, value, code):
    processor = ConversationProcessor()
    kernel = Kernel(processor, 0, store, Marker(epoch=1, next=0), References(lambda *_: None))
    opening = opened(recorded_at_ms=NINE_MS, occurred_at_ms=NINE_MS)
    headers = (("who", b"adapter"), ("odd", b"\xff"))

    flush = stepped(kernel, [record(0, value, headers=headers), record(1, codec.encode(opening))])

    (found,) = quarantined(flush)
    assert (found.code, found.value, found.key) == (code, value, b"k")
    assert found.headers == dict(headers)
    assert found.quarantine_id == "conversation.turns.v1/0/0"
    assert (found.log, found.partition, found.offset) == ("conversation.turns.v1", 0, 0)
    assert flush.quarantined == [code]
    assert any(key.startswith(b"S") for key in flush.entries), "the next record was lost"


def test_a_decoder_that_breaks_on_bytes_is_no_reason_to_stop(store):
    class Brittle(Exercise):
        def decode(self, value, headers):
            if value == b"evil":
                raise RecursionError("too deep")
            return super().decode(value, headers)

    flush = taken(kernel_over(store, Brittle()), store, log_of(b"evil", asked("add")))

    assert flush.quarantined == ["undecodable"]
    assert count(store).seen == 1


def test_a_sequence_header_that_is_no_number_goes_to_quarantine(kernel, store):
    headers = (("ce_source", b"/up/0"), ("ce_sequence", b"many"))

    flush = taken(kernel, store, [record(0, asked("add"), headers=headers)])

    assert flush.quarantined == ["undecodable"]


def test_a_value_too_large_for_the_quarantine_topic_is_named_and_left_in_the_log(kernel):
    flush = stepped(kernel, [record(0, b"\xff" * (step.QUARANTINED_BYTES_MAX + 1))])

    (found,) = quarantined(flush)
    assert found.value is None
    assert "stay at exercise.asked.v1/0/0" in found.because


def test_an_unreadable_record_does_not_move_time(kernel, store):
    taken(kernel, store, [record(0, asked("arm", amount=9))])

    flush = taken(kernel, store, [record(1, b"noise", timestamp=EPOCH_MS + 86_400_000)])

    assert flush.marker.stream_time_ms == EPOCH_MS
    assert kernel.next_due_ms() == EPOCH_MS + 900


def test_a_clock_that_runs_ahead_cannot_carry_the_partition_away(kernel, store):
    far = asked("add", at_ms=EPOCH_MS + 10**15)

    flush = taken(kernel, store, [record(0, far)])

    assert flush.marker.stream_time_ms == EPOCH_MS + step.FUTURE_MS_MAX


def test_history_keeps_its_own_time_however_late_the_broker_got_it(kernel, store):
    old = asked("add", at_ms=EPOCH_MS - 10**10)

    flush = taken(kernel, store, [record(0, old)])

    assert flush.marker.stream_time_ms == EPOCH_MS - 10**10


# 3 prepare


def test_an_input_that_a_model_chokes_on_stands_alone_in_quarantine(kernel, store):
    ops = ["add", "add", "choke", "add", "choke", "add", "add"]

    flush = taken(kernel, store, log_of(*map(asked, ops)))

    assert [found.offset for found in quarantined(flush)] == [2, 4]
    assert "the model chokes" in quarantined(flush)[0].because
    assert count(store).seen == 5


# 4 handle


def test_a_handler_that_raises_loses_its_input_to_quarantine_and_nothing_else(kernel, store):
    flush = taken(kernel, store, log_of(asked("add"), asked("raise"), asked("add")))

    (found,) = quarantined(flush)
    assert found.code == "handler_raised"
    assert "RuntimeError: raise of k cannot be done" in found.because
    assert "quarantine retry" in found.because
    assert "replay/exercise.py:" in (found.traceback or "")
    assert count(store).seen == 2


def test_a_quarantined_fault_reads_the_same_on_every_machine(store):
    class Addressed(Exercise):
        def handle(self, state, record, at):
            raise RuntimeError(f"no use for {object()} \ud800" + "x" * 10_000)

    first = stepped(kernel_over(store, Addressed()), log_of(asked("add")))
    second = stepped(kernel_over(MemoryStore(), Addressed()), log_of(asked("add")))

    assert first.outputs[QUARANTINE][0].value == second.outputs[QUARANTINE][0].value
    (found,) = quarantined(first)
    assert len(found.because) < 3_000
    assert found.traceback is not None
    assert not found.traceback.startswith("/")
    assert "0x" not in found.traceback


def test_an_outcome_with_a_part_that_cannot_be_written_becomes_true_in_no_part(store):
    class Careless(Exercise):
        def handle(self, state, record, at):
            match record.op:
                case "row":
                    rows = (Row("counts", b"odd", 7),)  # type: ignore[arg-type]  # on purpose
                    return Outcome(Count(1, 1), rows=rows, timers={"t0": at.now_ms + 5})
                case "timer":
                    late: Any = {"t0": at.now_ms + 5, "t1": 1.5}
                    return Outcome(Count(1, 1), timers=late)
                case _:
                    return Outcome(Count(1, 1, "x" * (step.VALUE_BYTES_MAX + 1)))

    flush = taken(
        kernel_over(store, Careless()), store, log_of(asked("row"), asked("timer"), asked("big"))
    )

    assert flush.quarantined == ["handler_raised", "handler_raised", "too_large"]
    assert flush.entries == {}
    assert is_forgotten(store)


def test_a_state_without_encoding_is_its_inputs_fault_however_the_log_is_cut(store):
    log = log_of(asked("add"), asked("spoil"), asked("add"))
    other = MemoryStore()
    one_by_one = kernel_over(other)

    flush = taken(kernel_over(store), store, log)
    for found in log:
        taken(one_by_one, other, [found])

    assert flush.quarantined == ["handler_raised"]
    assert rows(store) == rows(other)
    assert count(store).seen == 2


def test_a_reference_that_is_not_here_yet_stops_the_partition_and_changes_nothing(store):
    processor = Exercise()
    references = References(processor.load_reference)
    kernel = kernel_over(store, processor, references=references)
    taken(kernel, store, log_of(asked("add", amount=1), asked("arm", amount=5)))
    due_ms = kernel.next_due_ms()
    changed = ReferenceChanged(
        tenant="demo",
        occurred_at_ms=EPOCH_MS,
        recorded_at_ms=EPOCH_MS,
        reference="exercise.weight",
        digest="weight-3",
    )
    log = log_of(codec.encode(changed), asked("add", amount=1, at_ms=EPOCH_MS + 900), start=2)
    before = rows(store)

    with pytest.raises(ReferenceMissingError) as missing:
        kernel.step(log)

    assert missing.value.digest == "weight-3"
    assert kernel.marker.next == 2
    assert kernel.next_due_ms() == due_ms
    assert rows(store) == before

    references.add("exercise.weight", "weight-3", b"3")
    flush = taken(kernel, store, log)

    assert flush.marker.references == {"demo": {"exercise.weight": "weight-3"}}
    assert count(store).total > 3


def test_an_artefact_that_cannot_be_loaded_is_quarantined_and_the_version_before_stays(store):
    processor = ConversationProcessor()
    references = References(processor.load_reference)
    good = b'{"articles": []}'
    references.add("assist.articles", "a" * 64, good)
    references.add("assist.articles", "b" * 64, b"no JSON at all")
    kernel = Kernel(processor, 0, store, Marker(epoch=0, next=0), references)

    def announced(offset, digest):
        changed = ReferenceChanged(
            tenant="demo",
            occurred_at_ms=EPOCH_MS,
            recorded_at_ms=EPOCH_MS,
            reference="assist.articles",
            digest=digest,
        )
        return record(offset, codec.encode(changed))

    flush = stepped(kernel, [announced(0, "a" * 64), announced(1, "b" * 64)])

    assert flush.marker.references == {"demo": {"assist.articles": "a" * 64}}
    (entry,) = quarantined(flush)
    assert (entry.code, entry.offset) == ("bad_reference", 1)
    assert "The version before stays in force" in entry.because


def test_an_upstreams_record_counts_once_however_often_it_comes(kernel, store):
    def from_upstream(offset, source, sequence):
        headers = (("ce_source", source), ("ce_sequence", b"%d" % sequence))
        return record(offset, asked("add"), headers=headers)

    flush = taken(
        kernel,
        store,
        [
            from_upstream(0, b"/up/0", 4),
            from_upstream(1, b"/up/0", 4),
            from_upstream(2, b"/up/1", 4),
            from_upstream(3, b"/up/0", 3),
            from_upstream(4, b"/up/0", 5),
        ],
    )

    assert flush.repeats == 2
    assert count(store).seen == 3
    assert flush.marker.upstreams == {"/up/0": 5, "/up/1": 4}
    assert taken(kernel, store, [from_upstream(5, b"/up/1", 4)]).repeats == 1


# timers


class Chimes(Exercise):
    """Notes which timers fired, when, in its state."""

    def handle(self, state, record, at):
        due_ms = at.now_ms + record.amount
        return Outcome(Count(0, 0, ""), timers={record.op: due_ms})

    def on_timer(self, state, key, name, at):
        fired.append((at.now_ms, key, name, at.first))
        if name == "raises":
            raise RuntimeError("out of order")
        if name == "for ever":
            return Outcome(state, timers={name: at.now_ms})
        return Outcome(state)


fired: list[tuple[int, bytes, str, int]] = []


def test_timers_fire_by_due_time_then_key_then_name_with_their_due_time_as_now(store):
    fired.clear()
    kernel = kernel_over(store, Chimes())
    taken(
        kernel,
        store,
        [
            record(0, asked("b", "x", 30)),
            record(1, asked("a", "y", 20)),
            record(2, asked("b", "a", 20)),
            record(3, asked("a", "a", 20)),
            record(4, asked("z", "a", 90)),
        ],
    )
    assert fired == []

    taken(kernel, store, [record(5, asked("c", "q", 5, at_ms=EPOCH_MS + 50))])

    assert [one[:3] for one in fired] == [
        (EPOCH_MS + 20, b"demo:a", "a"),
        (EPOCH_MS + 20, b"demo:a", "b"),
        (EPOCH_MS + 20, b"demo:y", "a"),
        (EPOCH_MS + 30, b"demo:x", "b"),
    ]


def test_a_timer_that_raises_is_quarantined_without_the_record_that_woke_it(store):
    fired.clear()
    kernel = kernel_over(store, Chimes())
    taken(kernel, store, [record(0, asked("raises", "x", 10))])

    flush = taken(kernel, store, [record(1, asked("c", "y", 5, at_ms=EPOCH_MS + 50))])

    (found,) = quarantined(flush)
    assert found.quarantine_id == "exercise.asked.v1/0/1#0"
    assert (found.key, found.value, found.headers) == (b"demo:x", None, {})
    assert "firing timer raises of demo:x" in found.because
    assert timer_key(b"demo:x", "raises") in flush.entries, "it would fire for ever"
    assert not is_forgotten(store, "y"), "the record that woke it was lost"


def test_a_timer_that_sets_itself_for_ever_is_stopped(store, monkeypatch):
    monkeypatch.setattr(step, "FIRINGS_MAX", 50)
    fired.clear()
    kernel = kernel_over(store, Chimes())
    taken(kernel, store, [record(0, asked("for ever", "x", 10))])

    flush = taken(kernel, store, [record(1, asked("c", "y", 5, at_ms=EPOCH_MS + 50))])

    assert len(fired) == 50
    assert flush.quarantined == ["handler_raised"]
    assert kernel.timers.due_of(b"demo:x", "for ever") is None


# the cache


def test_what_is_not_in_the_store_yet_never_leaves_the_cache(store, monkeypatch):
    monkeypatch.setattr(step, "CACHE_KEYS", 3)
    kernel = kernel_over(store)
    waiting = []
    offset = 0
    for turn in range(40):
        chunk = log_of(asked("add", f"k{turn % 7}"), asked("add", f"k{turn % 3}"), start=offset)
        offset += 2
        waiting.append(stepped(kernel, chunk))
        if len(waiting) > 4:
            put(kernel, store, waiting.pop(0))
    for flush in waiting:
        put(kernel, store, flush)

    whole = MemoryStore()
    again = kernel_over(whole)
    values = [v for n in range(40) for v in (asked("add", f"k{n % 7}"), asked("add", f"k{n % 3}"))]
    taken(again, whole, log_of(*values))
    assert rows(store) == rows(whole)


def test_every_output_has_a_derived_id_and_a_sequence_that_grows(kernel, store):
    log = log_of(asked("emit", amount=3), asked("refuse"), asked("emit", amount=2))

    flush = taken(kernel, store, log)

    heads = [
        (dict(output.headers)["ce_id"].decode(), output.sequence)
        for topic in sorted(flush.outputs)
        for output in flush.outputs[topic]
    ]
    by_sequence = [name for name, _ in sorted(heads, key=lambda head: head[1])]
    assert by_sequence == [
        *[f"exercise.asked.v1/0/0#{n}" for n in range(4)],
        "exercise.asked.v1/0/1#0",
        *[f"exercise.asked.v1/0/2#{n}" for n in range(3)],
    ]
    for outputs in flush.outputs.values():
        sequences = [output.sequence for output in outputs]
        assert sequences == sorted(set(sequences))
    assert msgspec.msgpack.decode(flush.outputs["exercise.noted.v1"][0].value)[2].endswith("0#1")
