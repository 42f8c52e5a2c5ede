"""Laws of the library: they hold whatever people and minings do to it, in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given as each, settings as how, strategies as st

from processors.intents.library import Attribute
from processors.library import content as contents
from processors.library.processor import LibraryProcessor
from processors.library.state import IntentLibrary
from processors.machine import At, Outcome
from processors.miner.mined import Example, MinedIntent
from processors.testing import NINE_MS, TENANT
from processors.views import library as views
from processors.views.library import IntentView, publication_key
from schemas import codec
from schemas.records import library as records

pytestmark = pytest.mark.timeout(180)
laws = how(max_examples=80, deadline=None)

KEY = TENANT.encode()
TEXTS = tuple(f"a customer says thing number {'abcdefghijkl'[n]}" for n in range(12))
FOUND = ("m-a", "m-b", "m-c", "m-d")
STATUSES = ("pending", "approved", "discarded")
EDITABLE = ("name", "description", "attributes", "examples", "instructions")
OWN_OF_RUNS = {views.RUN, views.MINED, views.LIBRARY, views.COMMAND}

places = st.integers(0, 5)
few = st.lists(places, min_size=1, max_size=3)
numbers = st.integers(0, len(TEXTS) - 1)
names = st.sampled_from(["Orders", "Refunds", "Hours", ""])
ops = st.one_of(
    st.tuples(st.just("add"), names, st.lists(numbers, max_size=3)),
    st.tuples(st.just("review"), few, st.sampled_from(STATUSES)),
    st.tuples(st.just("review"), few, st.just("approved")),
    st.tuples(st.just("rename"), places, names),
    st.tuples(st.just("edit"), places, st.sampled_from(EDITABLE[1:]), numbers),
    st.tuples(st.just("bots"), few, st.booleans()),
    st.tuples(st.just("merge"), places, few),
    st.tuples(st.just("merge"), places, st.lists(places, min_size=1, max_size=1)),
    st.tuples(st.just("split"), places, numbers),
    st.tuples(st.just("group"), st.sampled_from(STATUSES), few),
    st.tuples(st.just("into_group"), places, few),
    st.tuples(st.just("close_group"), places),
    st.tuples(st.just("forget"), st.sampled_from(FOUND), numbers),
    st.tuples(
        st.just("mine"),
        st.booleans(),
        st.lists(st.tuples(st.sampled_from(FOUND), numbers, st.integers(0, 9)), max_size=4),
    ),
    st.tuples(st.just("publish"), st.booleans()),
    st.tuples(st.just("again"), places),
)
BEGINNING: tuple[tuple[Any, ...], ...] = (
    ("mine", False, [(one, 3 * n, 9) for n, one in enumerate(FOUND)]),
    ("add", "Hours", [1, 11]),
    ("add", "Orders", [4]),
    ("review", [0, 1, 2, 3, 4], "approved"),
    ("bots", [0, 1, 2, 3], True),
)
EVERYTHING = ("mine", False, [(one, (3 * n + 2) % 12, 9) for n, one in enumerate(FOUND)])
"""What is found again when people are done."""
histories = st.lists(ops, min_size=4, max_size=25).map(lambda made: [*BEGINNING, *made, EVERYTHING])


class Run:
    """A library held in memory beside the rows it writes; every step is taken by both.

    Attributes:
        state: The one in memory, never read back.
        rows: What was written.
        log: Every record, for replay.
        edits: What somebody made of a field, by intent and field.
        unwanted: Intents that were discarded and not reviewed since.
    """

    def __init__(self) -> None:
        self.processor = LibraryProcessor()
        self.state = IntentLibrary(KEY)
        self.rows: dict[tuple[str, bytes], bytes] = {}
        self.log: list[Any] = []
        self.edits: dict[tuple[str, str], Any] = {}
        self.unwanted: set[str] = set()
        self.born: dict[str, int] = {}

    def opened(self) -> IntentLibrary:
        """Return the library that the written rows give."""

        def read(table: str) -> list[tuple[bytes, bytes]]:
            return sorted((key, v) for (name, key), v in self.rows.items() if name == table)

        return self.processor.open_state(KEY, read)

    def give(self, record: type[Any], **fields: Any) -> Outcome:
        """Give one record to the library in memory, and to the one its rows give."""
        offset = len(self.log)
        now_ms = NINE_MS + offset * 1_000
        made = record(tenant=TENANT, occurred_at_ms=now_ms, recorded_at_ms=now_ms, **fields)
        self.log.append(made)
        made = codec.decode(codec.encode(made))
        before = self.state.rows()
        at = At(now_ms=now_ms, cause=f"{self.processor.log}/0/{offset}", index=0)
        other = self.processor.handle(self.opened(), made, at)
        outcome = self.processor.handle(self.state, made, at)
        assert outcome.state is self.state
        assert (outcome.events, outcome.rows) == (other.events, other.rows)
        assert (outcome.rejection, outcome.timers) == (other.rejection, other.timers)
        for row in outcome.rows:
            if row.value is None:
                self.rows.pop((row.table, row.key), None)
            else:
                self.rows[row.table, row.key] = row.value
        if outcome.rejection is not None:
            assert self.state.rows() == before, "a refused command changed something"
            assert not outcome.rows
        for event in outcome.events:
            assert len(codec.encode(event)) < 1_000_000
            assert self.processor.encode_event(event)[2] is not None
        return outcome

    def ask(self, record: type[Any], **fields: Any) -> bool:
        """Give a command; return whether it was taken."""
        fields.setdefault("command_id", f"c-{len(self.log)}")
        return self.give(record, actor_id="ann", **fields).rejection is None

    def intent_at(self, place: int) -> str:
        """Return the id of some intent; of an empty library, one that is not there."""
        ids = self.state.intents.keys()
        return ids[place % len(ids)] if ids else "nothing"

    def intent(self, intent_id: str) -> IntentView:
        """Return an intent."""
        return self.state.intents[intent_id]

    def note(self, intent_id: str, field: str) -> None:
        """Remember what somebody made of a field."""
        self.edits[intent_id, field] = getattr(self.intent(intent_id), field)


def step(run: Run, op: tuple[Any, ...]) -> None:
    """Do one thing of a history."""
    name, *given = op
    STEPS[name](run, *given)


def add(run: Run, name: str, numbers: list[int]) -> None:
    """Add an intent by hand."""
    intent_id = f"i-{len(run.log)}"
    texts = [TEXTS[n] for n in numbers]
    if run.ask(records.AddIntent, intent_id=intent_id, name=name, examples=texts):
        run.note(intent_id, "name")
        run.note(intent_id, "examples")


def review(run: Run, places: list[int], status: str) -> None:
    """Set the status of intents."""
    ids = [run.intent_at(place) for place in places]
    run.ask(records.ReviewIntents, intent_ids=ids, status=status)
    for intent_id in ids:
        intent = run.state.intents.get(intent_id)
        if intent is not None and intent.status == "discarded":
            run.unwanted.add(intent_id)
        else:
            run.unwanted.discard(intent_id)


def rename(run: Run, place: int, name: str) -> None:
    """Give an intent another name."""
    intent_id = run.intent_at(place)
    if run.ask(records.RenameIntent, intent_id=intent_id, name=name):
        run.note(intent_id, "name")


def bots(run: Run, places: list[int], is_used: bool) -> None:  # drawn
    """Say whether bots may use intents."""
    ids = [run.intent_at(place) for place in places]
    run.ask(records.UseInBots, intent_ids=ids, is_used=is_used)


def merge(run: Run, place: int, places: list[int]) -> None:
    """Make several intents one."""
    live = [one.intent_id for one in run.state.intents.values() if one.status != "discarded"]
    known = live or ["nothing"]
    into, ids = known[place % len(known)], [known[one % len(known)] for one in places]
    if run.ask(records.MergeIntents, into=into, intent_ids=ids):
        for field in ("examples", "attributes"):
            run.note(into, field)
        run.edits = {key: value for key, value in run.edits.items() if key[0] not in ids}


def group(run: Run, status: str, places: list[int]) -> None:
    """Make a group."""
    ids = [] if status == "discarded" else [run.intent_at(place) for place in places]
    run.ask(records.SaveGroup, name="Group", status=status, intent_ids=ids)


def into_group(run: Run, place: int, places: list[int]) -> None:
    """Put intents into a group."""
    groups = run.state.groups.keys()
    group_id = groups[place % len(groups)] if groups else "nothing"
    ids = [run.intent_at(one) for one in places]
    run.ask(records.AddToGroup, group_id=group_id, intent_ids=ids)


def close_group(run: Run, place: int) -> None:
    """Discard a group."""
    groups = run.state.groups.keys()
    if groups:
        group_id = groups[place % len(groups)]
        run.ask(records.SaveGroup, group_id=group_id, status="discarded")


def forget(run: Run, intent_id: str, number: int) -> None:
    """Erase a turn; nothing written has it afterwards."""
    turn_id = f"{intent_id}/{number}"
    run.ask(records.ForgetExamples, turn_ids=[turn_id])
    for key in list(run.edits):
        run.note(*key)
    for intent in run.state.intents.values():
        assert turn_id not in {one.turn_id for one in intent.examples}
    for row in run.state.mined.values():
        found = msgspec.json.decode(row.content, type=MinedIntent)
        assert turn_id not in {one.turn_id for one in found.examples}


def edit(run: Run, intent_id: str, field: str, number: int) -> None:
    """Change a field by hand."""
    if field == "examples":
        record, fields = records.ChangeExamples, {"add": [TEXTS[number]]}
    elif field == "attributes":
        text = f'[{{"attribute_id":"a-{number}","name":"ours"}}]'
        record, fields = records.EditIntent, {"attributes": text}
    else:
        record, fields = records.EditIntent, {field: f"ours {number}"}
    if run.ask(record, intent_id=intent_id, **fields):
        run.note(intent_id, field)


def split(run: Run, intent_id: str, number: int) -> None:
    """Make one example of an intent an intent of its own."""
    intent = run.state.intents.get(intent_id)
    examples = intent.examples if intent is not None else ()
    ids = [examples[number % len(examples)].example_id] if examples else ["nothing"]
    new_id = f"s-{len(run.log)}"
    asked = {"intent_id": intent_id, "new_intent_id": new_id, "name": "Part", "example_ids": ids}
    if run.ask(records.SplitIntent, **asked):
        run.note(intent_id, "examples")
        run.note(new_id, "examples")
        run.note(new_id, "name")


def mine(run: Run, found: list[tuple[str, int, int]], *, is_simulation: bool) -> None:
    """Have a whole run; what it says is checked against what people did."""
    run_id = f"run-{len(run.log)}"
    other = {key: value for key, value in run.rows.items() if key[0] not in OWN_OF_RUNS}
    unwanted = {one: run.state.intents.get(one) for one in run.unwanted}
    assert run.ask(records.StartMining, run_id=run_id, is_simulation=is_simulation)
    run.give(records.MiningStarted, run_id=run_id)
    for index, (intent_id, number, conversations) in enumerate(found):
        mined = MinedIntent(
            intent_id,
            "known" if intent_id in run.state.intents else "new",
            f"theirs {number}",
            TEXTS[number],
            conversations * 2,
            conversations,
            examples=tuple(
                Example(TEXTS[(number + n) % len(TEXTS)], f"{intent_id}/{number + n}")
                for n in range(3)
            ),
            attributes=(Attribute(f"a-{number}", "theirs"), Attribute("a-0", f"theirs {number}")),
            group_id=f"g-{number % 2}",
            group_name="Theirs",
        )
        text = msgspec.json.encode(mined).decode()
        told = {"run_id": run_id, "index": index, "content": text}
        run.give(records.IntentMined, **told)
        assert run.give(records.IntentMined, **told).rows == ()
    run.give(records.MiningFinished, run_id=run_id, intents=len(found))
    if is_simulation:
        now = {key: value for key, value in run.rows.items() if key[0] not in OWN_OF_RUNS}
        assert now == other, "a simulation changed the library"
    for (intent_id, field), value in run.edits.items():
        mine_or_ours = getattr(run.intent(intent_id), field)
        if field == "attributes":
            mine_or_ours = mine_or_ours[: len(value)]
        assert mine_or_ours == value, f"mining overwrote {field} of {intent_id}"
    for intent_id, before in unwanted.items():
        assert run.state.intents.get(intent_id) == before, "mining touched what was discarded"


def publish(run: Run, *, is_good: bool) -> None:
    """Freeze a version and have it trained, or fail."""
    if not run.ask(records.PublishLibrary, note=""):
        return
    version = run.state.own.publications
    row = run.state.publications[publication_key(version)]
    content = msgspec.json.decode(row.content, type=contents.LibraryContent)
    for intent in content.intents:
        assert intent.intent_id not in run.unwanted
        assert run.intent(intent.intent_id).status == "approved"
    group_ids = {group.group_id for group in content.groups}
    assert all(one.group_id is None or one.group_id in group_ids for one in content.intents)
    if is_good:
        run.give(records.LibraryTrained, version=version, digest=f"d-{version}")
        assert run.state.own.published_version == version
        assert not run.ask(records.PublishLibrary, note="again"), "the same content twice"
    else:
        run.give(records.PublicationFailed, version=version, because="no")


def again(run: Run, place: int) -> None:
    """Give an old command once more."""
    taken = [one for one in run.log if getattr(one, "command_id", None) in run.state.commands]
    if not taken:
        return
    old = taken[-1 - place % len(taken)]
    fields = {
        name: getattr(old, name)
        for name in old.__struct_fields__
        if name not in {"tenant", "occurred_at_ms", "recorded_at_ms"}
    }
    before = run.state.rows()
    outcome = run.give(type(old), **fields)
    assert outcome == Outcome(run.state)
    assert run.state.rows() == before


STEPS: dict[str, Callable[..., None]] = {
    "add": add,
    "review": review,
    "rename": rename,
    "edit": lambda run, place, field, number: edit(run, run.intent_at(place), field, number),
    "bots": bots,
    "merge": merge,
    "split": lambda run, place, number: split(run, run.intent_at(place), number),
    "group": group,
    "into_group": into_group,
    "close_group": close_group,
    "forget": forget,
    "mine": lambda run, is_simulation, found: mine(run, found, is_simulation=is_simulation),
    "publish": lambda run, is_good: publish(run, is_good=is_good),
    "again": again,
}


def check(run: Run) -> None:
    """Check what holds after every step."""
    state = run.state
    assert run.opened() == state, "the rows do not give the state back"
    assert set(run.born) <= set(state.intents.keys()), "an intent vanished"
    for intent in state.intents.values():
        born = run.born.setdefault(intent.intent_id, intent.created_at_ms)
        assert born == intent.created_at_ms, "an id was given to another intent"
        if intent.merged_into is not None:
            end = state.intents[intent.merged_into]
            assert end.merged_into is None, "a merged id takes more than one step"
            assert state.resolved(intent.intent_id) == end.intent_id
            assert intent.status == "discarded"
        if intent.status == "discarded":
            assert intent.group_id is None
        if intent.is_used_by_bots:
            assert intent.status == "approved"
        if intent.group_id is not None:
            assert state.groups[intent.group_id].status != "discarded"
        ids = [one.example_id for one in intent.examples]
        assert len(ids) == len(set(ids))
    for intent_id in run.unwanted:
        assert state.intents[intent_id].status == "discarded"


@laws
@each(histories)
def test_what_holds_of_a_library_holds_after_every_step(history: list[tuple[Any, ...]]):
    run = Run()
    for op in history:
        step(run, op)
        check(run)


@laws
@each(histories)
def test_a_replay_of_the_log_gives_the_same_bytes(history: list[tuple[Any, ...]]):
    run = Run()
    for op in history:
        step(run, op)
    other = LibraryProcessor()
    state = IntentLibrary(KEY)
    for offset, record in enumerate(run.log):
        at = At(now_ms=record.recorded_at_ms, cause=f"{other.log}/0/{offset}", index=0)
        other.handle(state, record, at)
    written = sorted((table, key, value) for (table, key), value in run.rows.items())
    assert sorted((row.table, row.key, row.value) for row in state.rows()) == written
