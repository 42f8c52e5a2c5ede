"""Mining runs: asked for by somebody or the clock, told of by the service, taken in at the end."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec
from msgspec.structs import replace

from processors.library import daily, limits, results
from processors.library.state import Making, derived_id, quoted
from processors.machine import Rejection
from processors.miner.mined import Granularity, MinedIntent
from processors.views.library import MinedView, RunView, mined_key
from processors.wide import NUL
from schemas.records import library as records

DAY_MS: Final = 86_400_000
HISTORY_MS: Final = 61 * DAY_MS
"""Two months: how far back a discovery looks that does not say otherwise."""
SIMULATED_RECORDS: Final = 1_000
"""The newest records a simulation looks at that does not say otherwise."""
RUNS_KEPT: Final = 30
RESULTS_KEPT: Final = 5
"""Runs whose results are kept; of older ones only that they were."""
SILENCE_MS: Final = 2 * 3_600_000
"""A running run that nothing is heard of for so long has failed."""
OVERDUE: Final = "run"
IMPORTED: Final = "import"
"""What the source of a run begins with that was mined elsewhere."""
INDEX_MAX: Final = 999_999

_mined_of: Final = msgspec.json.Decoder(MinedIntent).decode
_object_of: Final = msgspec.json.Decoder(dict[str, Any]).decode


def start(m: Making, command: records.StartMining) -> Rejection | None:
    """Ask for a run."""
    run_id = command.run_id or derived_id("run", m.tenant, command.command_id)
    granularity = _granularity(m, command.granularity)
    if isinstance(granularity, Rejection):
        return granularity
    if not limits.is_id(run_id):
        return Rejection("library.bad_id", f"{run_id!r} cannot be an id: no slash, at most 256")
    if run_id in m.state.runs:
        return Rejection("library.id_taken", f"there is a run {run_id!r} already")
    under_way = m.state.run_under_way()
    if under_way is not None:
        because = f"run {under_way.run_id!r} is {under_way.state}; start another when it is over"
        return Rejection("library.mining", because)
    records_max = command.records_max or (SIMULATED_RECORDS if command.is_simulation else 0)
    since_ms = command.since_ms
    if since_ms is None:
        since_ms = 0 if command.is_simulation else _two_months_back(m)
    _request(
        m,
        RunView(
            run_id,
            0,
            "due",
            command.is_simulation,
            is_daily=False,
            granularity=granularity,
            records_max=records_max,
            since_ms=since_ms,
            requested_by=m.actor_id,
        ),
        f"asked for by {m.actor_id or 'an operator'}",
    )
    m.done_ids.append(run_id)
    return None


def start_daily(m: Making) -> None:
    """Ask for the daily run unless one is under way, and set the timer of the next."""
    if m.state.own.settings.is_discovering and m.state.run_under_way() is None:
        run_id = derived_id("run", m.tenant, f"daily/{m.at.now_ms}")
        _request(
            m,
            RunView(
                run_id,
                0,
                "due",
                is_simulation=False,
                is_daily=True,
                granularity=m.state.own.settings.granularity,
                since_ms=_two_months_back(m),
            ),
            "it is the time of the daily run",
        )
    m.change_own(daily_due_ms=0)
    daily.schedule(m)


def started(m: Making, record: records.MiningStarted) -> Rejection | None:
    """Take in that a run is being worked on; told again, it begins anew."""
    if record.run_id not in m.state.runs and (record.source or "").startswith(IMPORTED):
        refused = _import(m, record)
        if refused is not None:
            return refused
    run = _open(m, record.run_id)
    if isinstance(run, Rejection):
        return run
    _forget_results(m, run.run_id)
    begun = replace(
        run,
        state="running",
        source=record.source or run.source,
        started_at_ms=m.at.now_ms,
        phase="",
        done=0,
        total=0,
        spans=record.spans or run.spans,
        attempts=record.attempt,
    )
    _keep_running(m, begun)
    return None


def progressed(m: Making, record: records.MiningProgressed) -> Rejection | None:
    """Take in how far a run is."""
    run = _running(m, record.run_id)
    if isinstance(run, Rejection):
        return run
    there = replace(run, phase=record.phase, done=record.done, total=record.total)
    if there != run:
        _keep_running(m, there)
    return None


def mined(m: Making, record: records.IntentMined) -> Rejection | None:
    """Take in one intent of a run; the same place in the result counts once."""
    run = _running(m, record.run_id)
    if isinstance(run, Rejection):
        return run
    key = mined_key(run.run_id, record.index)
    if key in m.state.mined:
        return None
    if record.index > INDEX_MAX:
        return Rejection("library.too_many", f"a run has at most {INDEX_MAX + 1:,} intents")
    try:
        found = _mined_of(record.content)
    except (msgspec.MsgspecError, UnicodeError) as fault:
        because = f"intent {record.index} of run {run.run_id!r} cannot be read: {fault}"
        return Rejection("library.unreadable_result", because)
    if not limits.is_id(found.intent_id):
        because = f"intent {record.index} of run {run.run_id!r} has no usable id"
        return Rejection("library.unreadable_result", because)
    m.state.mined.put(key, MinedView(run.run_id, record.index, record.content))
    m.set_timer(OVERDUE, m.at.now_ms + SILENCE_MS)
    return None


def finished(m: Making, record: records.MiningFinished) -> Rejection | None:
    """Take a run's result in; of a simulation the library stays as it is."""
    run = _running(m, record.run_id)
    if isinstance(run, Rejection):
        return run
    for name, text in (("figures", record.figures), ("tree", record.tree)):
        try:
            _object_of(text)
        except (msgspec.MsgspecError, UnicodeError) as fault:
            because = f"the {name} of run {run.run_id!r} cannot be read: {fault}"
            return Rejection("library.unreadable_result", because)
    rows = [row for _, row in m.state.mined.items(f"{run.run_id}{NUL}")]
    if len(rows) != record.intents:
        because = f"{record.intents:,} intents were found and {len(rows):,} of them were told"
        _fail(m, run, because)
        return None
    taken = results.Taken()
    if not run.is_simulation:
        taken = results.take(m, run, [_mined_of(row.content) for row in rows])
    run = replace(
        run,
        state="done",
        finished_at_ms=m.at.now_ms,
        phase="",
        intents=record.intents,
        added=taken.added,
        updated=taken.updated,
        left_out=taken.left_out,
        figures=record.figures,
        tree=record.tree,
        encoder=record.encoder,
    )
    m.state.runs.put(run.run_id, run)
    m.set_timer(OVERDUE, None)
    m.emit(
        records.MiningEnded,
        run_id=run.run_id,
        state="done",
        is_simulation=run.is_simulation,
        intents=run.intents,
        added=run.added,
        updated=run.updated,
        left_out=run.left_out,
    )
    _forget_old(m)
    return None


