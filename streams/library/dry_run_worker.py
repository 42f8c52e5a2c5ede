"""The process of a dry run: what a draft would have told the last conversations, and what is told.

Every customer turn is looked at by itself, as the live path looks at it: only what carries a wish
counts. That a conversation stays with its intent, and what was dismissed in it, is not replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from processors.errors import InvalidReferenceError
from processors.intents.bearing import bearing
from processors.intents.detection import Detection
from processors.intents.loading import Library, load_library
from processors.intents.redaction import redacted
from processors.library.content import encoded
from processors.miner.history import HistoryTurn
from processors.miner.training import train
from streams.api.dry_run_answers import DryRunAnswer, DryRunChange, DryRunTally, DryRunTold
from streams.library import child, messages
from streams.library.artefacts import library_of
from streams.library.child import Say
from streams.library.messages import Compared, DryRunJob, Progressed
from streams.mining.log_run import Bounds, history, spans_of
from streams.replay.logs import KafkaLogs, Logs

CHANGES_MAX: Final = 50
TEXT_CHARS_MAX: Final = 500
BEARS: Final = 0.5


def work(job: DryRunJob, say: Say) -> None:
    """Compare over Kafka."""
    with KafkaLogs(messages.kafka_of(job.kafka)) as logs:
        say(Compared(messages.encode(compared(logs, job, say)).decode()))


def compared(logs: Logs, job: DryRunJob, say: Say) -> DryRunAnswer:
    """Return what would change.

    A library in force that this build cannot use, such as one that was trained with the encoder of
    an older build, tells no conversation anything: it counts as none, and the answer says so.

    Raises:
        LibraryUnknownError: The library in force is not on the reference topic.
        LogUnreadableError: Kafka does not give what is there.
    """
    say(Progressed("training", 0, 0))
    after = load_library(encoded(train(job.draft).content))
    before, note = _in_force(logs, job.digest)
    say(Progressed("reading", 0, job.conversations))
    bounds = Bounds(tenant=job.tenant, conversations_max=job.conversations)
    turns = list(_customer_turns(history(logs, bounds, spans_of(logs))))
    say(Progressed("detecting", 0, len(turns)))
    answer = compare(before, after, turns)
    answer.note = note
    return answer


def _in_force(logs: Logs, digest: str) -> tuple[Library | None, str]:
    """Return the library in force, if there is one of use, and why there is none."""
    if not digest:
        return None, ""
    try:
        return library_of(logs, digest), ""
    except InvalidReferenceError as fault:
        where = f"{fault.field}: " if fault.field else ""
        note = (
            f"The library in force cannot be used by this version ({where}{fault.because}). It is"
            " counted as if none were in force; publish again to have one that can."
        )
        return None, note


class Heard(msgspec.Struct, frozen=True):
    """A customer turn, and whether it carries a wish."""

    turn: HistoryTurn
    is_bearing: bool


def compare(before: Library | None, after: Library, heard: list[Heard]) -> DryRunAnswer:
    """Return what two libraries say of the same turns."""
    texts = [one.turn.text for one in heard]
    told_before = [None] * len(texts) if before is None else _told(before, heard, texts)
    told_after = _told(after, heard, texts)
    found = DryRunAnswer(
        conversations=len({one.turn.conversation_id for one in heard}), turns=len(heard)
    )
    tallies: dict[str, DryRunTally] = {}
    for one, was, now in zip(heard, told_before, told_after, strict=True):
        _count(tallies, was, now)
        if (was and was.intent_id) == (now and now.intent_id):
            found.same += 1
            continue
        if was is None:
            found.new += 1
        elif now is None:
            found.lost += 1
        else:
            found.changed += 1
        if len(found.changes) < CHANGES_MAX:
            found.changes.append(_change(one.turn, was, now))
    found.per_intent = sorted(
        tallies.values(), key=lambda one: (-abs(one.after - one.before), one.name, one.intent_id)
    )
    return found


def _customer_turns(turns: Iterable[HistoryTurn]) -> Iterator[Heard]:
    """Yield customer turns with whether they carry a wish; a repeated one counts once."""
    seen: set[str] = set()
    conversation_id: str | None = None
    number, after_question = 0, False
    for turn in turns:
        if turn.turn_id in seen:
            continue
        seen.add(turn.turn_id)
        if turn.conversation_id != conversation_id:
            conversation_id, number, after_question = turn.conversation_id, 0, False
        number += 1
        if turn.role == "customer":
            share = bearing(turn.text, number=number, after_question=after_question)
            yield Heard(turn, share >= BEARS)
            after_question = False
        elif turn.role in {"representative", "bot"}:
            after_question = "?" in turn.text


def _told(library: Library, heard: list[Heard], texts: list[str]) -> list[DryRunTold | None]:
    return [
        _said(library, found) if one.is_bearing else None
        for one, found in zip(heard, library.detect(texts), strict=True)
    ]


def _said(library: Library, found: Detection) -> DryRunTold | None:
    if found.outcome == "intent" and found.intent_id is not None:
        return DryRunTold(found.intent_id, library.intents[found.intent_id].name, found.score)
    if found.outcome == "group" and found.group_id is not None:
        name = library.groups[found.group_id].name
        return DryRunTold(found.group_id, name, found.score, is_group=True)
    return None


def _count(tallies: dict[str, DryRunTally], was: DryRunTold | None, now: DryRunTold | None) -> None:
    for told in (was, now):
        if told is not None and told.intent_id not in tallies:
            tallies[told.intent_id] = DryRunTally(told.intent_id, told.name)
    if was is not None:
        tallies[was.intent_id].before += 1
    if now is not None:
        tallies[now.intent_id].after += 1
        tallies[now.intent_id].name = now.name


def _change(turn: HistoryTurn, was: DryRunTold | None, now: DryRunTold | None) -> DryRunChange:
    conversation_id = turn.conversation_id or ""
    turn_id = turn.turn_id.removeprefix(f"{conversation_id}/")
    return DryRunChange(conversation_id, turn_id, redacted(turn.text[:TEXT_CHARS_MAX]), was, now)


if __name__ == "__main__":
    child.run(DryRunJob, work)
