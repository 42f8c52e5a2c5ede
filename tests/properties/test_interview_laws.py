"""Laws of intents in a conversation: in any history, with libraries that change in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from processors.conversation.processor import ConversationProcessor
from processors.dialogue.bots import BOTS, load_bots
from processors.intents.library import LIBRARY
from processors.machine import At
from processors.miner.training import train
from processors.testing import CONVERSATION, NINE_MS, TENANT, accepted, ended, moved, opened, said
from processors.views import conversation as views
from schemas import catalogue, codec
from schemas.records.control import ReferenceChanged
from schemas.records.conversation import OwnershipChanged
from schemas.records.intent import (
    AttributeAnswered,
    ChooseIntent,
    DismissIntent,
    IntentDetected,
    InterviewConcluded,
    RequestSolution,
)
from streams.replay.driver import OfflineDriver
from tests.rules.bases import article, references
from tests.rules.shop_intents import CONTENT, artefact, shop

pytestmark = pytest.mark.timeout(120)
laws = settings(max_examples=200, deadline=None)
PROCESSOR = ConversationProcessor()

BOT = b"""
bots:
  b:
    intents: {confirm: true, rephrase: true, allow_shift: true, ask_all_questions: true}
    topics:
      hours: {phrases: [when are you open], nodes: [{message: From eight to five.}]}
      escalate: {nodes: [{transfer: please help}]}
  plain:
    intents:
    topics:
      escalate: {nodes: [{transfer: please help}]}
