"""A small processor that does everything a processor may do, and inputs drawn for it.

It is what the simulator runs when nothing else is asked for: counting with timers that set
themselves again, several outputs on two topics, refusals, removed states and rows, handlers that
raise, states that have no encoding, models that choke on one input, reference data, upstreams.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import msgspec

from processors.machine import At, Outcome, Rejection, Row, RowReader, Traits
from schemas import codec
from schemas.errors import UndecodableError
from schemas.records.control import ReferenceChanged

TENANT: Final = "demo"
WEIGHT: Final = "exercise.weight"
KEYS: Final = 6
OPS: Final = (
    ("add", 40),
    ("emit", 12),
    ("arm", 12),
    ("disarm", 4),
    ("remove", 6),
    ("refuse", 4),
    ("look", 4),
    ("raise", 3),
    ("choke", 2),
    ("spoil", 2),
    ("garbage", 3),
    ("weigh", 3),
)


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """An input: do `op` with the count of `key`."""

    op: str
    key: str
    amount: int = 0
    recorded_at_ms: int = 0


class Count(msgspec.Struct, frozen=True, array_like=True):
    """The state of one key."""

    total: int
    seen: int
    last: str = ""


class Noted(msgspec.Struct, frozen=True, array_like=True):
    """An event, for one of two topics."""

    topic: str
    key: str
    id: str
    total: int


_encode = msgspec.msgpack.encode
_decode_asked = msgspec.msgpack.Decoder(Asked).decode
_decode_count = msgspec.msgpack.Decoder(Count).decode


class Exercise:
    """Implements `processors.machine.Processor`."""

    name = "exercise"
    version = 1
    log = "exercise.asked.v1"
    derives: tuple[str, ...] = ("exercise.counted.v1", "exercise.noted.v1")
    feeds: tuple[str, ...] = ()
    traits = Traits()

    def decode(self, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Any:
        """Return the typed input. Raises `schemas.errors.UndecodableError` for anything else."""
        if value.startswith(codec.MAGIC):
            return codec.decode(value)
        try:
            return _decode_asked(value)
        except msgspec.MsgspecError as fault:
            raise UndecodableError(code="undecodable", because=str(fault)) from fault

    def key(self, record: Any) -> bytes | None:
        """Return the key that counts; None for what is meant for the partition."""
        return f"{TENANT}:{record.key}".encode() if type(record) is Asked else None

    def recorded_at_ms(self, record: Any) -> int:
        """Return when the input was let in, epoch ms; 0 when it does not say."""
        at_ms: int = record.recorded_at_ms
        return at_ms

    def tenant(self, record: Any) -> str:
        """Return the one tenant there is."""
        return TENANT

    def prepare(self, inputs: Sequence[tuple[Any, Mapping[str, Any]]]) -> Any:
        """Return double the amounts, and choke on some input."""
        if any(type(record) is Asked and record.op == "choke" for record, _ in inputs):
            raise ArithmeticError("the model chokes")
        return [record.amount * 2 if type(record) is Asked else 0 for record, _ in inputs]

    def handle(self, state: Count | None, record: Any, at: At) -> Outcome:
        """Return what `record` makes true."""
        count = state or Count(0, 0)
        added = record.amount * int(at.references.get(WEIGHT, 1)) + at.prepared[at.index]
        new = Count(count.total + added, count.seen + 1, at.event_id())
        match record.op:
            case "add":
                return Outcome(new, rows=_rows(record.key, new))
            case "emit":
                events = tuple(
                    Noted(self.derives[n % 2], record.key, at.event_id(n), new.total)
                    for n in range(1 + record.amount % 4)
                )
                return Outcome(new, events)
            case "arm" | "disarm":
                due_ms = at.now_ms + record.amount * 100 if record.op == "arm" else None
                return Outcome(state, timers={f"t{record.amount % 2}": due_ms})
            case "remove":
                return Outcome(None, rows=_rows(record.key, None), timers={"t0": None})
            case "refuse":
                return Outcome(state, rejection=Rejection("exercise.no", f"no {record.amount}"))
            case "look":
                return Outcome(state)
            case "spoil":
                return Outcome(Count(1 << 80, 0))
            case _:
                raise RuntimeError(f"{record.op} of {record.key} cannot be done")

    def on_timer(self, state: Count | None, key: bytes, name: str, at: At) -> Outcome:
        """Return what the timer makes true: a count, an event, and the next timer for a while."""
        count = state or Count(0, 0)
        if count.total % 11 == 5:
            raise RuntimeError(f"{name} cannot fire at {at.now_ms}")
        new = Count(count.total + 1, count.seen, at.event_id())
        event = Noted(self.derives[0], key.decode(), at.event_id(), new.total)
        timers = {name: at.now_ms + 300} if new.total % 3 else {}
        return Outcome(new, (event,), timers=timers)

    def encode_state(self, state: Count) -> bytes:
        """Return the state as bytes; raises for one that has no encoding."""
        return _encode(state)

    def decode_state(self, data: bytes) -> Count:
        """Return the state behind `data`."""
        return _decode_count(data)

    def encode_event(self, event: Noted) -> tuple[str, bytes, bytes | None, str, str]:
        """Return `(topic, value, key, type name, subject)` of an event."""
        return event.topic, _encode(event), event.key.encode(), "exercise.Noted", event.key

    def load_reference(self, reference: str, content: bytes) -> Any:
        """Return the weight an artefact says."""
        return int(content)


def _rows(key: str, count: Count | None) -> tuple[Row, ...]:
    value = None if count is None else _encode(count)
    return (Row("counts", f"{TENANT}:{key}".encode(), value),)


class BareExercise(Exercise):
    """The same without upstreams, for which the kernel has a way of its own."""

    name = "bare"
    traits = Traits(has_upstreams=False, is_cloudevents=False)


class Counts:
    """All counts of the tenant, changed in place; `whole` follows from them."""

    def __init__(self, counts: dict[str, Count]) -> None:
        self.counts = counts
        self.whole = sum(count.total for count in counts.values())

    def put(self, key: str, count: Count | None) -> None:
        """Set a count, or remove it."""
        before = self.counts.pop(key, None)
        self.whole -= 0 if before is None else before.total
        if count is not None:
            self.counts[key] = count
            self.whole += count.total


class WideExercise(Exercise):
    """The same as one wide state, which is left half changed whenever it raises."""

    name = "wide"
    log = "exercise.wide.v1"
    derives: tuple[str, ...] = ("exercise.wide-counted.v1", "exercise.wide-noted.v1")
    traits = Traits(is_wide=True)

    def key(self, record: Any) -> bytes | None:
        """Return the one aggregate there is; None for what is meant for the partition."""
        return TENANT.encode() if type(record) is Asked else None

    def open_state(self, key: bytes, read: RowReader) -> Counts:
        """Return the counts that the rows give."""
        skip = len(key) + 1
        found = {name[skip:].decode(): _decode_count(value) for name, value in read("counts")}
        return Counts(found)

    def handle(self, state: Any, record: Any, at: At) -> Outcome:
        """Return what `record` makes true."""
        key = record.key
        count = state.counts.get(key) or Count(0, 0)
        added = record.amount * int(at.references.get(WEIGHT, 1)) + at.prepared[at.index]
        new = Count(count.total + added, count.seen + 1, at.event_id())
        match record.op:
            case "add":
                state.put(key, new)
                return Outcome(state, rows=self._row(state, key))
            case "emit":
                state.put(key, new)
                events = tuple(
                    Noted(self.derives[n % 2], key, at.event_id(n), state.whole)
                    for n in range(1 + record.amount % 4)
                )
                return Outcome(state, events, rows=self._row(state, key))
            case "arm" | "disarm":
                due_ms = at.now_ms + record.amount * 100 if record.op == "arm" else None
                return Outcome(state, timers={f"t{record.amount % 2}/{key}": due_ms})
            case "remove":
                state.put(key, None)
                return Outcome(state, rows=self._row(state, key), timers={f"t0/{key}": None})
            case "refuse":
                return Outcome(state, rejection=Rejection("exercise.no", f"no {state.whole}"))
            case "look":
                return Outcome(state)
            case "spoil":
                state.put(key, new)
                return Outcome(state, rows=(Row("counts", b"demo\0spoilt", "text"),))  # type: ignore[arg-type]  # the fault
            case _:
                state.put(key, new)
                raise RuntimeError(f"{record.op} of {key} cannot be done")

    def on_timer(self, state: Any, key: bytes, name: str, at: At) -> Outcome:
        """Return what the timer makes true: a count, an event, and the next timer for a while."""
        own = name.partition("/")[2]
        count = state.counts.get(own) or Count(0, 0)
        new = Count(count.total + 1, count.seen, at.event_id())
        state.put(own, new)
        if state.whole % 11 == 5:
            raise RuntimeError(f"{name} cannot fire at {at.now_ms}")
        event = Noted(self.derives[0], own, at.event_id(), state.whole)
        timers = {name: at.now_ms + 300} if new.total % 3 else {}
        return Outcome(state, (event,), timers=timers, rows=self._row(state, own))

    @staticmethod
    def _row(state: Counts, key: str) -> tuple[Row, ...]:
        count = state.counts.get(key)
        value = None if count is None else _encode(count)
        return (Row("counts", f"{TENANT}\0{key}".encode(), value),)


CONTENTS: Final[Mapping[str, bytes]] = {
    **{f"weight-{n}": b"%d" % n for n in range(1, 4)},
    "weight-4": b"too heavy",
}
"""Artefacts by digest; the last one cannot be loaded."""

Input = tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]
"""Key, value and headers of a log record."""


def draw(chance: Random, now_ms: int, number: int) -> Input:
    """Return the next input, let in at about `now_ms`; `number` counts them."""
    op = chance.choices([name for name, _ in OPS], [weight for _, weight in OPS])[0]
    key = f"k{chance.randrange(KEYS)}"
    headers: tuple[tuple[str, bytes], ...] = ()
    if chance.random() < 0.15:
        sequence = max(0, number - chance.choice((0, 0, 1, 5)))
        headers = (("ce_source", b"/up/%d" % (number % 2)), ("ce_sequence", b"%d" % sequence))
    if op == "garbage":
        return key.encode(), chance.choice((None, b"", b"\xc3\x01short", b"\xff\x00")), headers
    if op == "weigh":
        changed = ReferenceChanged(
            tenant=TENANT,
            occurred_at_ms=now_ms,
            recorded_at_ms=now_ms,
            reference=WEIGHT,
            digest=f"weight-{chance.choice((1, 1, 2, 2, 3, 3, 4))}",
        )
        return None, codec.encode(changed), headers
    at_ms = chance.choice((now_ms, now_ms, now_ms - 500, 0, now_ms + 40_000_000))
    asked = Asked(op, key, chance.randint(0, 9), at_ms)
    return key.encode(), _encode(asked), headers
