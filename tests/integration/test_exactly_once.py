"""Exactly once, proven on real Kafka: a small storm of the kind `make chaos` lets loose at will."""

from pathlib import Path

import pytest

from ops.chaos import run_storm


@pytest.mark.kafka
@pytest.mark.timeout(240)
def test_after_kills_pauses_joins_and_a_broker_kill_tables_and_outputs_are_the_undisturbed_ones(
    tmp_path: Path,
):
    verdict, deeds, faults = run_storm(rounds=6, seed=11, conversations=60, folder=tmp_path)

    assert faults == []
    assert deeds["kills"] >= 5
    assert deeds["broker_kills"] == 1
    assert verdict.inputs > 700
    assert verdict.outputs > 100
    assert verdict.markers_checked > 20
    assert verdict.difference is None
    assert (verdict.lost, verdict.doubled, verdict.differing_keys) == (0, 0, 0)
