"""The past of the demo's shop: the same in every run, and worth mining."""

from __future__ import annotations

from collections import Counter, defaultdict

from processors.miner.history import HistoryTurn
from processors.miner.mined import Options
from processors.miner.mining import mine
from schemas import catalogue
from schemas.records.conversation import ConversationEnded, ConversationOpened, TurnSaid
from streams.demo.history import CONVERSATIONS, WISHES, last_id, past

NOW_MS = 1_767_258_000_000


def test_every_conversation_is_over_before_the_demo_starts_and_keeps_the_contracts():
    found = list(past(NOW_MS))
    assert len(found) == CONVERSATIONS
    assert found[-1].conversation_id == last_id()
    assert len({one.conversation_id for one in found}) == CONVERSATIONS
    for one in found:
        assert isinstance(one.records[0], ConversationOpened)
        assert isinstance(one.records[-1], ConversationEnded)
        assert one.records[-1].occurred_at_ms < NOW_MS
        for record in one.records:
            catalogue.check(record)


def test_only_when_it_was_differs_from_run_to_run():
    def texts(now_ms: int) -> list[str]:
        turns = [one for said in past(now_ms, 40) for one in said.records]
        return [one.text for one in turns if isinstance(one, TurnSaid)]

    assert texts(NOW_MS) == texts(NOW_MS + 987_654_321)


def test_customers_want_eight_things_and_each_is_found_by_mining_with_its_questions():
    said = list(past(NOW_MS))
    wish_of = {one.conversation_id: one.wish for one in said}
    assert set(wish_of.values()) == {wish.name for wish in WISHES}
    turns = [
        HistoryTurn(
            f"{one.conversation_id}/{one.turn_id}", one.text, one.author, one.conversation_id
        )
        for conversation in said
        for one in conversation.records
        if isinstance(one, TurnSaid)
    ]
    mined = mine(turns, Options(tenant="demo"))
    assert len(WISHES) <= len(mined.intents) <= 3 * len(WISHES)
    wishes: dict[str, Counter[str]] = defaultdict(Counter)
    for one in mined.assigned:
        if one.intent_id is not None:
            wishes[one.intent_id][wish_of[one.turn_id.partition("/")[0]]] += 1
    leading = {intent: found.most_common(1)[0][0] for intent, found in wishes.items()}
    assert len(set(leading.values())) >= len(WISHES) - 1
    assert any(one.attributes for one in mined.intents)
