"""Erasure: what was said in certain turns leaves the library and does not come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec.structs import replace

from processors.library import limits
from processors.library.state import IntentLibrary, Making, turn_digest
from processors.machine import Rejection
from processors.miner.mined import MinedIntent, SubIntent
from processors.views.library import ForgottenView, IntentView
from schemas.records import library as records

TURNS_MAX: Final = 10_000

_mined_of: Final = msgspec.json.Decoder(MinedIntent).decode
_json: Final = msgspec.json.Encoder(order="deterministic").encode

IsErased = Callable[[str], bool]


def forgotten(state: IntentLibrary, turn_id: str) -> bool:
    """Return whether a turn's examples were erased."""
    return bool(turn_id) and len(state.forgotten) > 0 and turn_digest(turn_id) in state.forgotten


def forget(m: Making, command: records.ForgetExamples) -> Rejection | None:
    """Erase examples of turns from intents and mining results."""
    if not command.turn_ids:
        return Rejection("library.nothing_named", "no turn is named; name at least one")
    no = limits.too_many("turns at once", len(command.turn_ids), TURNS_MAX)
    if no is not None:
        return no
    wanted = set(command.turn_ids)
    for turn_id in dict.fromkeys(command.turn_ids):
        digest = turn_digest(turn_id)
        if turn_id and digest not in m.state.forgotten:
            m.state.forgotten.put(digest, ForgottenView(m.at.now_ms))
            m.warn("a mining does not bring these turns back; the history still has them")
    for intent in m.state.intents.values():
        clean = _without(intent, wanted.__contains__)
        if clean != intent:
            m.put(clean, "forgot", f"examples erased by {m.actor_id or 'an operator'}")
            m.done_ids.append(intent.intent_id)
    if m.done_ids:
        m.warn("what is published still has them; publish again")
    for key, row in m.state.mined.items():
        found = _mined_of(row.content)
        left = _mined_without(found, wanted.__contains__)
        if left != found:
            m.state.mined.put(key, replace(row, content=_json(left).decode()))
    return None


def _without(intent: IntentView, is_erased: IsErased) -> IntentView:
    gone = [one for one in intent.examples if is_erased(one.turn_id)]
    texts = [one.text for one in gone]
    texts += [
        example.text
        for sub in intent.sub_intents
        for example in sub.examples
        if is_erased(example.turn_id)
    ]
    return replace(
        intent,
        description=_blanked(intent.description, texts),
        examples=tuple(one for one in intent.examples if not is_erased(one.turn_id)),
        sub_intents=_subs_without(intent.sub_intents, is_erased),
    )


def _subs_without(subs: tuple[SubIntent, ...], is_erased: IsErased) -> tuple[SubIntent, ...]:
    return tuple(
        replace(sub, examples=tuple(one for one in sub.examples if not is_erased(one.turn_id)))
        for sub in subs
    )


def _mined_without(found: MinedIntent, is_erased: IsErased) -> MinedIntent:
    every = [*found.examples, *(one for sub in found.sub_intents for one in sub.examples)]
    texts = [one.text for one in every if is_erased(one.turn_id)]
    return replace(
        found,
        description=_blanked(found.description, texts),
        examples=tuple(one for one in found.examples if not is_erased(one.turn_id)),
        sub_intents=_subs_without(found.sub_intents, is_erased),
    )


def _blanked(description: str, texts: list[str]) -> str:
    """Return a description without the utterances that were erased: it may quote one."""
    for text in texts:
        if text and text in description:
            description = description.replace(text, "").strip()
    return description
