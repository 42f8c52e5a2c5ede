"""States as bytes: equal states give equal bytes, older versions are lifted."""

from __future__ import annotations

import msgspec
import pytest

from processors.conversation.processor import ConversationProcessor
from processors.errors import UnreadableStateError
from processors.snapshots import Snapshots
from processors.testing import accepted, ended, given, opened, said
from tests.rules.bases import LUGGAGE, OFFICE, ROUTER, references


class Counter(msgspec.Struct, frozen=True, array_like=True):
    count: int
    name: str
    is_open: bool


FIRST: Snapshots[list[int]] = Snapshots("counter", 1, list[int])
THIRD: Snapshots[Counter] = Snapshots(
    "counter", 3, Counter, {1: lambda old: [old[0], "no name"], 2: lambda old: [*old, True]}
)
NEWER: Snapshots[Counter] = Snapshots("counter", 4, Counter)


def test_a_state_of_the_first_version_is_lifted_through_all_that_followed():
    assert THIRD.decode(FIRST.encode([7])) == Counter(7, "no name", is_open=True)


def test_a_state_of_the_present_version_comes_back_as_it_was():
    state = Counter(7, "a", is_open=False)
    assert THIRD.decode(THIRD.encode(state)) == state


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (b"", "it is empty"),
        (NEWER.encode(Counter(1, "a", is_open=True)), "version 4"),
        (b"\x03\x91\x07", "Expected `array` of at least length 3"),
        (b"\x03\xc1", "invalid"),
        (b"\x01\xa1a", ""),
    ],
)
def test_bytes_that_are_no_state_are_refused_with_the_reason(data, because):
    with pytest.raises(UnreadableStateError, match="a stored counter state") as caught:
        THIRD.decode(data)
    assert because in caught.value.because


def test_a_missing_lift_is_named():
    with pytest.raises(UnreadableStateError, match="no way from version 1 to 2"):
        Snapshots("counter", 2, Counter).decode(FIRST.encode([7]))


def test_a_conversation_in_each_of_its_states_survives_its_bytes():
    processor = ConversationProcessor()
    scenario = given(processor, opened(), references=references(ROUTER, LUGGAGE, OFFICE))
    for step in (said("hello"), accepted("ann"), said("slow internet, my router"), ended()):
        scenario.when(step)
        data = processor.encode_state(scenario.state)
        assert processor.decode_state(data) == scenario.state
        assert type(processor.decode_state(data)) is type(scenario.state)


def test_an_open_conversation_of_twelve_turns_is_small():
    scenario = given(
        ConversationProcessor(),
        opened(),
        accepted(),
        references=references(ROUTER, LUGGAGE, OFFICE),
    )
    for number in range(6):
        scenario.when(said(f"slow internet, my router and the connection, {number} " + "x " * 40))
        scenario.when(said("please wait " + "y " * 40, author="representative"))
    assert len(scenario.processor.encode_state(scenario.state)) < 2_500
