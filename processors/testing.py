"""Given, when, then: rules tested the way they are told. For us and for users.

A `Scenario` is one aggregate of one processor with a log of its own: each input gets the next
offset and a moment one second later, due timers fire first, view rows are kept, and the state goes
through its bytes after every step, as in production. Nothing is mocked; there is no broker and no
clock.

    from processors.conversation.processor import ConversationProcessor
    from processors.testing import accepted, event, given, opened, said
    from schemas.records.assist import NothingFound

    scenario = given(ConversationProcessor(), opened(), accepted("ann"))
    scenario.when(said("where is my refund?")).then(event(NothingFound, trigger_turn_id="t-2"))

Builders fill in what a test does not care about: tenant `demo`, conversation `c-1`, channel
`live_chat`, times from the scenario's log, and turn ids `t-{offset}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

from msgspec.structs import replace

from processors.machine import At, Outcome, Processor, WideProcessor
from processors.views import conversation as views
from schemas import codec
from schemas.records.assist import DismissRecommendation
from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    OwnershipMoved,
    RepresentativeAccepted,
    TurnSaid,
)

R = TypeVar("R")

TENANT: Final = "demo"
CONVERSATION: Final = "c-1"
NINE_MS: Final = 1_767_258_000_000
"""A morning at nine, 1 January 2026 UTC: where a scenario's log begins."""
STEP_MS: Final = 1_000


class Event:
    """An expected event: its class and the fields a test cares about."""

    def __init__(self, record: type[Any], fields: Mapping[str, Any]) -> None:
        self.record, self.fields = record, dict(fields)

    def matches(self, found: Any) -> bool:
        """Return whether `found` is such an event."""
        return type(found) is self.record and all(
            getattr(found, name) == value for name, value in self.fields.items()
        )

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.record.__name__}({fields})"


def event(record: type[Any], /, **fields: Any) -> Event:
    """Return the expectation of an event with (at least) these fields."""
    return Event(record, fields)


class Then:
    """What one step made true, to be looked at or checked."""

    def __init__(self, outcome: Outcome, before: Any) -> None:
        self.outcome, self._before = outcome, before

    @property
    def events(self) -> tuple[Any, ...]:
        """Return the events, in order."""
        return self.outcome.events

    def then(self, *expected: Event) -> Then:
        """Check that exactly these events came, in this order, and no refusal."""
        assert self.outcome.rejection is None, f"refused: {self.outcome.rejection}"
        found = self.outcome.events
        shown = "\n  ".join(map(repr, found)) or "no event"
        wanted = "\n  ".join(map(repr, expected)) or "no event"
        is_right = len(found) == len(expected) and all(
            one.matches(other) for one, other in zip(expected, found, strict=True)
        )
        assert is_right, f"expected\n  {wanted}\nfound\n  {shown}"
        return self

    def then_some(self, *expected: Event) -> Then:
        """Check that these events came, in this order, among others."""
        found = list(self.outcome.events)
        for one in expected:
            at = next((n for n, other in enumerate(found) if one.matches(other)), None)
            shown = "\n  ".join(map(repr, self.outcome.events)) or "no event"
            assert at is not None, f"expected\n  {one}\nfound\n  {shown}"
            found = found[at + 1 :]
        return self

    def refused(self, code: str, *words: str) -> Then:
        """Check that the input was refused with this code, in a sentence with these words."""
        rejection = self.outcome.rejection
        assert rejection is not None, f"not refused; events: {self.outcome.events}"
        assert rejection.code == code, f"refused as {rejection.code}: {rejection.because}"
        for word in words:
            assert word in rejection.because, f"{word!r} is missing in: {rejection.because}"
        assert self.outcome.state is self._before, "a refused input changed the state"
        assert not self.outcome.events, "a refused input gave events"
        assert not self.outcome.rows, "a refused input wrote rows"
        return self

    def nothing(self) -> Then:
        """Check that nothing became true: the same state object, no event, no refusal, no row."""
        assert self.outcome.rejection is None, f"refused: {self.outcome.rejection}"
        assert self.outcome.state is self._before, "the state changed"
        assert not self.outcome.events, f"events: {self.outcome.events}"
        assert not self.outcome.rows, f"rows: {self.outcome.rows}"
        assert not self.outcome.timers, f"timers: {self.outcome.timers}"
        return self


