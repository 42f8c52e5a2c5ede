"""What customers want, mined from what was said."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from processors.intents.library import Intent, LibraryContent
from processors.intents.loading import Library
from processors.miner.history import HistoryTurn
from processors.miner.intake import heard
from processors.miner.mined import Mined, Options
from processors.miner.mining import mine
from processors.miner.proposal import proposed_library
from processors.miner.training import train
from processors.miner.tree import cut_at
from schemas.records.conversation import TurnSaid
from streams.demo import history
from tests.rules.wishes import GREETINGS, conversations, said, utterances

BARE = Options(tenant="shop", takes_all=True)
TALKS = Options(tenant="shop")


@pytest.fixture(scope="module")
def mined() -> Mined:
    return mine(conversations(), TALKS)


@pytest.fixture(scope="module")
def library(mined: Mined) -> LibraryContent:
    return proposed_library(mined)


def wish_of(turn_id: str) -> str:
    return turn_id.partition("-")[0]


def wishes_in(mined: Mined, intent_id: str) -> Counter[str]:
    return Counter(wish_of(one.turn_id) for one in mined.assigned if one.intent_id == intent_id)


@pytest.fixture(scope="module")
def shop_past() -> list[HistoryTurn]:
    """Return the past of the demo: in each conversation one wish, some questions, answers."""
    found = []
    for past in history.past(1_780_000_000_000):
        said = [one for one in past.records if isinstance(one, TurnSaid)]
        found += [
            HistoryTurn(f"{past.conversation_id}/{one.turn_id}", one.text, one.author, talk, at)
            for talk in [past.conversation_id]
            for at, one in enumerate(said, 1)
        ]
    return found


def test_what_only_answers_a_question_becomes_no_intent(shop_past):
    mined = mine(shop_past, TALKS)
    assigned = [one.turn_id for one in mined.assigned if one.intent_id]
    numbers = {one.turn_id: one.number for one in shop_past}
    # The wish is the first thing said, or the first after a greeting.
    assert {numbers[one] for one in assigned} == {1, 3}
    talks = [one.partition("/")[0] for one in assigned]
    assert len(talks) == len(set(talks)) >= 280
    for intent in mined.intents:
        named = [one.attribute_id for one in intent.attributes]
        assert not any(one.endswith("_2") for one in named), intent.name


def in_turn(*lines, talk="c"):
    """Return a conversation; lines of the representative begin with `>`."""
    return [
        HistoryTurn(
            f"{talk}/{at}",
            line.lstrip(">"),
            "representative" if line.startswith(">") else "customer",
            talk,
            at,
        )
        for at, line in enumerate(lines, 1)
    ]


def wishes_told(*lines):
    history_heard = heard(in_turn(*lines), takes_all=False)
    places = history_heard.customers[history_heard.rows >= 0].tolist()
    return [history_heard.turns[place].text for place in places]


def test_after_a_question_only_a_wish_in_so_many_words_is_one():
    opening = ("I want to send my lamp back", ">May I ask why you are returning it?")
    for answer in ("I changed my mind", "it is too bright for the room", "I found it in a shop"):
        assert wishes_told(*opening, answer) == [opening[0]]
    for wish in ("where is my other order?", "actually I want to cancel my order"):
        assert wishes_told(*opening, wish) == [opening[0], wish]
    assert wishes_told(*opening, "hm", "I changed my mind") == [opening[0]]
    done = ("it is too bright", ">Thank you, that is done.")
    assert wishes_told(*opening, *done, "my parcel has not arrived yet") == [
        opening[0],
        "my parcel has not arrived yet",
    ]


def test_the_first_wish_counts_also_after_a_question_and_an_invitation_asks_for_none():
    wish = "my parcel has not arrived yet"
    assert wishes_told("hi", ">Hello, what is your name please?", wish) == [wish]
    again = "my lamp is broken"
    assert wishes_told(wish, ">It comes today. What else can I help you with?", again) == [
        wish,
        again,
    ]


def test_the_questions_of_a_second_wish_are_not_asked_for_the_first():
    turns = []
    for number, (first, second) in enumerate(zip(said("cancel"), said("invoice"), strict=True)):
        lines = (
            first,
            ">What is your order number?",
            f"{48_000 + 37 * number}",
            ">It is cancelled. Anything else I can help you with?",
            second,
            ">What is your e-mail address?",
            f"a{number}@shop.example",
            ">It is in your inbox.",
        )
        turns += in_turn(*lines, talk=f"talk-{number}")
    mined = mine(turns, TALKS)
    asked = {
        intent.examples[0].text: [one.name for one in intent.attributes] for intent in mined.intents
    }
    for text, names in asked.items():
        assert names == (["e-mail address"] if "invoice" in text else ["order number"]), text
    assert len(asked) >= 2


@pytest.mark.rule("CI-01")
def test_conversations_become_intents_each_of_one_wish(mined):
    assert len(mined.intents) >= 7
    for intent in mined.intents:
        assert len(wishes_in(mined, intent.intent_id)) == 1, intent.name
    assert {wish_of(one.turn_id) for one in mined.assigned if one.intent_id} == {
        wish_of(one.turn_id) for one in mined.assigned
    }


def test_greetings_and_bare_answers_have_no_intent(mined):
    having = {one.turn_id for one in mined.assigned if one.intent_id}
    assert having == {
        one.turn_id for one in conversations() if one.role == "customer" and one.number == 3
    }


def test_every_customer_turn_is_assigned_in_the_order_of_the_history(mined):
    said_by_customers = [one.turn_id for one in conversations() if one.role == "customer"]
    assert [one.turn_id for one in mined.assigned] == said_by_customers


def test_an_intent_says_how_often_and_in_how_many_conversations_it_was_said(mined):
    for intent in mined.intents:
        held = sum(one.intent_id == intent.intent_id for one in mined.assigned)
        assert intent.count == intent.conversations == held
        assert sum(sub.count for sub in intent.sub_intents) == intent.count


def test_intents_have_different_readable_names_and_a_typical_message(mined):
    names = [one.name for one in mined.intents]
    assert len(set(names)) == len(names)
    for intent in mined.intents:
        assert intent.name[0].isupper()
        assert 3 <= len(intent.name) <= 64
        assert intent.examples[0].text.split()[0] in intent.description


def test_a_name_tells_the_wish():
    mined = mine(utterances("cancel", "invoice", "warranty"), BARE)
    for intent in mined.intents:
        (wish,) = wishes_in(mined, intent.intent_id)
        telling = {"cancel": "subscription", "invoice": "invoice", "warranty": "warranty"}[wish]
        assert telling in intent.name.lower()


def test_what_representatives_always_ask_becomes_an_attribute(mined):
    for intent in mined.intents:
        assert any("order number" in one.question.lower() for one in intent.attributes)


def test_examples_hold_no_personal_data():
    texts = [
        f"please cancel my subscription, i am reachable at mia.{word}@example.com"
        for word in ("one", "two", "three", "four", "five", "six", "seven")
    ]
    turns = [HistoryTurn(f"t-{at}", text) for at, text in enumerate(texts)]
    mined = mine(turns, BARE)
    assert mined.intents
    assert b"@example" not in msgspec.json.encode(mined)


def test_examples_say_different_things_and_lead_back_to_their_turns(mined):
    texts = {one.turn_id: one.text for one in conversations()}
    for intent in mined.intents:
        assert len({one.text for one in intent.examples}) == len(intent.examples) <= 20
        for one in intent.examples:
            assert texts[one.turn_id] == one.text


@pytest.mark.rule("CI-13")
def test_low_granularity_gives_fewer_intents_than_high():
    counts = {
        name: len(mine(utterances(), msgspec.structs.replace(BARE, granularity=name)).intents)
        for name in ("low", "medium", "high")
    }
    assert counts["low"] < counts["high"]
    assert counts["low"] <= counts["medium"] <= counts["high"]


@pytest.mark.rule("CI-13")
def test_the_cuts_of_the_merge_tree_are_the_granularities():
    for name in ("low", "medium", "high"):
        mined = mine(utterances(), msgspec.structs.replace(BARE, granularity=name))
        groups = cut_at(mined.merges, len(mined.leaves), mined.cuts[name])
        assert mined.cut == mined.cuts[name]
        assert int(groups.max()) + 1 == len(mined.intents)
        owner = {sub.sub_id: one for one in mined.intents for sub in one.sub_intents}
        for leaf, group in zip(mined.leaves, groups.tolist(), strict=True):
            first = mined.leaves[groups.tolist().index(group)]
            assert owner[leaf] is owner[first]


def test_like_intents_share_a_group():
    mined = mine(utterances(), BARE)
    groups: dict[str, set[str]] = {}
    for intent in mined.intents:
        if intent.group_id:
            groups.setdefault(intent.group_id, set()).update(wishes_in(mined, intent.intent_id))
    assert groups
    assert sum(len(wishes) == 1 for wishes in groups.values()) >= len(groups) - 1


@pytest.mark.rule("CI-46")
def test_what_fewer_than_five_conversations_hold_is_no_intent():
    few = [one for one in conversations("invoice") if one.number == 3][:4]
    mined = mine([*conversations("cancel"), *few], TALKS)
    assert {wish_of(one.turn_id) for one in mined.assigned if one.intent_id} == {"cancel"}
    assert mined.figures.small == 4
    less = mine(
        [*conversations("cancel"), *few], msgspec.structs.replace(TALKS, conversations_min=4)
    )
    assert {wish_of(one.turn_id) for one in less.assigned if one.intent_id} == {"cancel", "invoice"}


def test_bare_utterances_all_get_an_intent_also_rare_ones_and_ones_without_words():
    turns = [
        *utterances("cancel", "refund"),
        HistoryTurn("x", "¿?"),
        HistoryTurn("y", "blue whale"),
    ]
    mined = mine(turns, BARE)
    assert all(one.intent_id and one.sub_id for one in mined.assigned)


def test_a_library_that_was_mined_detects_what_it_was_mined_from(library):
    trained = train(library)
    detecting = Library(trained.content, "")
    texts = said("cancel")
    found = [one.intent_id for one in detecting.detect(texts)]
    known = {one.intent_id: one.examples for one in library.intents}
    hits = [one for one in found if one and any("subscription" in text for text in known[one])]
    assert len(hits) >= 13


@pytest.mark.parametrize(
    "turns",
    [
        [],
        [HistoryTurn("t", "")],
        [HistoryTurn("t", "i want to cancel my subscription")],
        conversations("cancel")[:6],
        [HistoryTurn(f"t-{at}", text) for at, text in enumerate(GREETINGS)],
        [HistoryTurn("r", "How can I help you?", "representative", "c")],
    ],
    ids=["nothing", "empty text", "one turn", "one conversation", "greetings", "no customer"],
)
def test_too_little_to_mine_gives_an_empty_library(turns):
    mined = mine(turns, TALKS)
    assert mined.intents == ()
    assert not mined.leaves
    assert not mined.merges
    assert all(one.intent_id is None for one in mined.assigned)
    assert proposed_library(mined) == LibraryContent()
    assert mined.figures.turns == len(turns)


def test_one_bare_utterance_is_an_intent():
    mined = mine([HistoryTurn("t", "where is my parcel")], BARE)
    (intent,) = mined.intents
    assert intent.count == 1
    assert intent.name == "Parcel"


def test_a_language_nobody_taught_it_is_clustered_when_every_turn_counts():
    german = {
        "rechnung": "ich brauche {} rechnung vom {}",
        "passwort": "mein passwort {} geht seit {} nicht mehr",
    }
    fill = [
        ("eine", "mai"),
        ("die", "juni"),
        ("meine", "juli"),
        ("jede", "april"),
        ("keine", "märz"),
    ]
    turns = [
        HistoryTurn(f"{name}-{at}", text.format(*words))
        for name, text in german.items()
        for at, words in enumerate(fill)
    ]
    mined = mine(turns, BARE)
    assert [len(wishes_in(mined, one.intent_id)) for one in mined.intents] == [1, 1]


def test_a_turn_of_a_megabyte_is_mined_like_others():
    long = HistoryTurn("long", "i want to cancel my subscription " + "because it is late " * 60_000)
    mined = mine([*utterances("cancel", "invoice"), long], BARE)
    (found,) = [one for one in mined.assigned if one.turn_id == "long"]
    assert found.intent_id
    assert all(len(one.text) <= 500 for intent in mined.intents for one in intent.examples)


def test_a_turn_id_counts_once():
    turns = utterances("cancel", "invoice")
    assert mine([*turns, *turns], BARE) == mine(turns, BARE)


def test_of_two_texts_under_one_id_the_same_one_counts_in_any_order():
    turns = utterances("cancel", "invoice")
    twice = HistoryTurn(turns[0].turn_id, "i want to see my invoice")
    first, last = mine([twice, *turns], BARE), mine([*turns, twice], BARE)
    assert first.intents == last.intents


def test_broken_characters_are_mined_like_others():
    turns = [
        HistoryTurn(f"b-{at}", f"{text} \ud800\udcff\x00\ufffd")
        for at, text in enumerate(said("cancel"))
    ]
    mined = mine([*turns, *utterances("invoice")], BARE)
    assert {tuple(wishes_in(mined, one.intent_id)) for one in mined.intents} == {
        ("b",),
        ("invoice",),
    }
    msgspec.json.encode(mined.figures)


def test_ids_follow_from_tenant_and_content():
    ids = {one.intent_id for one in mine(utterances(), BARE).intents}
    assert ids == {one.intent_id for one in mine(utterances(), BARE).intents}
    other = mine(utterances(), msgspec.structs.replace(BARE, tenant="bank"))
    assert not ids & {one.intent_id for one in other.intents}


def test_a_mining_says_how_far_it_is():
    heard: list[tuple[str, int, int]] = []
    mine(utterances(), BARE, progress=lambda *step: heard.append(step))
    phases = list(dict.fromkeys(phase for phase, _, _ in heard))
    assert phases[0] == "reading"
    assert {"encoding", "clustering", "naming", "describing"} <= set(phases)
    assert all(0 <= done <= total for _, done, total in heard)


def test_an_intent_names_its_nearest_other_one(mined):
    ids = {one.intent_id for one in mined.intents}
    for intent in mined.intents:
        assert intent.nearest_id in ids - {intent.intent_id}
        assert -1 <= intent.nearest_similarity <= 1


def test_places_on_the_map_are_within_it(mined):
    places = [(sub.x, sub.y) for one in mined.intents for sub in one.sub_intents]
    assert all(-1 <= place <= 1 for pair in places for place in pair)
    assert len(set(places)) == len(places)


def test_a_proposed_library_keeps_every_word_of_what_stands(mined, library):
    before = LibraryContent(
        intents=(
            Intent("keep", "Kept by hand", "Words of a person", examples=("hello world",)),
            *library.intents[:1],
        )
    )
    after = proposed_library(mined, before)
    kept = {one.intent_id: one for one in after.intents}
    assert kept["keep"] == before.intents[0]
    assert kept[library.intents[0].intent_id].name == library.intents[0].name
    assert len(kept) == len(library.intents) + 1
