"""The contract every machine keeps, and the few values it speaks in.

A machine is a pure function of its state, one input and an `At`. It never reads a clock, draws a
number or touches a file: time, ids and reference data arrive in `At`. Given the same arguments it
returns the same outcome, byte for byte, on any machine and in any year; replay rests on that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)

NO_TIMERS: Mapping[str, int | None] = {}

RowReader = Callable[[str], Iterable[tuple[bytes, bytes]]]
"""Given a table, the aggregate's committed rows in it: `(row key, value)` in byte order."""


class Row(msgspec.Struct, frozen=True):
    """One row of a view: what a screen asks for.

    `table` names the view, `key` orders rows inside it (rows of one key prefix are scanned in byte
    order), `value` is msgpack or JSON bytes as the view defines; None removes the row.
    """

    table: str
    key: bytes
    value: bytes | None


class Rejection(msgspec.Struct, frozen=True):
    """A lawful no: `code` says what kind, `because` is a sentence for people."""

    code: str
    because: str


class Outcome(msgspec.Struct, frozen=True):
    """What one input (or one due timer) makes true.

    Attributes:
        state: The new state; None forgets the key. Return the old object itself for "no change":
            the runtime then writes nothing for it.
        events: Derived records, in order; the n-th gets the id `At.event_id(n)`.
        rejection: Why the rules refuse the input, if they do.
        timers: Timer name to due time in epoch ms; None cancels that timer. Names not mentioned
            stay as they are.
        rows: View rows to write or remove.
    """

    state: Any
    events: tuple[Any, ...] = ()
    rejection: Rejection | None = None
    timers: Mapping[str, int | None] = NO_TIMERS
    rows: tuple[Row, ...] = ()


class At(msgspec.Struct):
    """Where and when an input stands: everything a handler may know besides state and input.

    Attributes:
        now_ms: Stream time at the input, or the due time of the timer that fires; epoch ms.
        cause: `{log}/{partition}/{offset}` of the input.
        first: Index of the first event this outcome may emit.
        references: Loaded reference values in force for the input's tenant, by reference name,
            e.g. `{"assist.articles": ArticleBase(...)}`. Empty when none was announced.
        prepared: What `Processor.prepare` returned for the batch this input belongs to.
        index: Position of the input in the batch given to `prepare`; -1 for a timer.
    """

    now_ms: int
    cause: str
    first: int = 0
    references: Mapping[str, Any] = {}
    prepared: Any = None
    index: int = -1

    def event_id(self, index: int = 0) -> str:
        """Return the derived id of the outcome's event number `index`: `{cause}#{n}`."""
        return f"{self.cause}#{self.first + index}"


class Traits(msgspec.Struct, frozen=True):
    """What a processor does without, so that the runtime need not look for it.

    Attributes:
        prepares: `prepare` computes something; False: it is never called.
        has_upstreams: Other processors write into its log, so repeats are told by their sequence.
        is_cloudevents: Derived records carry all CloudEvents attributes; False: source and sequence
            only, from which the id follows, for processors whose readers want no more.
        is_wide: States are too large to be written whole: see `WideProcessor`.
    """

    prepares: bool = True
    has_upstreams: bool = True
    is_cloudevents: bool = True
    is_wide: bool = False


class Processor(Protocol[S]):
    """One log in, states and events out; implemented once per processor.

    Class attributes say where it lives: `name`, `version` (raise it when the same input would give
    another outcome), `log` (its only input topic), `derives` (derived topics that only it writes,
    with the log's key and partition count), `feeds` (logs of other processors it writes into, each
    record to the partition of its key), `traits`.
    """

    name: str
    version: int
    log: str
    derives: tuple[str, ...]
    feeds: tuple[str, ...]
    traits: Traits

    def decode(self, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Any:
        """Return the typed input. Raises `schemas.errors.UndecodableError` for anything else."""

    def key(self, record: Any) -> bytes | None:
        """Return the aggregate's key; None for what is meant for the partition, e.g. a Tick."""

    def recorded_at_ms(self, record: Any) -> int:
        """Return when the input was let in, epoch ms; 0 when the record does not say."""

    def tenant(self, record: Any) -> str:
        """Return whose reference data counts for this input."""

    def prepare(self, inputs: Sequence[tuple[Any, Mapping[str, Any]]]) -> Any:
        """Return whatever a model can compute for a whole batch at once, or None.

        It may not change any outcome: handling the inputs in batches of one gives the same bytes.
        """

    def handle(self, state: S | None, record: Any, at: At) -> Outcome:
        """Return what `record` makes true for the aggregate in `state` (None: never seen)."""

    def on_timer(self, state: S | None, key: bytes, name: str, at: At) -> Outcome:
        """Return what the timer `name`, due at `at.now_ms`, makes true."""

    def encode_state(self, state: S) -> bytes:
        """Return the state as bytes; equal states give equal bytes."""

    def decode_state(self, data: bytes) -> S:
        """Return the state behind `data`, lifting older versions to the present one."""

    def encode_event(self, event: Any) -> tuple[str, bytes, bytes | None, str, str]:
        """Return `(topic, value, key, type name, subject)` of a derived event."""

    def load_reference(self, reference: str, content: bytes) -> Any:
        """Return the loaded form of an artefact, e.g. a search index over its articles."""


class WideProcessor(Processor[S], Protocol[S]):
    """A processor whose states are made of many small rows, e.g. everything a tenant has waiting.

    Its state is a mutable index over the aggregate's own rows. `handle` and `on_timer` change it in
    place, return the very object they got, and name every changed row in `Outcome.rows`: that is
    all that is written. Row keys are the aggregate's key, NUL, and the row's own key. Whenever an
    outcome does not become true (the handler raised, an event was too large, a step was given up),
    the runtime throws the object away and calls `open_state` again, so a handler may leave it in
    any shape when it raises. `encode_state` and `decode_state` are never called.
    """

    def open_state(self, key: bytes, read: RowReader) -> S:
        """Return the state that the aggregate's rows give; of no rows, an empty one.

        Equal rows give states with equal behaviour, whatever happened before.
        """