class Scenario:
    """One aggregate and its log.

    Attributes:
        state: The present state; None before the first input.
        now_ms: Stream time of the last step.
        offset: Offset the next input gets.
        references: Loaded reference values by name; may be changed between steps.
        timers: Timer name to due time.
    """

    def __init__(self, processor: Processor[Any], references: Mapping[str, Any]) -> None:
        self.processor = processor
        self.references = dict(references)
        self.state: Any = None
        self.now_ms = NINE_MS
        self.offset = 0
        self.timers: dict[str, int] = {}
        self._key = b""
        self._rows: dict[tuple[str, bytes], bytes] = {}

    def when(self, record: Any, /, after_ms: int = STEP_MS) -> Then:
        """Take one input in and return what it made true.

        Args:
            record: The input; unset times and turn ids are filled in.
            after_ms: How long after the last step it is recorded.
        """
        self.now_ms += after_ms
        self._fire()
        record = self._stamped(record)
        self._key = self.processor.key(record) or b""
        record = self.processor.decode(codec.encode(record), ())
        at = self._at(self.now_ms, index=0)
        before = self.state
        if self.processor.traits.is_wide:
            before = self._opened()
        outcome = self.processor.handle(before, record, at)
        self.offset += 1
        self._keep(outcome)
        return Then(outcome, before)

    def later(self, after_ms: int) -> Scenario:
        """Let time pass and fire what becomes due."""
        self.now_ms += after_ms
        self._fire()
        return self

    def rows(self, table: str) -> list[tuple[bytes, bytes]]:
        """Return the rows of a view, in byte order of their keys."""
        return sorted((key, value) for (name, key), value in self._rows.items() if name == table)

    def seen(self, table: str, *, newest_first: bool = False) -> list[Any]:
        """Return the rows of a view as a screen reads them."""
        found = [views.decode(table, value) for _, value in self.rows(table)]
        return found[::-1] if newest_first else found

    def _at(self, now_ms: int, index: int) -> At:
        cause = f"{self.processor.log}/0/{self.offset}"
        return At(now_ms=now_ms, cause=cause, references=self.references, index=index)

    def _fire(self) -> None:
        while due := sorted((at, name) for name, at in self.timers.items() if at <= self.now_ms):
            due_ms, name = due[0]
            del self.timers[name]
            at = self._at(due_ms, index=-1)
            state = self._opened() if self.processor.traits.is_wide else self.state
            self._keep(self.processor.on_timer(state, self._key, name, at))

    def _keep(self, outcome: Outcome) -> None:
        for row in outcome.rows:
            if row.value is None:
                self._rows.pop((row.table, row.key), None)
            else:
                self._rows[row.table, row.key] = row.value
        for name, due_ms in outcome.timers.items():
            if due_ms is None:
                self.timers.pop(name, None)
            else:
                self.timers[name] = due_ms
        self.state = outcome.state
        for derived in outcome.events:
            topic = self.processor.encode_event(derived)[0]
            assert topic in {*self.processor.derives, *self.processor.feeds}
        if outcome.state is None or self.processor.traits.is_wide:
            return
        data = self.processor.encode_state(outcome.state)
        self.state = self.processor.decode_state(data)
        assert self.state == outcome.state, "the state does not survive its bytes"
        assert self.processor.encode_state(self.state) == data, "equal states, different bytes"

    def _opened(self) -> Any:
        """Return a wide state as its rows give it: read back for every input."""

        def read(table: str) -> list[tuple[bytes, bytes]]:
            return [row for row in self.rows(table) if row[0].startswith(self._key + b"\0")]

        return cast("WideProcessor[Any]", self.processor).open_state(self._key, read)

    def _stamped(self, record: Any) -> Any:
        fills: dict[str, Any] = {}
        if not record.recorded_at_ms:
            fills["recorded_at_ms"] = self.now_ms
        if not record.occurred_at_ms:
            fills["occurred_at_ms"] = self.now_ms
        if isinstance(record, TurnSaid) and not record.turn_id:
            fills["turn_id"] = f"t-{self.offset}"
        return replace(record, **fills)


def given(
    processor: Processor[Any], *inputs: Any, references: Mapping[str, Any] | None = None
) -> Scenario:
    """Return a scenario after these inputs.

    Args:
        processor: Whose rules are told.
        inputs: What happened before.
        references: Loaded reference values by name, see `processors.reference.load`.
    """
    scenario = Scenario(processor, references or {})
    for record in inputs:
        scenario.when(record)
    return scenario


def opened(channel: str = "live_chat", /, **fields: Any) -> ConversationOpened:
    """Return: a conversation began."""
    return _made(ConversationOpened, fields, channel=channel)


def said(text: str, /, author: str = "customer", **fields: Any) -> TurnSaid:
    """Return: somebody said something; the customer unless told otherwise."""
    return _made(TurnSaid, fields, text=text, author=author, turn_id="")


def accepted(representative_id: str = "ann", /, **fields: Any) -> RepresentativeAccepted:
    """Return: a representative took the conversation."""
    return _made(RepresentativeAccepted, fields, representative_id=representative_id)


def moved(
    owner: str, owner_id: str | None = None, /, *, epoch: int, **fields: Any
) -> OwnershipMoved:
    """Return: the conversation passed to another owner with this epoch."""
    return _made(OwnershipMoved, fields, owner=owner, owner_id=owner_id, ownership_epoch=epoch)


def ended(**fields: Any) -> ConversationEnded:
    """Return: the conversation is over."""
    return _made(ConversationEnded, fields)


def dismissal(recommendation_id: str, /, by: str = "ann", **fields: Any) -> DismissRecommendation:
    """Return: a representative finds a recommendation unfit."""
    return _made(
        DismissRecommendation,
        fields,
        recommendation_id=recommendation_id,
        representative_id=by,
        command_id=f"dismiss-{recommendation_id}",
    )


def _made(record: type[R], fields: Mapping[str, Any], **defaults: Any) -> R:
    common = {"tenant": TENANT, "conversation_id": CONVERSATION, "occurred_at_ms": 0}
    return record(**{**common, **defaults, **fields})
