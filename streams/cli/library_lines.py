"""What `cuestream library` prints: a library, a mining run, a comparison, line by line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processors.miner.mined import Mined
    from schemas.records.library import MiningEnded, MiningRequested
    from streams.api.dry_run_answers import DryRunAnswer
    from streams.library.asking import Known


def library_lines(library: Known) -> Iterator[str]:
    """Yield the intents, most frequent first, and what is in force."""
    living = library.living()
    for one in living:
        group = library.groups.get(one.group_id or "")
        cells = [one.intent_id, one.status, f"{one.count:,}", _line(one.name)]
        if group is not None:
            cells.append(f"({_line(group.name)})")
        if one.is_used_by_bots:
            cells.append("bots")
        yield "  ".join(cells)
    told = ", ".join(
        f"{sum(one.status == status for one in living):,} {status}"
        for status in ("approved", "pending", "discarded")
    )
    yield f"{len(living):,} intents: {told}"
    published = library.published
    if published is None:
        yield "no version is in force"
    else:
        when = _when(published.occurred_at_ms)
        yield f"version {published.version} of {when} is in force: {published.digest}"


def run_lines(mined: Mined, ended: MiningEnded) -> Iterator[str]:
    """Yield what a run found and what became of it."""
    seen = mined.figures
    for one in mined.intents:
        typical = one.examples[0].text if one.examples else ""
        yield f"{one.intent_id}  {one.change}  {one.count:,}  {_line(one.name)}  {_line(typical)}"
    yield (
        f"{seen.conversations:,} conversations, {seen.bearing:,} customer turns with a wish: "
        f"{ended.intents:,} intents"
    )
    if ended.is_simulation:
        yield "a simulation: the library is as it was"
    else:
        yield (
            f"{ended.added:,} new, {ended.updated:,} known, {ended.left_out:,} left out. "
            "Next: cuestream library review"
        )


def comparison_lines(answer: DryRunAnswer) -> Iterator[str]:
    """Yield what would change, turn by turn and intent by intent."""
    if answer.note:
        yield _line(answer.note)
    for change in answer.changes:
        before = "nothing" if change.before is None else _line(change.before.name)
        after = "nothing" if change.after is None else _line(change.after.name)
        yield f"{change.conversation_id}  {before} -> {after}  {_line(change.text)}"
    for one in answer.per_intent:
        if one.before != one.after:
            yield f"{_line(one.name)}: {one.before:,} -> {one.after:,} turns"
    yield (
        f"{answer.turns:,} customer turns of {answer.conversations:,} conversations: "
        f"{answer.same:,} same, {answer.changed:,} changed, {answer.new:,} new, "
        f"{answer.lost:,} lost"
    )


def told_run(run: MiningRequested | MiningEnded) -> str:
    """Return the newest that is known of a run, as a line."""
    from schemas.records.library import MiningEnded  # noqa: PLC0415

    said = "under way"
    if isinstance(run, MiningEnded):
        because = f"  {run.because}" if run.because else ""
        said = f"{run.state}  {run.intents:,} intents{because}"
    kind = "  simulation" if run.is_simulation else ""
    return f"{run.run_id}  {_when(run.occurred_at_ms)}  {said}{kind}"


def _line(text: str) -> str:
    """Return text as one line, without what a terminal would obey."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _when(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_ms // 1_000))