"""
COMMON: dict[str, Any] = {
    BOTS: load_bots(BOT),
    **references(article("R-1", "Refund a purchase", "How your money comes back.")),
}
LIBRARIES = ("all", "all", "without refund", "without others", "none")


def in_force(library: str) -> dict[str, Any]:
    match library:
        case "all":
            return COMMON | {LIBRARY: shop()}
        case "without refund":
            return COMMON | {LIBRARY: shop("refund")}
        case "without others":
            return COMMON | {LIBRARY: shop("exchange", "late_delivery", "password")}
        case _:
            return COMMON


TEXTS = (
    "I want my money back",
    "actually I want to swap it for another size",
    "my printer shows an error E-42",
    "where is my parcel, please help",
    "I want my money back or another size",
    "can you sing me a song please",
    "order number AB-70441, bought on 2026-05-03",
    "no, it is AB-70442",
    "it is torn",
    "yes",
    "no",
    "hello",
    "",
    "talk to a person",
    "when are you open",
    "What is your order number?",
    "When did you buy it?",
)


def _said(text, author, turn, visibility):
    return said(text, author=author, turn_id=f"t{turn}", visibility=visibility)


def _command(record, number, who, intent_id):
    given_id = {} if record is RequestSolution else {"intent_id": intent_id}
    if record is ChooseIntent and intent_id is None:
        given_id = {"intent_id": "refund"}
    return record(
        tenant=TENANT,
        occurred_at_ms=0,
        conversation_id=CONVERSATION,
        command_id=f"k-{number}",
        representative_id=who,
        **given_id,
    )


customer = st.builds(
    _said, st.sampled_from(TEXTS), st.just("customer"), st.integers(0, 90), st.just("public")
)
turns = st.builds(
    _said,
    st.sampled_from(TEXTS),
    st.sampled_from(("customer", "representative", "bot")),
    st.integers(0, 90),
    st.sampled_from(("public", "private")),
)
commands = st.builds(
    _command,
    st.sampled_from((DismissIntent, ChooseIntent, RequestSolution)),
    st.integers(0, 9),
    st.sampled_from(("ann", "ann", "ann", "eve")),
    st.sampled_from((None, None, "refund", "exchange", "printer_error", "returns", "nowhere")),
)
others = st.one_of(
    st.builds(lambda epoch: accepted("ann", ownership_epoch=epoch), st.integers(0, 6)),
    st.builds(lambda epoch: moved("queue", "q-1", epoch=epoch), st.integers(0, 6)),
    st.builds(lambda epoch: moved("bot", "b", epoch=epoch), st.integers(0, 6)),
    st.builds(ended),
)
library_changes = st.sampled_from(LIBRARIES)
inputs = st.one_of(customer, customer, customer, customer, turns, commands, others, library_changes)
openings = st.sampled_from(
    (
        (opened(),),
        (opened(), accepted("ann")),
        (opened(), accepted("ann")),
        (opened(bot_id="b", is_routed=True),),
        (opened(bot_id="plain", is_routed=True),),
        (opened("voice", bot_id="b", customer_phone="491701234567"),),
        (opened("record"), accepted("ann")),
    )
)
anything = st.builds(
    lambda begin, rest: [*begin, *rest], openings, st.lists(inputs, min_size=1, max_size=22)
)
own_commands = st.builds(
    _command,
    st.sampled_from((DismissIntent, ChooseIntent, RequestSolution, RequestSolution)),
    st.integers(0, 99),
    st.just("ann"),
    st.sampled_from((None, None, None, "printer_error", "nowhere")),
)
talks = st.lists(st.one_of(customer, customer, customer, library_changes), max_size=16)
asks = st.lists(st.one_of(customer, customer, turns, own_commands), max_size=16)
served = st.builds(
    lambda wish, rest: [opened(), accepted("ann"), said(wish, turn_id="first"), *rest],
    st.sampled_from(TEXTS),
    asks,
)
with_bot = st.builds(
    lambda bot, wish, rest: [
        opened(bot_id=bot, is_routed=True),
        said(wish, turn_id="first"),
        *rest,
    ],
    st.sampled_from(("b", "plain")),
    st.sampled_from(TEXTS[:4]),
    talks,
)
routed = st.builds(lambda rest: [opened(is_routed=True), *rest], talks)
histories = st.one_of(anything, served, with_bot, routed)
"""Inputs, and names of libraries: from there on that one is in force."""


class Step(msgspec.Struct, frozen=True):
    record: Any
    outcome: Any
    wire: Any


def steps_of(history: list[Any]) -> list[tuple[Any, dict[str, Any]]]:
    """Return each record, stamped, with the references in force for it."""
    found: list[tuple[Any, dict[str, Any]]] = []
    library = "all"
    for one in history:
        if isinstance(one, str):
            library = one
            continue
        at_ms = NINE_MS + len(found) * 1_000
        record = msgspec.structs.replace(one, occurred_at_ms=at_ms, recorded_at_ms=at_ms)
        found.append((record, in_force(library)))
    return found


def fold(history, *, cuts=(), through_bytes=False, prepares=True, twice=False) -> list[Step]:
    asked = steps_of(history)
    borders = sorted({0, len(asked), *(cut for cut in cuts if cut < len(asked))})
    state: Any = None
    steps: list[Step] = []
    for low, high in pairwise(borders):
        prepared = PROCESSOR.prepare(asked[low:high]) if prepares else None
        for index, (record, known) in enumerate(asked[low:high]):
            at = At(
                now_ms=NINE_MS + (low + index) * 1_000,
                cause=f"conversation.turns.v1/0/{low + index}",
                references=known,
                prepared=prepared,
                index=index,
            )
            for _ in range(1 + twice):
                outcome = PROCESSOR.handle(state, record, at)
                data = None if outcome.state is None else PROCESSOR.encode_state(outcome.state)
                events = tuple(PROCESSOR.encode_event(one)[1] for one in outcome.events)
                wire = (data, events, outcome.rejection, dict(outcome.timers), outcome.rows)
                steps.append(Step(record, outcome, wire))
                state = outcome.state
                if through_bytes and data is not None:
                    state = PROCESSOR.decode_state(data)
    return steps


def wire(steps: list[Step]) -> list[Any]:
    return [step.wire for step in steps]


def seen(step: Step) -> views.IntentView | None:
    """Return the intent's row as the step wrote it."""
    for row in step.outcome.rows:
        if row.table == views.INTENT and row.value is not None:
            found: views.IntentView = views.decode(views.INTENT, row.value)
            return found
    return None


@laws
@given(histories, st.lists(st.integers(0, 25)))
def test_however_a_log_is_cut_into_batches_the_bytes_are_the_same(history, cuts):
    whole = wire(fold(history))
    assert wire(fold(history, cuts=cuts)) == whole
    assert wire(fold(history, prepares=False)) == whole
    assert wire(fold(history, through_bytes=True)) == whole


