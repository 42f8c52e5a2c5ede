"""Histories of one conversation, drawn by Hypothesis, and a fold over them."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import strategies as st

from processors.conversation.processor import ConversationProcessor
from processors.machine import At
from processors.testing import (
    NINE_MS,
    accepted,
    dismissal,
    ended,
    moved,
    opened,
    said,
)
from schemas.records.assist import DismissRecommendation, RecommendationIssued
from tests.rules.bases import REFUNDS, demo_articles, references

PROCESSOR = ConversationProcessor()
KEY = b"demo:c-1"

NTH = "nth:"
"""A dismissal of `nth:4` means the fourth recommendation issued so far; `fold` fills it in."""

TEXTS = (
    "where is my refund, I want my money back",
    "a refund for the shoes",
    "my router gives me slow internet and the wifi drops",
    "the airline lost my luggage",
    "hello",
    "",
    "please call me a taxi",
    "thanks, that is all",
    "the weather is nice",
)
CHANNELS = ("live_chat", "sms", "record", "email")
OTHERS = tuple(one for one in demo_articles() if "refund" not in str(one))


@cache
def worlds() -> dict[str, dict[str, Any]]:
    """Return what may be in force: nothing, a base, a base with settings, switched off."""
    full = references(*REFUNDS, *OTHERS)
    strict = {
        "kinds": {"knowledge_article": {"maximum": 2, "threshold": 0.9, "highly_relevant": 1}}
    }
    return {
        "nothing": {},
        "full": full,
        "strict": full | references(settings=strict),
        "off": full | references(settings={"enabled": False}),
    }


def _turn(text, author, turn, visibility, epoch, channel):
    return said(
        text,
        author=author,
        turn_id=f"t{turn}",
        visibility=visibility,
        ownership_epoch=epoch,
        channel=channel,
    )


customer_turns = st.builds(
    _turn,
    st.sampled_from(TEXTS),
    st.just("customer"),
    st.integers(0, 60),
    st.just("public"),
    st.just(0),
    st.none(),
)
turns = st.builds(
    _turn,
    st.sampled_from(TEXTS),
    st.sampled_from(("customer", "representative", "bot", "system")),
    st.integers(0, 60),
    st.sampled_from(("public", "public", "private")),
    st.integers(0, 4),
    st.sampled_from((None, None, None, *CHANNELS)),
)
acceptances = st.builds(
    lambda who, epoch: accepted(who, ownership_epoch=epoch),
    st.sampled_from(("ann", "bob")),
    st.sampled_from((0, 0, 1, 2, 3)),
)
moves = st.builds(
    lambda owner, epoch: moved(owner, f"{owner}-1", epoch=epoch),
    st.sampled_from(("queue", "bot", "representative")),
    st.integers(0, 5),
)
dismissals = st.builds(
    lambda which, who: dismissal(f"{NTH}{which}", by=who),
    st.integers(0, 9),
    st.sampled_from(("ann", "ann", "ann", "eve")),
)
inputs = st.one_of(
    customer_turns,
    customer_turns,
    customer_turns,
    turns,
    acceptances,
    dismissals,
    dismissals,
    moves,
    st.builds(opened, st.sampled_from(CHANNELS)),
    st.builds(ended),
)
"""Any input; mostly customers who speak, and dismissals that may hit."""

served = st.lists(
    st.one_of(customer_turns, customer_turns, customer_turns, dismissals, acceptances), max_size=25
).map(lambda rest: [opened("live_chat"), accepted("ann"), *rest])
"""Histories in which much is recommended."""

histories = st.one_of(st.lists(inputs, max_size=25), served)
worlds_in_force = st.sampled_from(("full", "full", "full", "strict", "off", "nothing"))


class Step(msgspec.Struct, frozen=True):
    """One input and what it made true, in bytes where the wire has bytes."""

    record: Any
    outcome: Any
    state: bytes | None
    events: tuple[bytes, ...]


def stamped(history) -> list[Any]:
    """Return the history with a moment for every record that has none."""
    return [
        record
        if record.occurred_at_ms
        else msgspec.structs.replace(
            record, occurred_at_ms=NINE_MS + n * 1_000, recorded_at_ms=NINE_MS + n * 1_000
        )
        for n, record in enumerate(history)
    ]


def _aimed(record, issued: list[str]):
    if isinstance(record, DismissRecommendation) and record.recommendation_id.startswith(NTH):
        which = int(record.recommendation_id.removeprefix(NTH))
        aim = issued[which] if which < len(issued) else "conversation.turns.v1/0/999#0"
        return msgspec.structs.replace(record, recommendation_id=aim)
    return record


def fold(history, world="full", *, cuts=(), through_bytes=False) -> list[Step]:
    """Return the steps of a history.

    Args:
        history: Inputs in order; the n-th has offset n.
        world: Which references are in force.
        cuts: Offsets at which a new batch begins.
        through_bytes: Read each state back from its bytes before it is used again.
    """
    in_force = worlds()[world]
    history = stamped(history)
    issued: list[str] = []
    borders = sorted({0, len(history), *(cut for cut in cuts if cut < len(history))})
    state: Any = None
    steps = []
    for low, high in pairwise(borders):
        batch = history[low:high]
        prepared = PROCESSOR.prepare([(record, in_force) for record in batch])
        for index, drawn in enumerate(batch):
            at = At(
                now_ms=NINE_MS + (low + index) * 1_000,
                cause=f"conversation.turns.v1/0/{low + index}",
                references=in_force,
                prepared=prepared,
                index=index,
            )
            record = _aimed(drawn, issued)
            outcome = PROCESSOR.handle(state, record, at)
            issued += [
                event.recommendation_id
                for event in outcome.events
                if isinstance(event, RecommendationIssued)
            ]
            data = None if outcome.state is None else PROCESSOR.encode_state(outcome.state)
            events = tuple(PROCESSOR.encode_event(event)[1] for event in outcome.events)
            steps.append(Step(record, outcome, data, events))
            state = outcome.state
            if through_bytes and data is not None:
                state = PROCESSOR.decode_state(data)
    return steps


def rows_after(steps) -> dict[tuple[str, bytes], bytes]:
    """Return the view rows after the last step."""
    rows: dict[tuple[str, bytes], bytes] = {}
    for step in steps:
        for row in step.outcome.rows:
            rows.pop((row.table, row.key), None)
            if row.value is not None:
                rows[row.table, row.key] = row.value
    return rows


def wire(steps) -> list[Any]:
    """Return everything of the steps that leaves the process."""
    return [
        (
            step.state,
            step.events,
            step.outcome.rejection,
            dict(step.outcome.timers),
            step.outcome.rows,
        )
        for step in steps
    ]
