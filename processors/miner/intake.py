"""History to what is clustered: the customers' turns that carry a wish, each text once.

Distinct texts stand in canonical order, by the SHA-256 of the levelled text, so what follows does
not depend on the order of the history. A turn id counts once: of two turns with one id, the one
whose text comes first in the alphabet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from processors.intents.bearing import BEARS, bearing
from processors.intents.recognise_wishes import says_only_values, states_wish
from processors.miner.duplicates import TEXT_MAX, digest, levelled
from processors.miner.history import HistoryTurn
from processors.miner.neighbours import Indices
from processors.miner.questions import asks_of

_INVITATION: Final = re.compile(
    r"\b(?:how|what|where)\b[^?]{0,40}\b(?:help|assist|do for you|support)\b"
    r"|\b(?:help|assist) you\b|\bwhat brings you\b|\banything else\b"
    r"|\bwhat (?:is|seems to be) the (?:issue|problem)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A history, read.

    Attributes:
        turns: Every turn once, in the order given.
        customers: Places in `turns` of what customers said.
        rows: For each of `customers` the row of its text; -1: it carries no wish.
        texts: The distinct texts in canonical order.
        levels: The same, levelled.
        speakers: Place in `turns` of the turn each text stands for (the lowest turn id).
        counts: How often each text was said.
        conversations: Places of each conversation's turns, in the order they were said.
        talks: For each of `customers` the number of its conversation; turns without one have a
            number each.
    """

    turns: list[HistoryTurn]
    customers: Indices
    rows: Indices
    texts: list[str]
    levels: list[str]
    speakers: Indices
    counts: Indices
    conversations: dict[str, list[int]]
    talks: Indices


def heard(history: Iterable[HistoryTurn], *, takes_all: bool) -> Heard:
    """Return the history, read.

    Args:
        history: In any order; conversations may be mixed.
        takes_all: Every customer turn with a word in it counts, wish or not.
    """
    turns = _once(history)
    conversations: dict[str, list[int]] = {}
    customers = []
    for place, turn in enumerate(turns):
        if turn.role == "customer":
            customers.append(place)
        if turn.conversation_id is not None:
            conversations.setdefault(turn.conversation_id, []).append(place)
    for places in conversations.values():
        places.sort(key=lambda place: turns[place].number)
    kept = customers if takes_all else _bearing(turns, customers, conversations)
    return _distinct(turns, customers, kept, conversations)


def _once(history: Iterable[HistoryTurn]) -> list[HistoryTurn]:
    """Return the turns, each id once."""
    turns: list[HistoryTurn] = []
    places: dict[str, int] = {}
    for turn in history:
        place = places.setdefault(turn.turn_id, len(turns))
        if place == len(turns):
            turns.append(turn)
        elif _content(turn) < _content(turns[place]):
            turns[place] = turn
    return turns


def _content(turn: HistoryTurn) -> tuple[str, str, str, int]:
    return turn.text, turn.role, turn.conversation_id or "", turn.number


def _bearing(
    turns: list[HistoryTurn], customers: list[int], conversations: dict[str, list[int]]
) -> list[int]:
    """Return which of the customers' turns carry a wish."""
    lone = [place for place in customers if turns[place].conversation_id is None]
    kept = {place for place in lone if _bears(turns[place].text, 0, "")}
    for places in conversations.values():
        kept.update(_wishes(turns, places))
    return [place for place in customers if place in kept]


def _wishes(turns: list[HistoryTurn], places: list[int]) -> Iterator[int]:
    """Yield the places of a conversation's turns that carry a wish.

    Once a wish is told, what follows a question that wants an answer is that answer, however it is
    put ("I changed my mind"), unless it says in so many words that something is wanted.
    """
    asked = ""
    is_said = is_told = False
    for number, place in enumerate(places, 1):
        turn = turns[place]
        if turn.role == "customer":
            is_said = True
            if not _bears(turn.text, number, asked) or says_only_values(turn.text):
                continue
            if is_told and _is_answer(turn.text, asked):
                continue
            is_told = True
            yield place
        elif turn.role != "system":
            # Two turns of the asking side in a row ask together.
            before = "" if is_said else asked
            asked, is_said = f"{before}\n{turn.text}"[-TEXT_MAX:], False


def _bears(text: str, number: int, asked: str) -> bool:
    is_invited = bool(asked) and _INVITATION.search(asked) is not None
    score = bearing(
        text,
        number=number,
        after_question="?" in asked and not is_invited,
        after_invitation=is_invited,
    )
    return score >= BEARS


def _is_answer(text: str, asked: str) -> bool:
    """Tell whether a turn only answers what was asked."""
    if not asked or _INVITATION.search(asked) is not None or states_wish(text):
        return False
    return bool(asks_of(asked))


def _distinct(
    turns: list[HistoryTurn],
    customers: list[int],
    kept: list[int],
    conversations: dict[str, list[int]],
) -> Heard:
    levels: list[str] = []
    by_level: dict[str, int] = {}
    speakers: list[int] = []
    counts: list[int] = []
    found = np.full(len(turns), -1, dtype=np.int64)
    for place in kept:
        level = levelled(turns[place].text)
        if not level:
            continue
        row = by_level.setdefault(level, len(levels))
        if row == len(levels):
            levels.append(level)
            speakers.append(place)
            counts.append(0)
        elif turns[place].turn_id < turns[speakers[row]].turn_id:
            speakers[row] = place
        counts[row] += 1
        found[place] = row
    del by_level
    digests = [digest(level) for level in levels]
    order = sorted(range(len(levels)), key=digests.__getitem__)
    rank = np.empty(len(levels) + 1, dtype=np.int64)
    rank[order] = np.arange(len(levels))
    rank[-1] = -1
    said_by = [speakers[row] for row in order]
    return Heard(
        turns=turns,
        customers=np.array(customers, dtype=np.int64),
        rows=rank[found[customers]] if customers else np.zeros(0, dtype=np.int64),
        texts=[turns[place].text[:TEXT_MAX] for place in said_by],
        levels=[levels[row] for row in order],
        speakers=np.array(said_by, dtype=np.int64),
        counts=np.array([counts[row] for row in order], dtype=np.int64),
        conversations=conversations,
        talks=_talks(turns, customers, conversations),
    )


def _talks(
    turns: list[HistoryTurn], customers: list[int], conversations: dict[str, list[int]]
) -> Indices:
    found = len(conversations) + np.arange(len(customers), dtype=np.int64)
    if conversations:
        numbers = {name: number for number, name in enumerate(conversations)}
        for at, place in enumerate(customers):
            name = turns[place].conversation_id
            if name is not None:
                found[at] = numbers[name]
    return found