@laws
@given(histories, st.integers(1, 25))
def test_a_prefix_gives_what_the_whole_gave_up_to_there(history, length):
    whole = wire(fold(history))
    prefix = wire(fold(history[:length]))
    assert prefix == whole[: len(prefix)]


@laws
@given(histories)
def test_every_input_delivered_twice_adds_nothing(history):
    steps = fold(history, twice=True)
    for first, second in zip(steps[::2], steps[1::2], strict=True):
        assert second.outcome.state is first.outcome.state
        assert (second.outcome.events, second.outcome.rows) == ((), ())


@pytest.mark.rule("CI-29")
@laws
@given(histories)
def test_what_is_answered_is_never_asked_again(history):
    for step in fold(history):
        view = seen(step)
        if view is not None and view.next.kind == "question":
            (due,) = [one for one in view.attributes if one.is_next]
            assert due.attribute_id == view.next.attribute_id
            assert due.value is None
            assert due.is_required
            earlier = view.attributes[: view.attributes.index(due)]
            assert all(one.value is not None for one in earlier if one.is_required)


@pytest.mark.rule("CI-32")
@laws
@given(histories)
def test_what_was_dismissed_is_never_shown_again(history):
    dismissed: set[str] = set()
    for step in fold(history):
        view = seen(step)
        if view is None:
            continue
        assert dismissed <= set(view.dismissed)
        dismissed = set(view.dismissed)
        shown = {one.intent_id for one in view.top} | {one.intent_id for one in view.earlier}
        shown |= {view.intent.intent_id} if view.intent is not None else set()
        assert not shown & dismissed


@pytest.mark.rule("CI-26")
@laws
@given(histories)
def test_a_conversation_is_mapped_to_an_intent_or_a_group_or_nothing_of_the_library_in_force(
    history,
):
    known = iter(steps_of(history))
    for step in fold(history):
        _, in_force_now = next(known)
        view = seen(step)
        if view is None:
            continue
        library = in_force_now[LIBRARY]
        assert view.library_digest == library.digest
        if view.intent is not None:
            assert view.intent.name == library.intents[view.intent.intent_id].name
            assert view.state in {"intent", "unavailable"}
        elif view.group is not None:
            assert view.group.group_id in library.groups
            assert view.state in {"group", "unavailable"}
        else:
            assert view.state in {"looking", "none", "unavailable"}
            assert (view.attributes, view.next.kind, view.responses) == ((), "none", ())
        if view.state == "unavailable":
            assert (view.next.kind, view.responses) == ("none", ())


@laws
@given(histories)
def test_the_last_row_says_what_the_last_events_say(history):
    steps = fold(history)
    found = [one for step in steps for one in step.outcome.events]
    for event in found:
        assert PROCESSOR.decode(codec.encode(event), ()) == event
        assert event.tenant == TENANT
    rows = [view for step in steps if (view := seen(step)) is not None]
    detected = [one for one in found if isinstance(one, IntentDetected)]
    if rows and rows[-1].intent is not None:
        # It is there because a message or a representative said so.
        chosen = [one for one in found if type(one).__name__ == "IntentChosen"]
        named = {one.intent_id for one in (*detected, *chosen)}
        assert rows[-1].intent.intent_id in named
    told = {(one.attribute_id, one.value) for one in found if isinstance(one, AttributeAnswered)}
    if rows:
        assert {
            (one.attribute_id, one.value) for one in rows[-1].attributes if one.value is not None
        } <= told


@laws
@given(histories)
def test_epochs_only_grow_and_a_refused_input_leaves_no_trace(history):
    epoch, before = 0, None
    for step in fold(history):
        for event in step.outcome.events:
            if isinstance(event, OwnershipChanged):
                assert event.ownership_epoch >= epoch
                epoch = event.ownership_epoch
        if step.outcome.rejection is not None and not step.outcome.rows:
            assert step.outcome.state is before
            assert step.outcome.events == ()
        before = step.outcome.state


