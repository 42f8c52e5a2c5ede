"""Rows of the intent library as readers get them: answers, and a run as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from processors.miner.mined import MinedIntent
from processors.views.library import IntentView, PublicationView, RunView
from streams.api.library_answers import (
    ExampleAnswer,
    IntentAnswer,
    IntentCounts,
    IntentSummary,
    LineageAnswer,
    PublicationAnswer,
    PublishedVersion,
    SubIntentAnswer,
    VersionAnswer,
)
from streams.tables import AsOf

EXPORTED: Final = (
    "run_id",
    "status",
    "source",
    "granularity",
    "intent_id",
    "change",
    "name",
    "description",
    "conversations",
    "utterances",
    "sub_intents",
    "attributes",
    "examples",
)
"""Columns of a run's table."""
EXAMPLES_EXPORTED: Final = 5

_figures_of: Final = msgspec.json.Decoder(dict[str, Any]).decode


def published(row: PublicationView | None) -> PublishedVersion | None:
    """Return the version in force as readers get it."""
    if row is None:
        return None
    return PublishedVersion(row.version, row.digest, row.ended_at_ms, row.by, row.note, row.intents)


def publication(row: PublicationView | None) -> PublicationAnswer | None:
    """Return what became of a publish."""
    if row is None:
        return None
    return PublicationAnswer(row.version, row.state, row.because or None)


def counts(intents: Sequence[IntentView]) -> IntentCounts:
    """Return how many intents there are by status."""
    own = [one for one in intents if one.merged_into is None]
    return IntentCounts(
        pending=sum(one.status == "pending" for one in own),
        approved=sum(one.status == "approved" for one in own),
        discarded=sum(one.status == "discarded" for one in own),
        used_by_bots=sum(one.is_used_by_bots for one in own),
    )


def summary(one: IntentView, names: dict[str, str], changed: set[str]) -> IntentSummary:
    """Return an intent as lists show it."""
    return IntentSummary(
        **_head(one, names, changed),
        examples=len(one.examples),
        attributes=len(one.attributes),
        solutions=len(one.solutions),
    )


def _head(one: IntentView, names: dict[str, str], changed: set[str]) -> dict[str, Any]:
    return {
        "intent_id": one.intent_id,
        "name": one.name,
        "description": one.description,
        "status": one.status,
        "source": one.source,
        "group_id": one.group_id,
        "group_name": names.get(one.group_id or ""),
        "line_of_business": one.line_of_business,
        "parent_id": one.parent_id,
        "is_used_by_bots": one.is_used_by_bots,
        "count": one.count,
        "conversations": one.conversations,
        "is_changed": f"intent/{one.intent_id}" in changed,
        "merged_into": one.merged_into,
        "updated_at_ms": one.updated_at_ms,
    }


def intent(one: IntentView, names: dict[str, str], changed: set[str], as_of: AsOf) -> IntentAnswer:
    """Return an intent with everything."""
    return IntentAnswer(
        **_head(one, names, changed),
        instructions=one.instructions,
        edited=list(one.edited),
        examples=[ExampleAnswer(x.example_id, x.text, x.turn_id) for x in one.examples],
        attributes=list(one.attributes),
        solutions=list(one.solutions),
        replies=list(one.replies),
        sub_intents=[
            SubIntentAnswer(
                sub.sub_id,
                sub.name,
                sub.count,
                [example.text for example in sub.examples],
                sub.x,
                sub.y,
                list(sub.words),
            )
            for sub in one.sub_intents
        ],
        lineage=[
            LineageAnswer(x.at_ms, x.change, x.by, list(x.from_ids), x.because) for x in one.lineage
        ],
        as_of=[as_of],
    )


def version(row: PublicationView, in_force: int) -> VersionAnswer:
    """Return a version."""
    is_done = row.state == "done"
    return VersionAnswer(
        row.version,
        row.digest,
        row.ended_at_ms or row.requested_at_ms,
        row.by,
        row.note,
        row.intents,
        row.examples,
        row.threshold if is_done else None,
        row.accuracy,
        row.state,
        row.because or None,
        row.version == in_force,
    )


def run(row: RunView) -> dict[str, Any]:
    """Return a mining run's fields."""
    return {
        "run_id": row.run_id,
        "state": row.state,
        "is_simulation": row.is_simulation,
        "is_daily": row.is_daily,
        "granularity": row.granularity,
        "source": row.source,
        "requested_by": row.requested_by,
        "requested_at_ms": row.requested_at_ms,
        "started_at_ms": row.started_at_ms or None,
        "finished_at_ms": row.finished_at_ms or None,
        "phase": row.phase,
        "done": row.done,
        "total": row.total,
        "figures": _figures_of(row.figures),
        "because": row.because or None,
        "intents": row.intents,
        "added": row.added,
        "updated": row.updated,
        "left_out": row.left_out,
    }


def exported(run: RunView, found: MinedIntent) -> tuple[str | int, ...]:
    """Return a mined intent as a row of `EXPORTED`."""
    return (
        run.run_id,
        run.state,
        run.source,
        run.granularity,
        found.intent_id,
        found.change,
        found.name,
        found.description,
        found.conversations,
        found.count,
        len(found.sub_intents),
        "; ".join(one.name for one in found.attributes),
        " | ".join(one.text for one in found.examples[:EXAMPLES_EXPORTED]),
    )


def as_csv(rows: Sequence[tuple[str | int, ...]]) -> str:
    """Return a table as CSV; what a spreadsheet would take for a formula is quoted as text."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(EXPORTED)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return written.getvalue()


def _plain(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
