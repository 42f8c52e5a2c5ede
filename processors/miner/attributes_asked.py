"""Where representatives asked for something and what customers said to it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from processors.intents.recognise_bare import truth
from processors.intents.recognise_values import Value, recognise
from processors.miner.history import HistoryTurn
from processors.miner.questions import Ask, asks_of

Dialogue = tuple[Sequence[HistoryTurn], int]
"""Turns of a conversation, in order, up to where another intent begins, and the place of the
customer's turn with the intent."""


class Reply(msgspec.Struct, frozen=True):
    """A customer's words after a question, the values in them, what they say to yes or no."""

    text: str
    values: tuple[Value, ...]
    says: bool | None


class Occurrence(msgspec.Struct, frozen=True):
    """A question asked: the number of the dialogue, the place of the turn, its rank, the reply.

    Attributes:
        dialogue: Number of the dialogue, in the order given.
        turn: Place of the turn in it.
        ask: The question.
        rank: Which of the dialogue's questions it is, from 0 (first) to 1 (last).
        reply: What the customer said next; None when nothing.
        is_alone: Nothing else was asked in the same turn, so the reply is to this question.
    """

    dialogue: int
    turn: int
    ask: Ask
    rank: float
    reply: Reply | None
    is_alone: bool


def occurrences_of(number: int, dialogue: Dialogue) -> list[Occurrence]:
    """Return what was asked for in a dialogue after its intent was told, in the order asked."""
    turns, start = dialogue
    asked: list[tuple[int, Ask, bool]] = []
    for place in range(max(start, 0), len(turns)):
        if turns[place].role in {"representative", "bot"}:
            asks = asks_of(turns[place].text)
            asked.extend((place, ask, len(asks) == 1) for ask in asks)
    last = max(len(asked) - 1, 1)
    replies = {place: _reply(turns, place) for place in dict.fromkeys(one[0] for one in asked)}
    return [
        Occurrence(number, place, ask, rank / last, replies[place], is_alone)
        for rank, (place, ask, is_alone) in enumerate(asked)
    ]


def _reply(turns: Sequence[HistoryTurn], asked: int) -> Reply | None:
    """Return what the customer said to a question: the turns before the next of somebody else."""
    said = []
    for turn in turns[asked + 1 : asked + 6]:
        if turn.role == "customer":
            said.append(turn.text[:1_000])
        elif said and turn.role != "system":
            break
    if not said:
        return None
    text = "\n".join(said)
    return Reply(text, recognise(text), truth(said[0]))
