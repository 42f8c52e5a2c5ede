import threading
import time
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from processors.conversation.processor import ConversationProcessor
from processors.handoff.processor import HandoffProcessor
from processors.machine import At
from processors.reference import load
from processors.routing.processor import RoutingProcessor
from schemas.records.assist import RecommendationIssued
from schemas.records.conversation import (
    ConversationOpened,
    RepresentativeAccepted,
    TurnSaid,
)
from schemas.records.routing import OfferMade, RepresentativeConnected, WorkItemArrived
from streams.client import Follower, Producer, Received
from streams.client.lines import Line
from streams.demo import Player, Script, load_scripts, play, watch
from streams.demo.player import Step, run_name
from streams.testing import TestCluster
from streams.topics import CONVERSATION_LOG
from tests.support.records import turn


def log_of(servers: str, tenant: str) -> list[Received]:
    with Follower(
        servers, [CONVERSATION_LOG], start="earliest", tenant=tenant, stop_at_end=True
    ) as follower:
        return [item for item in follower if isinstance(item, Received)]


def a_script(name: str, *after_ms: int) -> Script:
    steps = [
        Step(after_ms=wait, do="customer", text=f"{name} {n}") for n, wait in enumerate(after_ms)
    ]
    return Script(
        name=name,
        about="",
        channel="live_chat",
        customer_id="x",
        customer_name="X",
        locale="en",
        starts_after_ms=0,
        steps=steps,
    )


def test_the_written_conversations_are_as_many_and_as_different_as_promised():
    scripts = load_scripts()
    assert len(scripts) == 8
    assert len({script.name for script in scripts}) == 8
    assert len({script.channel for script in scripts}) >= 5
    assert all(step.text or step.do == "accept" for script in scripts for step in script.steps)
    assert {step.do for script in scripts for step in script.steps} >= {"bot", "escalate", "note"}


@pytest.mark.parametrize(
    ("name", "queue", "known"),
    [
        ("shade", "returns", {"item": "lamp shade", "order_number": 70452, "is_damaged": "true"}),
        ("hours", "shop", {}),
    ],
)
def test_a_written_customer_gets_from_the_bot_to_a_representative(name, queue, known):
    cluster = TestCluster(ConversationProcessor(), HandoffProcessor(), RoutingProcessor())
    for reference, file in (("dialogue.bots", "bots.yaml"), ("routing.setup", "routing.json")):
        cluster.publish(reference, files("streams.demo").joinpath(file).read_bytes())
    cluster.send(_about(RepresentativeConnected, representative_id="ann"))
    (script,) = [one for one in load_scripts() if one.name == name]
    fields = ("channel", "bot_id", "workstream", "customer_name", "locale")
    given = {field: getattr(script, field) for field in fields}
    cluster.send(_about(ConversationOpened, conversation_id=name, is_routed=True, **given))
    for number, step in enumerate(script.steps):
        turn_id = f"t{number}"
        cluster.send(
            _about(
                TurnSaid,
                conversation_id=name,
                turn_id=turn_id,
                author="customer",
                text=step.text,
            )
        )
    offers = [one for one in cluster.outputs("routing.decisions.v1") if isinstance(one, OfferMade)]
    assert [(one.item_id, one.representative_id, one.queue_id) for one in offers] == [
        (name, "ann", queue)
    ]
    (arrived,) = [
        one for one in cluster.outputs("handoff.requests.v1") if isinstance(one, WorkItemArrived)
    ]
    variables = msgspec.json.decode(arrived.variables)
    assert {field: variables.get(field) for field in known} == known
    assert cluster.audit() is None


def _about(record: type[Any], **fields: Any) -> Any:
    return record(tenant="demo", occurred_at_ms=0, **fields)


