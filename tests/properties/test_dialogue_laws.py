"""Laws of bots: whatever is said to whatever bot, it answers in bounds, and always the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings, strategies as st
from msgspec.structs import replace

from processors.dialogue import machine
from processors.dialogue.bots import Bot, Bots, load_bots
from processors.dialogue.machine import EMPTY_MEMORY, Facts, Memory, Said, Transfer
from processors.dialogue.running import REPLIES_MAX, REPLY_CHARS_MAX
from processors.dialogue.said import PHRASES_CHARS_MAX, PHRASES_MAX, TOPICS_MAX
from processors.errors import InvalidReferenceError

pytestmark = pytest.mark.timeout(120)
laws = settings(max_examples=100, deadline=None)

DEMO = (Path(__file__).parents[2] / "streams" / "demo" / "bots.yaml").read_bytes()
TOPICS = ("alpha", "beta", "escalate", "fallback", "handoff_failed")
PHRASES = {"alpha": ["say alpha"], "beta": ["beta please", "more beta"]}
VARIABLES = ("one", "two")

CONDITIONS = [
    {"variable": "one", "is": "empty"},
    {"variable": "two", "is": "not_empty"},
    {"variable": "bot.CustomerPhoneNumber", "is": "empty"},
    {"variable": "one", "is": "equal", "value": "{two}"},
    {"variable": "two", "is": "less", "value": 5},
    {"not": {"variable": "one", "is": "contains", "value": "x"}},
    {
        "any": [
            {"variable": "one", "is": "at_least", "value": 1},
            {"variable": "two", "is": "empty"},
        ]
    },
    {"all": [{"variable": "one", "is": "empty"}, {"not": {"variable": "two", "is": "empty"}}]},
]
LEAVES: list[Any] = [
    {"message": "hello {one}"},
    {"message": "{two}", "speak": "two"},
    {"set": {"one": 1}},
    {"set": {"two": ""}},
    {"set": {"one": "{one}{one}{two}x"}},
    {"set": {"two": "{bot.LastPhrase}"}},
    {"go_to_step": "first"},
    {"transfer": "about {one}"},
    {"survey_consent": "{one}"},
    {"customer_locale": "{one}"},
    {"transfer_to_phone_number": "{two}"},
    "end_topic",
    "end_all_topics",
    "end_conversation",
    "hang_up",
    *({"go_to_topic": topic} for topic in TOPICS),
]
questions = st.fixed_dictionaries(
    {"question": st.just("What is it"), "variable": st.sampled_from(VARIABLES)},
    optional={
        "type": st.sampled_from(["string", "number", "date", "boolean"]),
        "retries": st.integers(min_value=0, max_value=2),
        "on_failure": st.sampled_from([*TOPICS, "continue"]),
        "interruptible": st.booleans(),
        "skip_if_known": st.booleans(),
    },
)
plain_nodes = st.one_of(st.sampled_from(LEAVES), questions)
nodes = st.one_of(
    plain_nodes,
    st.fixed_dictionaries(
        {"if": st.sampled_from(CONDITIONS), "then": st.lists(plain_nodes, min_size=1, max_size=2)},
        optional={"else": st.lists(plain_nodes, max_size=2)},
    ),
)


def _topic(topic_id: str, listed: list[Any]) -> dict[str, Any]:
    first: dict[str, Any] = {"id": "first", "message": f"this is {topic_id}"}
    topic: dict[str, Any] = {"nodes": [first, *listed]}
    return topic | ({"phrases": PHRASES[topic_id]} if topic_id in PHRASES else {})


def _bot(written: dict[str, list[Any]], after: int) -> Bot | None:
    """Return the bot; None when it runs in a circle, which is refused."""
    # JSON is YAML.
    topics = {topic_id: _topic(topic_id, listed) for topic_id, listed in written.items()}
    content = json.dumps({"bots": {"b": {"escalate_after": after, "topics": topics}}})
    try:
        return load_bots(content.encode()).get("b")
    except InvalidReferenceError as error:
        assert "comes back to itself" in error.because  # noqa: PT017
        return None


bots = st.builds(
    _bot,
    st.fixed_dictionaries({topic: st.lists(nodes, max_size=3) for topic in TOPICS}),
    st.integers(min_value=1, max_value=3),
).filter(lambda bot: bot is not None)
texts = st.one_of(
    st.sampled_from(
        [
            "say alpha",
            "beta please",
            "speak to agent",
            "yes",
            "no",
            "7",
            "2026-05-01",
            "{one}",
            "",
            "and now for something",
        ]
    ),
    st.text(max_size=30),
)
facts = st.builds(
    Facts,
    now_ms=st.integers(min_value=1, max_value=4_000_000_000_000),
    is_voice=st.booleans(),
    customer_phone=st.sampled_from([None, "491701234567"]),
    variables=st.dictionaries(st.sampled_from(VARIABLES), st.sampled_from(["x", 3, "9" * 4_000])),
)
inputs = st.lists(st.one_of(texts, st.sampled_from([None, False])), max_size=10)
"""A text; None: the hand-off failed; False: the human part is over."""


def steps(
    bot: Bot, known: Facts, given_inputs: list[Any], *, is_stored: bool = False
) -> list[Said]:
    """Return what a bot says to each input, variables carried on as a conversation does."""
    found = [machine.begin(bot, known)]
    variables = {**known.variables, **found[0].variables}
    for one in given_inputs:
        memory = found[-1].memory
        if is_stored:
            memory = msgspec.msgpack.decode(msgspec.msgpack.encode(memory), type=Memory)
        now = replace(known, variables=dict(variables))
        if isinstance(one, str):
            said = machine.answer(bot, memory, one, now)
        else:
            failed = "nobody there" if one is None else None
            said = machine.resume(bot, memory, now, failed_message=failed)
        variables |= said.variables
        found.append(said)
    return found


@laws
@given(bots, facts, inputs)
def test_every_answer_comes_to_an_end_and_stays_in_bounds(bot, known, said_by_customer):
    for said in steps(bot, known, said_by_customer):
        assert len(said.replies) <= REPLIES_MAX
        assert all(0 < len(reply.text) <= REPLY_CHARS_MAX for reply in said.replies)
        assert len(said.memory.stack) <= len(bot.topics)
        assert len({place.topic_id for place in said.memory.stack}) == len(said.memory.stack)
        assert all(len(str(value)) <= 4_000 for value in said.variables.values())
        assert len(said.trace) <= 400
        assert said.refused is None


@laws
@given(bots, facts, inputs)
def test_the_same_is_answered_the_same_also_when_the_memory_was_stored(
    bot, known, said_by_customer
):
    live = steps(bot, known, said_by_customer)
    stored = steps(bot, known, said_by_customer, is_stored=True)
    assert msgspec.msgpack.encode(live) == msgspec.msgpack.encode(stored)


@laws
@given(bots, facts, inputs)
def test_a_bot_waits_only_at_a_question_and_is_done_only_with_an_effect(
    bot, known, said_by_customer
):
    for said in steps(bot, known, said_by_customer):
        memory = said.memory
        if memory.is_awaiting:
            assert said.effect is None
            place = memory.stack[-1]
            assert type(bot.topics[place.topic_id].steps[place.step].action).__name__ == "Question"
        elif not isinstance(said.effect, Transfer):
            assert memory.stack == ()


@laws
@given(bots, facts, st.lists(texts, max_size=12))
def test_phrases_are_remembered_in_order_and_only_phrases_name_topics(bot, known, said_by_customer):
    found = steps(bot, known, said_by_customer)
    memory = found[-1].memory
    assert memory.phrases == tuple(said_by_customer)
    assert memory.turns == len(said_by_customer)
    triggered = [said for said in found if any(" triggers topic " in line for line in said.trace)]
    assert len(memory.topics) == len(triggered)
    assert memory.last_topic == (memory.topics[-1] if memory.topics else None)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=6_000), min_size=1, max_size=150))
def test_memory_is_bounded_however_much_is_said(said_by_customer):
    bot = load_bots(DEMO).get("shop-bot")
    assert bot is not None
    memory = EMPTY_MEMORY
    for text in said_by_customer:
        memory = machine.answer(bot, memory, text, Facts(now_ms=1)).memory
    assert len(memory.phrases) <= PHRASES_MAX
    assert sum(map(len, memory.phrases)) <= PHRASES_CHARS_MAX
    assert memory.phrases[-1] == said_by_customer[-1][:4_000]
    assert len(memory.topics) <= TOPICS_MAX
    assert memory.turns == len(said_by_customer)


def _loaded(content: bytes) -> Bots | None:
    """Return the bots, or None when they are refused; anything else is raised."""
    try:
        return load_bots(content)
    except InvalidReferenceError as error:
        assert error.because  # noqa: PT017
        assert error.reference == "dialogue.bots"  # noqa: PT017
        return None


yaml_texts = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=" \n\t:-[]{}&*!|>'\"%@`#,?~a0\\xuU", max_size=120),
)


@settings(max_examples=150, deadline=None)
@given(yaml_texts)
@example('"\\UFFFFFFFF"')
@example("%YAML 99999999999999999999999999.1\n---\na")
@example("? ? ?")
@example("!<%FF> a")
@example("\ufeffbots: {}")
@example("a: |9999999999999999\n b")
@example("[" * 5_000)
def test_any_text_is_bots_or_is_refused(text):
    _loaded(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_bots_or_are_refused(content):
    _loaded(content)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_demos_bot_with_any_piece_changed_loads_or_is_refused(data):
    at = data.draw(st.integers(min_value=0, max_value=len(DEMO) - 1))
    length = data.draw(st.integers(min_value=0, max_value=40))
    piece = data.draw(yaml_texts.map(lambda text: text.encode("utf-8", "surrogatepass")))
    loaded = _loaded(DEMO[:at] + piece + DEMO[at + length :])
    bot = loaded.get("shop-bot") if loaded is not None else None
    if bot is not None and bot.is_published:
        assert machine.answer(bot, EMPTY_MEMORY, "where is my order", Facts(now_ms=1)).trace


json_values = st.recursive(
    st.one_of(st.text(max_size=10), st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["nodes", "phrases", "message", "if", "then", "set", "id", "x", "is"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(json_values)
def test_any_value_as_a_bot_or_topic_or_node_loads_or_is_refused(value):
    for shape in (
        {"bots": {"b": value}},
        {"bots": {"b": {"topics": {"t": value}}}},
        {"bots": {"b": {"topics": {"t": {"nodes": [value]}}}}},
    ):
        _loaded(json.dumps(shape).encode())
