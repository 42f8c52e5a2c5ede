"""Recorded assignment decisions: why this one, and what if something had been otherwise.

A decision's event holds the whole question. Answering it again gives the recorded answer; answering
it with something changed tells what the change would have made of it. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from processors.errors import ProcessorError
from processors.routing import changes, choose, verdicts
from processors.routing.question import Decision, Question
from processors.routing.setup import Setup
from schemas import codec
from schemas.errors import SchemaError
from schemas.records.routing import AssignmentDecided, ItemRouted
from streams.api.errors import InvalidInputError, NotFoundError
from streams.api.explain import LogReader, LogRecord, outcomes_of, place_of
from streams.topics import ROUTING_DECISIONS, ROUTING_LOG

NO_DECISION: Final = "There is no such decision, or it may not be seen."


async def decision_of(
    reader: LogReader, decision_id: str, *, tenant: str, partitions: int
) -> AssignmentDecided:
    """Return a tenant's recorded decision.

    Args:
        reader: The way to the decisions.
        decision_id: Id of its event.
        tenant: Whose it must be.
        partitions: How many partitions the routing log has.

    Raises:
        InvalidInputError: It is no event's id.
        NotFoundError: There is no decision with this id.
    """
    place = place_of(decision_id)
    if place.log == ROUTING_LOG and place.n is not None and place.partition < partitions:
        for outcome in await outcomes_of(reader, ROUTING_DECISIONS, place):
            record = _decoded(outcome)
            if isinstance(record, AssignmentDecided) and record.tenant == tenant:
                return record
    raise NotFoundError(NO_DECISION)


async def trace_of(
    reader: LogReader, decision_id: str, record: AssignmentDecided
) -> list[dict[str, Any]]:
    """Return what classification and route-to-queue looked at, if it was at the same input."""
    place = msgspec.structs.replace(place_of(decision_id), n=None)
    traces: list[dict[str, Any]] = []
    for outcome in await outcomes_of(reader, ROUTING_DECISIONS, place):
        routed = _decoded(outcome)
        if isinstance(routed, ItemRouted) and routed.item_id == record.item_id:
            for part, lines in (
                ("classification", routed.classification_trace),
                ("route", routed.route_trace),
            ):
                traces += [{"part": part, "line": line} for line in lines]
    return traces


def told(
    decision_id: str,
    record: AssignmentDecided,
    setup: Setup | None,
    trace: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return a recorded decision as readers get it: every candidate, in the order of their rank.

    Args:
        decision_id: Id of its event.
        record: The event.
        setup: The routing setup in force, for names.
        trace: How the item came to its queue, as far as that may be told.
    """
    question = choose.decode(record.question)
    facts = changes.candidate_facts(question)
    candidates = [
        {
            "representative_id": who,
            "name": _name(setup, who),
            "rank": rank or None,
            "score": _score(record, rank),
            "refusal": refusal,
            "refusal_words": words,
            "facts": facts.get(who, {}),
        }
        for who, rank, (refusal, words) in zip(
            record.candidate_ids,
            record.ranks,
            [_reason(record, number) for number in record.refusals],
            strict=True,
        )
    ]
    candidates.sort(key=lambda one: (one["rank"] is None, one["rank"] or 0))
    return {
        "decision_id": decision_id,
        "item_id": record.item_id,
        "number": record.number,
        "kind": record.kind,
        "at_ms": record.occurred_at_ms,
        "queue": record.queue_id,
        "queue_name": _queue_name(setup, record.queue_id),
        "method": record.method,
        "skill_match": record.skill_match,
        "chosen": record.chosen_id,
        "chosen_name": None if record.chosen_id is None else _name(setup, record.chosen_id),
        "because": record.because,
        "probability": record.probability,
        "setup_digest": record.setup_digest,
        "versions": dict(_version(text) for text in record.versions),
        "candidates": candidates,
        "question": {
            "item": changes.item_facts(question),
            "policy": changes.policy_facts(question),
            "queue": question.queue_id,
            "at_ms": question.now_ms,
        },
        "trace": trace,
    }


def what_if(
    record: AssignmentDecided, wanted: Mapping[str, Any], setup: Setup | None
) -> dict[str, Any]:
    """Return a decision as it was and as it would be with something changed.

    Raises:
        InvalidInputError: A change names what the question does not have, or does not fit.
    """
    question = choose.decode(record.question)
    try:
        after = choose.what_if(question, wanted)
    except ProcessorError as fault:
        raise InvalidInputError(f"changes: {fault}.") from fault
    # What a person chose stands as they chose it, beside what the queue's method found.
    before = {
        **_answer(question, choose.decide(question), setup),
        "chosen": record.chosen_id,
        "chosen_name": None if record.chosen_id is None else _name(setup, record.chosen_id),
        "because": record.because,
    }
    return {
        "before": before,
        "after": _answer(question, after, setup),
        "is_same": record.chosen_id == after.chosen,
    }


def _decoded(outcome: LogRecord) -> Any:
    try:
        return codec.decode(outcome.value or b"")
    except SchemaError:
        return None


def _score(record: AssignmentDecided, rank: int) -> dict[str, Any] | None:
    """Return the columns that put a candidate in its place, by name, larger numbers as such."""
    if not 0 < rank <= len(record.scores):
        return None
    told: dict[str, Any] = {}
    columns = msgspec.json.decode(record.scores[rank - 1], type=list[Any])
    for name, value in zip(record.components, columns, strict=False):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        told[name.removeprefix("-")] = -value if name.startswith("-") and is_number else value
    return told or None


def _version(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _reason(record: AssignmentDecided, number: int) -> tuple[str | None, str | None]:
    """Return code and words of a refusal by its number; 0: none."""
    if number == 0:
        return None, None
    code, _, words = record.reasons[number - 1].partition(": ")
    return code, words


def _answer(question: Question, decision: Decision, setup: Setup | None) -> dict[str, Any]:
    return {
        "chosen": decision.chosen,
        "chosen_name": None if decision.chosen is None else _name(setup, decision.chosen),
        "because": verdicts.because(decision, question.item, question.policy),
        "candidates": [
            {
                "representative_id": one.representative_id,
                "name": _name(setup, one.representative_id),
                "rank": one.rank or None,
                "score": verdicts.score(decision, one) or None,
                "refusal": str(one.refusal[0]) if one.refusal else None,
                "refusal_words": verdicts.words(one.refusal) if one.refusal else None,
            }
            for one in sorted(decision.verdicts, key=lambda one: (one.rank == 0, one.rank))
        ],
    }


def _name(setup: Setup | None, who: str) -> str:
    found = None if setup is None else setup.representatives.get(who)
    return who if found is None else found.name


def _queue_name(setup: Setup | None, queue_id: str) -> str:
    found = None if setup is None else setup.queues.get(queue_id)
    return queue_id if found is None else found.name