def broke_off(m: Making, record: records.MiningFailed) -> Rejection | None:
    """Take in that a run broke off: nothing of it counts."""
    run = _open(m, record.run_id)
    if isinstance(run, Rejection):
        return run
    _fail(m, run, record.because)
    return None


def overdue(m: Making) -> None:
    """Give up a running run that nothing was heard of for too long."""
    run = m.state.run_under_way()
    if run is not None and run.state == "running":
        hours = SILENCE_MS // 3_600_000
        _fail(m, run, f"nothing was heard of it for {hours} hours")


def _import(m: Making, record: records.MiningStarted) -> Rejection | None:
    """Make the run of a mining that was done elsewhere; its result is told at once."""
    granularity = _granularity(m, record.granularity)
    if isinstance(granularity, Rejection):
        return granularity
    if not limits.is_id(record.run_id):
        because = f"{record.run_id!r} cannot be an id: no slash, at most 256"
        return Rejection("library.bad_id", because)
    under_way = m.state.run_under_way()
    if under_way is not None:
        because = f"run {under_way.run_id!r} is {under_way.state}; import when it is over"
        return Rejection("library.mining", because)
    run = RunView(
        record.run_id,
        0,
        "due",
        record.is_simulation,
        is_daily=False,
        granularity=granularity,
        source=record.source or IMPORTED,
    )
    _request(m, run, "mined elsewhere and brought in")
    return None


def _request(m: Making, run: RunView, because: str) -> None:
    number = m.change_own(runs=m.state.own.runs + 1).runs
    run = replace(run, number=number, requested_at_ms=m.at.now_ms)
    m.state.runs.put(run.run_id, run)
    m.emit(
        records.MiningRequested,
        run_id=run.run_id,
        is_simulation=run.is_simulation,
        granularity=run.granularity,
        records_max=run.records_max or None,
        since_ms=run.since_ms,
        is_daily=run.is_daily,
        because=because,
        actor_id=m.actor_id,
    )


def _granularity(m: Making, asked: str | None) -> Granularity | Rejection:
    if asked is None:
        return m.state.own.settings.granularity
    for known in get_args(Granularity):
        if asked == known:
            found: Granularity = known
            return found
    because = f"granularity is one of {quoted(get_args(Granularity))}, and {asked!r} is not"
    return Rejection("library.bad_setting", because)


def _two_months_back(m: Making) -> int:
    return max(0, m.at.now_ms - HISTORY_MS)


def _open(m: Making, run_id: str) -> RunView | Rejection:
    run = m.state.runs.get(run_id)
    if run is None:
        return Rejection("library.unknown_run", f"there is no mining run {run_id!r}")
    if run.state not in {"due", "running"}:
        because = f"mining run {run_id!r} is {run.state}; nothing of it is taken any more"
        return Rejection("library.run_over", because)
    return run


def _running(m: Making, run_id: str) -> RunView | Rejection:
    run = _open(m, run_id)
    if isinstance(run, RunView) and run.state != "running":
        because = f"mining run {run_id!r} has not been started"
        return Rejection("library.run_not_started", because)
    return run


def _keep_running(m: Making, run: RunView) -> None:
    m.state.runs.put(run.run_id, run)
    m.set_timer(OVERDUE, m.at.now_ms + SILENCE_MS)


def _fail(m: Making, run: RunView, because: str) -> None:
    _forget_results(m, run.run_id)
    run = replace(run, state="failed", finished_at_ms=m.at.now_ms, because=because)
    m.state.runs.put(run.run_id, run)
    m.set_timer(OVERDUE, None)
    m.emit(
        records.MiningEnded,
        run_id=run.run_id,
        state="failed",
        is_simulation=run.is_simulation,
        because=because,
    )
    _forget_old(m)


def _forget_results(m: Making, run_id: str) -> None:
    for key in m.state.mined.keys(f"{run_id}{NUL}"):
        m.state.mined.drop(key)


def _forget_old(m: Making) -> None:
    """Drop the oldest runs, and the results of all but the newest."""
    newest = sorted(m.state.runs.values(), key=lambda run: -run.number)
    for run in newest[RUNS_KEPT:]:
        m.state.runs.drop(run.run_id)
    done = [run for run in newest if run.state == "done"]
    for run in done[RESULTS_KEPT:]:
        _forget_results(m, run.run_id)
        if run.run_id in m.state.runs and run.tree:
            m.state.runs.put(run.run_id, replace(run, tree=""))
