"""Fixed seeds of the simulator; fresh ones run with `python -m ops soak`."""

from __future__ import annotations

import pytest

from streams.replay.dialogues import DIALOGUES
from streams.replay.simulator import BARE_EXERCISE, EXERCISE, WIDE_EXERCISE, Tally, simulate

BLOCK = 100


def run(first: int, count: int, subject=EXERCISE, partitions: int = 1) -> list[Tally]:
    return [simulate(seed, subject, partitions=partitions) for seed in range(first, first + count)]


@pytest.mark.parametrize("block", range(16))
def test_whatever_crashes_or_overlaps_tables_and_outputs_are_those_of_an_undisturbed_run(block):
    tallies = run(block * BLOCK, BLOCK)

    assert sum(tally.crashes for tally in tallies) > BLOCK
    assert sum(tally.compacted_away for tally in tallies) > BLOCK


@pytest.mark.parametrize("block", range(4))
def test_the_kernels_short_way_comes_to_the_same(block):
    run(block * BLOCK, BLOCK, BARE_EXERCISE)


@pytest.mark.parametrize("block", range(6))
def test_a_wide_state_comes_to_the_same_whatever_raised_in_the_middle_of_it(block):
    run(block * BLOCK, BLOCK, WIDE_EXERCISE)


@pytest.mark.parametrize("block", range(5))
def test_conversations_come_out_the_same_under_every_schedule(block):
    tallies = run(block * 40, 40, DIALOGUES)

    assert sum(tally.moves for tally in tallies) > 40


def test_partitions_do_not_get_into_each_others_way():
    run(50_000, 60, partitions=3)


def test_the_schedules_reach_everything_that_can_go_wrong():
    tallies = run(0, 250)

    def total(name: str) -> int:
        return sum(getattr(tally, name) for tally in tallies)

    for name in Tally.__struct_fields__[1:]:
        assert total(name) > 0, f"no schedule had {name.replace('_', ' ')}"


@pytest.mark.parametrize(
    "seed",
    [4_332, 11_251],
    ids=["recovery-killed-amid-compaction", "claim-kept-before-its-markers"],
)
def test_seeds_that_once_found_a_hole_stay_green(seed):
    simulate(seed)


def test_a_seed_gives_the_same_schedule_every_time():
    assert simulate(7) == simulate(7)
