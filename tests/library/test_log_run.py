"""Past conversations out of the conversation log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from processors.miner.history import HistoryTurn
from schemas import catalogue, codec
from schemas.records.conversation import ConversationOpened, TurnSaid
from streams.broker.memory import MemoryBroker
from streams.mining import log_run
from streams.mining.log_run import Bounds, history, spans_of
from streams.replay.logs import MemoryLogs
from streams.topics import CONVERSATION_LOG

NINE_MS = 1_767_258_000_000


class Past:
    """A conversation log in memory, written turn by turn."""

    def __init__(self, partitions: int = 2) -> None:
        self.broker = MemoryBroker()
        self.broker.create(CONVERSATION_LOG, partitions)
        self.partitions = partitions
        self.at_ms = NINE_MS

    def write(self, record: Any, partition: int = 0) -> None:
        place = self.broker.partition(CONVERSATION_LOG, partition)
        place.append([(catalogue.key_of(record), codec.encode(record), ())], self.at_ms)

    def opened(self, name: str, partition: int = 0, tenant: str = "demo") -> None:
        self.at_ms += 1_000
        self.write(
            ConversationOpened(
                tenant=tenant, occurred_at_ms=self.at_ms, conversation_id=name, channel="live_chat"
            ),
            partition,
        )

    def say(
        self,
        name: str,
        text: str,
        author: Any = "customer",
        *,
        partition: int = 0,
        tenant: str = "demo",
        **fields: Any,
    ) -> None:
        self.at_ms += 1_000
        given: dict[str, Any] = {"turn_id": f"t{self.at_ms}", "occurred_at_ms": self.at_ms}
        turn = TurnSaid(
            tenant=tenant, conversation_id=name, author=author, text=text, **given | fields
        )
        self.write(turn, partition)

    def read(self, **bounds: Any) -> list[HistoryTurn]:
        logs = MemoryLogs(self.broker)
        return list(history(logs, Bounds(tenant="demo", **bounds), spans_of(logs)))


def told(turns: list[HistoryTurn]) -> list[tuple[str | None, str, str]]:
    return [(turn.conversation_id, turn.role, turn.text) for turn in turns]


def test_every_public_turn_of_the_tenant_is_read_with_who_said_it():
    past = Past()
    past.opened("c-1")
    past.say("c-1", "my lamp is broken")
    past.say("c-1", "how may I help?", "bot")
    past.say("c-1", "smells like the glass again", "representative", visibility="private")
    past.say("c-1", "what is the order number?", "representative")
    past.say("c-1", "the conversation was moved", "system")
    past.say("x-1", "somebody else's customer", tenant="other")
    assert told(past.read()) == [
        ("c-1", "customer", "my lamp is broken"),
        ("c-1", "bot", "how may I help?"),
        ("c-1", "representative", "what is the order number?"),
        ("c-1", "system", "the conversation was moved"),
    ]


def test_a_tenant_whose_name_begins_another_does_not_read_its_conversations():
    past = Past()
    past.say("c-1", "hello", tenant="demo-two")
    past.say("c-2", "hello from demo")
    assert told(past.read()) == [("c-2", "customer", "hello from demo")]


def test_a_turn_is_named_by_its_conversation_too():
    past = Past()
    past.say("c-1", "hello", turn_id="t1")
    past.say("c-2", "hello", turn_id="t1")
    assert [turn.turn_id for turn in past.read()] == ["c-1/t1", "c-2/t1"]


def test_markup_of_html_is_no_part_of_what_was_said():
    past = Past()
    past.say("c-1", "<p>my <b>lamp</b> &amp; shade</p>", text_format="html")
    (turn,) = past.read()
    assert turn.text.split() == ["my", "lamp", "&", "shade"]


def test_what_is_no_record_of_ours_is_passed_over():
    past = Past()
    place = past.broker.partition(CONVERSATION_LOG, 0)
    place.append([(b"demo:c-1", b"garbage", ()), (b"demo:c-1", None, ()), (None, b"x", ())], 1)
    past.say("c-1", "hello")
    assert told(past.read()) == [("c-1", "customer", "hello")]


def test_a_conversation_counts_by_its_first_turn_and_then_as_a_whole():
    past = Past()
    past.say("early", "one")
    past.say("late", "two")
    middle_ms = past.at_ms
    past.say("early", "three")
    past.say("late", "four")
    assert {turn.conversation_id for turn in past.read(since_ms=middle_ms)} == {"late"}
    assert [turn.text for turn in past.read(since_ms=middle_ms)] == ["two", "four"]
    assert [turn.text for turn in past.read(until_ms=middle_ms)] == ["one", "three"]
    assert past.read(since_ms=past.at_ms + 1) == []


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Read back in windows so small that conversations span several of them."""
    return lambda records: monkeypatch.setattr(log_run, "WINDOW_RECORDS", records)


@pytest.mark.rule("CI-14")
@pytest.mark.parametrize("window", [1, 2, 3, 7, 20_000])
def test_the_last_conversations_are_those_whose_last_turns_came_last(
    small_windows: Callable[[int], None], window: int
):
    small_windows(window)
    past = Past()
    for number in range(1, 7):
        past.opened(f"c-{number}", partition=number % 2)
    for text in ("a", "b", "c"):
        for number in (1, 6, 3, 2, 5, 4):
            past.say(f"c-{number}", f"{text}{number}", partition=number % 2)
    past.say("c-1", "d1", partition=1)
    last = past.read(conversations_max=3)
    assert {turn.conversation_id for turn in last} == {"c-1", "c-4", "c-5"}
    assert [one.text for one in last if one.conversation_id == "c-1"] == ["a1", "b1", "c1", "d1"]
    assert len(last) == 10
    assert past.read(conversations_max=100).__len__() == 19
    assert past.read(conversations_max=0) == []


@pytest.mark.parametrize("window", [1, 4, 20_000])
def test_a_conversation_that_was_never_opened_is_whole_among_the_last_ones(
    small_windows: Callable[[int], None], window: int
):
    small_windows(window)
    past = Past()
    past.say("c-1", "first words")
    for number in range(20):
        past.say(f"between-{number}", "hello")
    past.say("c-1", "last words")
    assert [turn.text for turn in past.read(conversations_max=1)] == ["first words", "last words"]


def test_what_is_written_later_changes_nothing_of_a_span_that_was_fixed():
    past = Past()
    past.say("c-1", "one")
    logs = MemoryLogs(past.broker)
    spans, bounds = spans_of(logs), Bounds(tenant="demo")
    before = list(history(logs, bounds, spans))
    past.say("c-1", "two")
    assert list(history(logs, bounds, spans)) == before


def test_an_empty_log_gives_nothing_and_says_that_it_is_through():
    logs = MemoryLogs(Past().broker)
    seen: list[tuple[int, int]] = []
    spans = spans_of(logs)
    assert list(history(logs, Bounds("demo"), spans, lambda *at: seen.append(at))) == []
    assert seen == [(0, 0)]
    assert list(history(MemoryLogs(MemoryBroker()), Bounds("demo"), {})) == []
