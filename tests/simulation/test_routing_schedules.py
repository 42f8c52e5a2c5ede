"""Routing under the simulator: whatever crashes or overlaps, decisions are those of a quiet run."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from processors.machine import RowReader
from processors.routing.pool import Pool
from schemas import codec
from schemas.records import conversation, routing
from streams.replay.pools import POOLS
from streams.replay.simulator import Simulation, Tally, simulate
from tests.simulation.test_planted_faults import ChangelogBeforeOutputs, reds

BLOCK = 40


def run(first: int, count: int, partitions: int = 1) -> list[Tally]:
    return [simulate(seed, POOLS, partitions=partitions) for seed in range(first, first + count)]


@pytest.mark.parametrize("block", range(8))
def test_a_pool_comes_out_the_same_under_every_schedule(block: int) -> None:
    tallies = run(block * BLOCK, BLOCK)

    assert sum(tally.crashes for tally in tallies) > BLOCK
    assert sum(tally.moves for tally in tallies) > BLOCK
    assert sum(tally.compacted_away for tally in tallies) > BLOCK


def test_what_goes_into_other_logs_arrives_once_from_every_partition() -> None:
    tallies = run(70_000, 60, partitions=3)

    assert sum(tally.repeats for tally in tallies) > 0


def test_the_schedules_reach_what_routing_does() -> None:
    seen: Counter[str] = Counter()
    for seed in range(20):
        simulation = Simulation(seed, POOLS)
        simulation.run()
        for topic in (*POOLS.processor.derives, *POOLS.processor.feeds):
            for record in simulation.broker.partition(topic, 0).read():
                assert record.value is not None
                seen[type(codec.decode(record.value)).__name__] += 1
    for reached in (
        routing.OfferMade,
        routing.OfferClosed,
        routing.ItemClosed,
        routing.PoolReviewed,
        routing.AssignmentDecided,
        routing.PresenceChanged,
        conversation.OwnershipMoved,
        conversation.RepresentativeAccepted,
        conversation.ConversationEnded,
    ):
        assert seen[reached.__name__] > 0, f"no schedule had {reached.__name__}"


def test_a_pool_that_knows_more_than_its_rows_turns_the_simulator_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(key: bytes, read: RowReader) -> Pool:
        pool = opened(key, read)
        pool._turns.clear()
        return pool

    opened = Pool.opened
    monkeypatch.setattr(Pool, "opened", forgetful)

    assert reds(POOLS, 60)


def test_decisions_that_are_committed_before_they_are_said_turn_the_simulator_red() -> None:
    subject = msgspec.structs.replace(POOLS, owner=ChangelogBeforeOutputs)

    (failure,) = reds(subject, 60)

    assert "outputs lost" in failure
