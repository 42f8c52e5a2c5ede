"""The proof can fail: versions of the runtime with a fault planted, and how the simulator sees it.

See ops/decisions/0005-proof-that-can-fail.md.
"""

from __future__ import annotations

import msgspec
import pytest

from streams.replay.errors import SimulationFailedError
from streams.replay.simulator import EXERCISE, WIDE_EXERCISE, Subject, simulate
from streams.runtime import commit
from streams.runtime.commit import Owner
from streams.runtime.ledger import CLAIM_KEY, MARKER_KEY
from streams.runtime.recovery import Recovery
from streams.runtime.step import Kernel


class WithoutUpperFence(Owner):
    """Believes every gap, as if what is missing had never been there."""

    def step(self, records, *, gap_is_known=False):
        return super().step(records, gap_is_known=True)


class MarkerBeforeStates(Owner):
    """Sends the marker first when a batch must be split."""

    def _batches(self, entries, marker):
        batches = super()._batches(entries, marker)
        batches[0].insert(0, batches[-1].pop())
        return [batch for batch in batches if batch]


class ChangelogBeforeOutputs(Owner):
    """Commits first and sends outputs afterwards: a crash in between loses them."""

    async def send_outputs(self, flush):
        pass

    async def send_changelog(self, flush):
        await super().send_changelog(flush)
        await super().send_outputs(flush)


class BlindForHoles(Owner):
    """Never reads what somebody else wrote between its own batches."""

    async def _read_hole(self, end):
        self._position = end


class ForgetsForeignMarkers(Owner):
    """Writes a zombie's keys again, but not the marker."""

    def _judge(self, entry):
        if entry.key not in {MARKER_KEY, CLAIM_KEY}:
            super()._judge(entry)


class WithoutTailCheck(Owner):
    """Sends again what is in the topic already."""

    async def send_outputs(self, flush):
        self._tails = {}
        await super().send_outputs(flush)


class WithoutEpochs(Recovery):
    """Takes a zombie's entries for the owner's."""

    def _stamp(self, entry, key, value):
        epoch, reached = super()._stamp(entry, key, value)
        return max(epoch, self.epoch), reached


class TornPartsForgotten(Recovery):
    """Drops the parts of a split batch at once, though its end may still be on its way."""

    @property
    def torn(self):
        self._foreign.update({key: at for key, (at, _, _) in self._pending.items()})
        self._pending.clear()
        return super().torn


class ZombiesForgotten(Recovery):
    """Ignores a zombie's entries, but leaves them the newest of their keys."""

    @property
    def rewrite(self):
        return set(self._pending)


class StoreRunsAhead(Recovery):
    """Moves the store past what is still to be written again."""

    @property
    def settled(self):
        return self.position


def reds(subject: Subject, seeds: int, enough: int = 1) -> list[str]:
    """Return the failures among the first `seeds` schedules, `enough` of them at most."""
    found = []
    for seed in range(seeds):
        try:
            simulate(seed, subject)
        except SimulationFailedError as failure:
            found.append(str(failure))
            if len(found) == enough:
                break
    return found


@pytest.mark.parametrize(
    ("fault", "seeds"),
    [
        (WithoutUpperFence, 60),
        (MarkerBeforeStates, 20),
        (ChangelogBeforeOutputs, 40),
        (BlindForHoles, 300),
        (ForgetsForeignMarkers, 600),
    ],
)
def test_a_fault_in_the_commit_protocol_turns_the_simulator_red(fault, seeds):
    assert reds(msgspec.structs.replace(EXERCISE, owner=fault), seeds)


@pytest.mark.parametrize(
    ("fault", "seeds"),
    [
        (WithoutEpochs, 300),
        (TornPartsForgotten, 400),
        (ZombiesForgotten, 600),
        (StoreRunsAhead, 300),
    ],
)
def test_a_fault_in_recovery_turns_the_simulator_red(fault, seeds, monkeypatch):
    monkeypatch.setattr(commit, "Recovery", fault)

    assert reds(EXERCISE, seeds)


def test_a_wide_state_that_is_kept_after_it_raised_turns_the_simulator_red(monkeypatch):
    monkeypatch.setattr(Kernel, "distrust", lambda *_: None)

    assert reds(WIDE_EXERCISE, 40)


def test_a_wide_state_that_forgets_flushes_under_way_turns_the_simulator_red(monkeypatch):
    def opens_from_the_store_alone(kernel, key, young):
        flushes, kernel._in_flight = kernel._in_flight, []
        try:
            return opened(kernel, key, young)
        finally:
            kernel._in_flight = flushes

    opened = Kernel._open
    monkeypatch.setattr(Kernel, "_open", opens_from_the_store_alone)

    assert reds(WIDE_EXERCISE, 200)


def test_the_failure_names_the_seed_that_brings_it_back():
    subject = msgspec.structs.replace(EXERCISE, owner=MarkerBeforeStates)
    (first,) = reds(subject, 20)
    seed = int(first.split()[1])

    with pytest.raises(SimulationFailedError) as again:
        simulate(seed, subject)

    assert str(again.value) == first


def test_without_the_tail_check_there_are_only_more_repeats():
    with_check = [simulate(seed) for seed in range(60)]
    subject = msgspec.structs.replace(EXERCISE, owner=WithoutTailCheck)
    without = [simulate(seed, subject) for seed in range(60)]

    assert sum(t.repeats for t in without) > sum(t.repeats for t in with_check)