@pytest.mark.kafka
@pytest.mark.rule("SA-04", "SA-09")
def test_every_conversation_finds_its_article_but_not_on_a_record_nor_with_the_bot(
    servers: str, tenant: str
):
    with Producer(servers) as producer:
        played = play(producer, speed=0, tenant=tenant)
    assert played.steps_done == played.steps
    articles = files("streams.demo").joinpath("articles.json").read_bytes()
    references = {"assist.articles": load("assist.articles", articles)}
    processor = ConversationProcessor()
    states: dict[bytes | None, Any] = {}
    issued: dict[str, list[str]] = {name: [] for name in played.conversations.values()}
    accepted: set[str] = set()
    for item in log_of(servers, tenant):
        record = item.record
        key = processor.key(record)
        at = At(
            now_ms=record.recorded_at_ms,
            cause=f"{item.topic}/{item.partition}/{item.offset}",
            references=references,
        )
        outcome = processor.handle(states.get(key), record, at)
        states[key] = outcome.state
        assert outcome.rejection is None
        if isinstance(record, RepresentativeAccepted):
            accepted.add(record.conversation_id)
        cards = [event for event in outcome.events if isinstance(event, RecommendationIssued)]
        assert not cards or record.conversation_id in accepted
        issued[record.conversation_id] += [card.item_id for card in cards]
    found = {
        name: issued[conversation_id] for name, conversation_id in played.conversations.items()
    }
    assert [found.pop(name) for name in ("case", "shade", "hours")] == [[], [], []]
    assert {name: cards[0] for name, cards in found.items()} == {
        "lamp": "KB-102",
        "router": "KB-401",
        "roaming": "KB-402",
        "password": "KB-201",
        "tickets": "KB-507",
    }


@pytest.mark.kafka
def test_conversations_are_interleaved_in_their_own_time_and_say_so(servers: str, tenant: str):
    lines: list[Line] = []
    scripts = [a_script("one", 0, 200, 200), a_script("two", 100, 200)]
    started = time.monotonic()
    with Producer(servers) as producer:
        play(producer, speed=2, on_line=lines.append, tenant=tenant, scripts=scripts)
    assert time.monotonic() - started >= 0.2
    turns = [line.text for line in lines if line.kind == "turn"]
    assert turns == ['"one 0"', '"two 0"', '"one 1"', '"two 1"', '"one 2"']
    assert len(log_of(servers, tenant)) == 5 + 2


@pytest.mark.kafka
def test_a_paused_play_stands_still_goes_on_and_can_be_stopped(servers: str, tenant: str):
    with Producer(servers) as producer:
        player = Player(producer, scripts=[a_script("one", 0, 0, 0, 3_600_000)], tenant=tenant)
        player.pause()
        thread = threading.Thread(target=player.run)
        thread.start()
        thread.join(0.1)
        assert (player.steps_done, player.is_paused, thread.is_alive()) == (0, True, True)
        player.resume()
        deadline = time.monotonic() + 20
        while player.steps_done < 3:
            assert time.monotonic() < deadline
            thread.join(0.01)
        player.stop()
        thread.join(10)
        assert not thread.is_alive()
    assert player.steps_done == 3


@pytest.mark.kafka
def test_the_time_from_turn_to_card_is_shown_to_who_watches(servers: str, tenant: str):
    lines: list[Line] = []
    stop, ready = threading.Event(), threading.Event()

    def note(line: Line) -> None:
        lines.append(line)
        ready.set()
        if line.kind == "card":
            stop.set()

    watcher = threading.Thread(
        target=watch,
        args=(servers, note),
        kwargs={"stop": stop, "tenant": tenant, "with_turns": True},
    )
    watcher.start()
    said = turn(tenant=tenant)
    card = RecommendationIssued(
        tenant=tenant,
        occurred_at_ms=1,
        conversation_id=said.conversation_id,
        recommendation_id="r",
        kind="knowledge_article",
        item_id="KB-102",
        title="Replace an item that arrived damaged",
        score=0.934,
        is_highly_relevant=True,
        key_phrases=("lamp",),
        reason="It mentions lamp.",
        card="{}",
        trigger_turn_id=said.turn_id,
        reference_digest="d" * 64,
        index_version="bm25s-0.3/1",
        candidates=(),
    )
    with Producer(servers) as producer:
        deadline = time.monotonic() + 30
        while not ready.is_set():
            assert time.monotonic() < deadline
            producer.send(said).result(10)
            ready.wait(0.2)
        producer.send(card, topic="assist.recommendations.v1").result(10)
    watcher.join(20)
    assert not watcher.is_alive()
    shown = next(line for line in lines if line.kind == "card")
    assert shown.text.startswith(
        "KB-102 Replace an item that arrived damaged  0.93  highly relevant  "
    )
    assert shown.text.endswith(" ms")
    assert isinstance(said, TurnSaid)


def test_runs_have_short_names_that_differ():
    names = {run_name(1_795_000_000_000 + n * 5_000) for n in range(2_000)}
    assert len(names) == 2_000
    assert all(len(name) == 4 and name.isalpha() for name in names)


def test_the_script_file_takes_no_field_it_does_not_know():
    raw = b'[{"name": "x", "abuot": "y"}]'
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(raw, type=list[Script])
