"""Names from an endpoint: asked once, checked, recorded, and never a reason to fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from processors.intents.library import Attribute
from processors.miner.mined import Example, Figures, Mined, MinedIntent, SubIntent
from streams.mining.naming import (
    ANSWER_BYTES_MAX,
    Endpoint,
    Naming,
    NamingFile,
    apply_namings,
    name_intents,
    question,
)
from streams.mining.settings import NamingSettings
from tests.mining.chat import Chat

GOOD = {
    "label": "Return a broken lamp",
    "description": "Customers whose lamp arrived broken want to send it back.",
    "attributes": [
        {"id": "order", "name": "Order number", "question": "What is your order number?"}
    ],
}


def intent(name: str = "lamp, broken", change: Any = "new", **fields: Any) -> MinedIntent:
    given: dict[str, Any] = {
        "intent_id": f"i-{name}",
        "change": change,
        "name": name,
        "description": "my lamp is broken",
        "count": 9,
        "conversations": 7,
        "examples": (
            Example("my lamp is broken", "t-1"),
            Example("write to mia@example.com, the lamp is broken", "t-2"),
        ),
        "sub_intents": (SubIntent("s-1", "lamp", 9, words=("broken lamp", "lamp")),),
        "attributes": (Attribute("order", "number", question="which order is it"),),
    }
    return MinedIntent(**(given | fields))


def mined(*intents: MinedIntent) -> Mined:
    return Mined(intents, (), (), 0.0, {}, (), Figures(), "encoder")


def endpoint(chat: Chat, **fields: Any) -> tuple[Endpoint, list[float]]:
    """Return an endpoint, and the waits it asks for."""
    waits: list[float] = []
    made = NamingSettings(url=chat.url, **({"timeout_s": 5, "model": "small"} | fields))
    environ = {"CUESTREAM_NAMING_KEY": "a key of the tests"}
    return Endpoint(made, environ=environ, wait=waits.append), waits


def named(*script: Any, of: Mined | None = None, **fields: Any) -> tuple[Mined, Naming]:
    with Chat(*script) as chat:
        found, (naming, *_) = name_intents(of or mined(intent()), endpoint(chat, **fields)[0])
    return found, naming


def test_an_intent_gets_name_description_and_better_questions():
    found, naming = named(GOOD)
    (after,) = found.intents
    assert (after.name, after.description) == (GOOD["label"], GOOD["description"])
    assert after.attributes == (
        Attribute("order", "Order number", question="What is your order number?"),
    )
    assert naming.because == ""


def test_what_is_sent_is_redacted_bounded_and_the_same_every_time():
    many = intent(examples=tuple(Example(f"lamp {'x' * 900} {n}", f"t{n}") for n in range(40)))
    with Chat(GOOD) as chat:
        asked, _ = endpoint(chat)
        name_intents(mined(intent(), many), asked)
        name_intents(mined(intent()), asked)
    first, second, again = chat.asked
    assert first == again
    assert (first["temperature"], first["seed"], first["model"]) == (0, 0, "small")
    about = json.loads(first["messages"][1]["content"])
    assert about["messages"] == [
        "my lamp is broken",
        "write to <email>, the lamp is broken",
    ]
    assert about["phrases"] == ["broken lamp", "lamp"]
    assert about["attributes"] == [{"id": "order", "name": "number", "asked": "which order is it"}]
    assert "mia@example.com" not in json.dumps(chat.asked)
    assert len(json.loads(second["messages"][1]["content"])["messages"]) == 12
    assert len(json.dumps(second)) < 8_000
    assert chat.paths == ["/v1/chat/completions"] * 3
    assert chat.headers[0]["authorization"] == "Bearer a key of the tests"


def test_intents_that_the_library_knows_keep_their_names_and_are_not_asked_about():
    known = intent("Returns", change="known")
    with Chat(GOOD) as chat:
        found, namings = name_intents(mined(known), endpoint(chat)[0])
    assert (found.intents, namings, chat.asked) == ((known,), (), [])


def test_without_an_address_nobody_is_asked():
    before = mined(intent())
    assert name_intents(before, Endpoint(NamingSettings(), environ={})) == (before, ())


BAD_ANSWERS = {
    "no json": "Return a lamp",
    "an array": "[1]",
    "deep": "[" * 5_000,
    "no label": {"description": "x"},
    "a label that is a number": {"label": 5},
    "an empty label": {"label": '  ". '},
    "six words": {"label": "one two three four five six"},
    "a long word": {"label": "x" * 61},
    "markup": {"label": "<b>Returns</b>"},
    "an address": {"label": "see https://example.com"},
    "a control character": {"label": "Ret\u0007urns"},
    "text that runs backwards": {"label": "\u202eReturns"},
    "half a character": {"label": "\ud800"},
    "personal data": {"label": "mia@example.com"},
    "only signs": {"label": "!?"},
    "no chat": b'{"answer": 42}',
    "no text": b'{"choices": [{"message": {"content": null}}]}',
    "no choice": b'{"choices": []}',
    "not even json": b"\xff\xfe",
    "nothing": b"",
    "too much": b"x" * (ANSWER_BYTES_MAX + 1),
}


@pytest.mark.parametrize("step", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
def test_a_bad_answer_leaves_the_mined_name_and_says_why(step: Any):
    before = mined(intent())
    found, naming = named(step, of=before, attempts=1)
    assert found == before
    assert naming.label == ""
    assert naming.because
    assert "\n" not in naming.because


def test_what_is_odd_in_the_rest_of_an_answer_is_left_out():
    odd = GOOD | {
        "description": "x" * 401,
        "attributes": [
            "order",
            {"id": "made up", "name": "Card number", "question": "What is your card number?"},
            {"id": ["order"], "name": "x"},
            {"id": "order", "name": "<script>", "question": "?"},
            {"id": "order", "name": "Order", "question": "Tell me your card number."},
            {"id": "order", "name": "Second", "question": "Again?"},
        ],
    }
    found, _ = named(odd)
    (after,) = found.intents
    assert (after.name, after.description) == (GOOD["label"], "my lamp is broken")
    assert after.attributes == (Attribute("order", "Order", question="which order is it"),)


def test_a_fence_around_the_answer_does_no_harm():
    assert named(f"```json\n{json.dumps(GOOD)}\n```")[1].label == GOOD["label"]


@pytest.mark.parametrize("status", [429, 503])
def test_an_endpoint_that_is_busy_is_asked_again_when_it_says(status: int):
    with Chat((status, {"Retry-After": "7"}), (status, {}), GOOD) as chat:
        asked, waits = endpoint(chat)
        _, (naming,) = name_intents(mined(intent()), asked)
    assert naming.label == GOOD["label"]
    assert waits == [7.0, 2.0]


def test_an_endpoint_that_asks_for_an_hour_is_not_given_one():
    with Chat((429, {"Retry-After": "3600"})) as chat:
        asked, waits = endpoint(chat)
        _, (naming,) = name_intents(mined(intent()), asked)
    assert waits == [30.0, 30.0]
    assert naming.because == "it answers 429"


@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_a_refusal_is_final_and_nobody_is_followed_elsewhere(status: int):
    with Chat((status, {"Location": "http://127.0.0.1:1/"})) as chat:
        asked, waits = endpoint(chat)
        _, (naming,) = name_intents(mined(intent()), asked)
    assert (naming.because, waits, len(chat.asked)) == (f"it answers {status}", [], 1)


def test_a_broken_connection_is_tried_again():
    with Chat("gone", GOOD) as chat:
        asked, waits = endpoint(chat)
        _, (naming,) = name_intents(mined(intent()), asked)
    assert (naming.label, waits) == (GOOD["label"], [1.0])


@pytest.mark.parametrize("step", ["stuck", "drip"])
def test_who_never_comes_to_an_end_is_left_after_the_time_given(step: str):
    _, naming = named(step, timeout_s=0.2, attempts=1)
    assert "within 0.2 s" in naming.because


def test_when_nobody_answers_the_others_are_not_asked_about():
    before = mined(*(intent(f"n{number}") for number in range(6)))
    asked = Endpoint(NamingSettings(url="http://127.0.0.1:1", attempts=1), environ={})
    found, namings = name_intents(before, asked)
    assert found == before
    reasons = [naming.because for naming in namings]
    assert all("nobody answers" in because for because in reasons[:3])
    assert reasons[3:] == ["the endpoint did not answer before, nor was asked"] * 3


def test_two_intents_never_get_one_name():
    before = mined(
        intent("a"), intent("b"), intent("return a broken LAMP", change="known", count=1)
    )
    with Chat(GOOD, GOOD | {"label": "Lamps"}) as chat:
        found, namings = name_intents(before, endpoint(chat)[0])
    assert [each.name for each in found.intents] == ["a", "Lamps", "return a broken LAMP"]
    assert namings[0].because == "another intent is named 'Return a broken lamp'"
    with Chat(GOOD) as chat:
        found, _ = name_intents(mined(intent("a"), intent("b")), endpoint(chat)[0])
    assert [each.name for each in found.intents] == ["Return a broken lamp", "b"]


def test_recorded_answers_give_the_same_names_without_asking():
    before = mined(intent("a"), intent("b"))
    with Chat(GOOD, {"label": "Lamps"}) as chat:
        found, namings = name_intents(before, endpoint(chat)[0])
    assert apply_namings(before, namings) == found


def test_an_answer_is_kept_by_its_question_and_not_asked_for_again(tmp_path: Path):
    path = tmp_path / "namings.jsonl"
    with Chat(GOOD) as chat:
        first, told = name_intents(mined(intent()), endpoint(chat)[0], cache=NamingFile(path))
        again, same = name_intents(mined(intent()), endpoint(chat)[0], cache=NamingFile(path))
        assert (first, told) == (again, same)
        assert len(chat.asked) == 1
        name_intents(mined(intent(name="other")), endpoint(chat)[0], cache=NamingFile(path))
        asked, _ = endpoint(chat, model="large")
        name_intents(mined(intent()), asked, cache=NamingFile(path))
    assert len(chat.asked) == 3


def test_a_failure_is_not_kept_and_a_torn_file_goes_on(tmp_path: Path):
    path = tmp_path / "namings.jsonl"
    path.write_bytes(b'garbage\n{"digest": "half')
    with Chat("no json", GOOD) as chat:
        for _ in range(3):
            cache = NamingFile(path)
            _, (naming,) = name_intents(mined(intent()), endpoint(chat)[0], cache=cache)
    assert naming.label == GOOD["label"]
    assert len(chat.asked) == 2
    assert len(path.read_bytes().splitlines()) == 3


def test_progress_is_told():
    with Chat(GOOD) as chat:
        seen: list[tuple[int, int]] = []
        before = mined(intent("a"), intent("b"))
        name_intents(before, endpoint(chat)[0], progress=lambda *at: seen.append(at))
    assert seen == [(1, 2), (2, 2)]


@settings(max_examples=100, deadline=None)
@given(
    label=st.text(max_size=80),
    rest=st.dictionaries(
        st.sampled_from(["description", "attributes", "x"]),
        st.none() | st.text(max_size=50) | st.lists(st.dictionaries(st.just("id"), st.text())),
    ),
)
def test_whatever_is_answered_a_name_is_short_and_plain(label: str, rest: dict[str, Any]):
    class Said(Endpoint):
        def ask(self, body: bytes) -> bytes:
            return json.dumps({"label": label, **rest}).encode()

    asked = Said(NamingSettings(url="http://127.0.0.1:1"), environ={})
    found, (naming,) = name_intents(mined(intent()), asked)
    (after,) = found.intents
    assert bool(naming.label) != bool(naming.because)
    assert after.name == (naming.label or "lamp, broken")
    assert len(after.name.split()) <= 5
    assert after.name.isprintable()
    assert "<" not in after.name


@pytest.mark.parametrize("url", ["localhost", "ftp://x", "http://", "http://x/?a=b", "http://a b"])
def test_an_address_that_is_none_is_refused(url: str):
    with pytest.raises(ValidationError):
        NamingSettings(url=url)


def test_a_question_does_not_hold_the_key():
    assert b"key" not in question(intent(), NamingSettings(url="http://x"))