@laws
@given(histories)
def test_without_a_library_nothing_of_it_happens(history):
    bare = ["none", *(one for one in history if not isinstance(one, str))]
    for step in fold(bare):
        assert seen(step) is None
        names = {type(one).__name__ for one in step.outcome.events}
        assert not names & {"IntentDetected", "AttributeAnswered", "SolutionsSuggested"}
        if step.outcome.state is not None:
            assert step.outcome.state.context.interview is None


def test_the_histories_reach_what_the_laws_speak_of():
    reached: set[str] = set()

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(histories)
    def look(history):
        for step in fold(history):
            reached.update(type(one).__name__ for one in step.outcome.events)
            if step.outcome.rejection is not None:
                reached.add(step.outcome.rejection.code)
            for one in step.outcome.events:
                if isinstance(one, InterviewConcluded):
                    reached.add(one.result)
                if isinstance(one, IntentDetected):
                    reached.add(f"{one.outcome} {'shift' if one.is_shift else ''}".strip())
            view = seen(step)
            if view is not None:
                reached.add(view.next.kind)

    look()
    assert reached >= {
        "IntentDetected",
        "AttributeAnswered",
        "InterviewConcluded",
        "IntentDismissed",
        "IntentChosen",
        "SolutionsSuggested",
        "ItemIntent",
        "complete",
        "incomplete",
        "undetected",
        "intent",
        "intent shift",
        "group",
        "none",
        "question",
        "clarify",
        "solution",
        "intent.unavailable",
        "intent.not_shown",
        "intent.unknown",
        "intent.not_a_participant",
    }


class Logged(msgspec.Struct, frozen=True):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]


def a_day() -> tuple[list[Logged], dict[str, bytes]]:
    """Return a log in which two libraries alternate, and their artefacts by digest."""
    renamed = tuple(
        msgspec.structs.replace(one, name=f"{one.name} (new)", examples=one.examples[:4])
        for one in CONTENT.intents
        if one.intent_id != "exchange"
    )
    second = msgspec.json.encode(train(msgspec.structs.replace(CONTENT, intents=renamed)).content)
    contents = {sha256(one).hexdigest(): one for one in (artefact(), second)}
    digests = list(contents)
    records: list[Any] = []
    for number in range(12):
        name = {"conversation_id": f"c-{number}"}
        records += [opened(**name), accepted("ann", **name)]
    for place in range(len(TEXTS) * 12):
        if place % 70 == 0:
            changed = ReferenceChanged(
                tenant=TENANT,
                occurred_at_ms=1,
                reference=LIBRARY,
                digest=digests[place // 70 % 2],
            )
            records.append(changed)
        name = {"conversation_id": f"c-{place % 12}"}
        records.append(said(TEXTS[place * 7 % len(TEXTS)], turn_id=f"t{place}", **name))
    log = []
    for offset, one in enumerate(records):
        at_ms = NINE_MS + offset * 1_000
        record = msgspec.structs.replace(one, occurred_at_ms=at_ms, recorded_at_ms=at_ms)
        log.append(Logged(offset, at_ms, catalogue.key_of(record), codec.encode(record), []))
    return log, contents


def digest_of_a_day(records_max: int = 1_000) -> str:
    """Return the digest of everything that the day gives, in chunks of a size."""
    log, contents = a_day()
    driver = OfflineDriver(
        ConversationProcessor(), contents=contents, chunk_records_max=records_max
    )
    folded = driver.fold(0, log)
    assert folded.quarantined == 0
    assert len(folded.outputs["conversation.intents.v1"]) > 50
    return driver.digest()


def test_a_day_with_library_changes_in_the_middle_replays_to_the_same_bytes_in_any_chunks():
    """With the trained model, through the kernel: announced by records of the log itself."""
    assert len({digest_of_a_day(records_max) for records_max in (1, 7, 1_000)}) == 1


def test_another_hash_seed_and_two_threads_give_the_same_bytes():
    here = digest_of_a_day()
    look = "from tests.properties.test_interview_laws import digest_of_a_day as d; print(d())"
    for seed, threads in (("1", "1"), ("31337", "2")):
        more = {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "PYTHONPATH": "."}
        done = subprocess.run(
            [sys.executable, "-c", look],
            env={**os.environ, **more},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == here
