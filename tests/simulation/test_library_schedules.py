"""A library under the simulator: whatever crashes or overlaps, it comes out as in a quiet run."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from processors.library.state import IntentLibrary
from processors.machine import RowReader
from processors.views import library as views
from schemas import codec
from schemas.records import library
from streams.replay.libraries import LIBRARIES
from streams.replay.simulator import Simulation, Tally, simulate
from tests.simulation.test_planted_faults import ChangelogBeforeOutputs, MarkerBeforeStates, reds


def run(first: int, count: int, partitions: int = 1) -> list[Tally]:
    return [
        simulate(seed, LIBRARIES, partitions=partitions) for seed in range(first, first + count)
    ]


def test_a_library_comes_out_the_same_under_every_schedule() -> None:
    tallies = run(0, 24)

    assert sum(tally.crashes for tally in tallies) > 24
    assert sum(tally.moves for tally in tallies) > 24
    assert sum(tally.compacted_away for tally in tallies) > 24


def test_partitions_do_not_get_into_each_others_way() -> None:
    run(70_000, 8, partitions=3)


def test_the_schedules_reach_what_happens_to_libraries() -> None:
    seen: Counter[str] = Counter()
    for seed in range(24):
        simulation = Simulation(seed, LIBRARIES)
        simulation.run()
        for topic in LIBRARIES.processor.derives:
            for record in simulation.broker.partition(topic, 0).read():
                assert record.value is not None
                event = codec.decode(record.value)
                seen[type(event).__name__] += 1
                if isinstance(event, library.MiningEnded):
                    seen[event.state] += 1
                if isinstance(event, library.MiningRequested) and event.is_daily:
                    seen["daily"] += 1
    for reached in (
        *("IntentChanged", "IntentDiscovered", "IntentRetired", "IntentsMerged", "IntentRenamed"),
        *("GroupChanged", "LibrarySettingsChanged", "LibraryPublished", "PublicationEnded"),
        *("MiningRequested", "done", "failed", "daily"),
    ):
        assert seen[reached] > 0, f"no schedule had {reached}: {seen}"


@pytest.mark.parametrize("fault", [ChangelogBeforeOutputs, MarkerBeforeStates])
def test_a_fault_in_the_commit_protocol_turns_the_simulator_red(fault: type) -> None:
    assert reds(msgspec.structs.replace(LIBRARIES, owner=fault), 60)


def test_a_library_that_forgets_which_commands_it_took_turns_the_simulator_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(key: bytes, read: RowReader) -> IntentLibrary:
        return opened(key, lambda table: () if table == views.COMMAND else read(table))

    opened = IntentLibrary.opened
    monkeypatch.setattr(IntentLibrary, "opened", forgetful)

    assert reds(LIBRARIES, 200)


def test_a_library_that_remembers_more_than_its_rows_turns_the_simulator_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As if an intent's count stood in memory alone: a restart forgets it."""

    def forgetful(key: bytes, read: RowReader) -> IntentLibrary:
        made = opened(key, read)
        for own, intent in made.intents.items():
            made.intents.put(own, msgspec.structs.replace(intent, lineage=intent.lineage[-1:]))
        made.changes()
        return made

    opened = IntentLibrary.opened
    monkeypatch.setattr(IntentLibrary, "opened", forgetful)

    assert reds(LIBRARIES, 60)
