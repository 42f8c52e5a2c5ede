"""Hand-offs on real Kafka while workers are killed: a small storm of the kind ops lets loose."""

from pathlib import Path

import pytest

from ops.chaos.handoffs import run_handoffs


@pytest.mark.kafka
@pytest.mark.timeout(300)
def test_after_kills_every_customer_was_served_by_one_side_and_every_hub_heard_once(
    tmp_path: Path,
) -> None:
    found, deeds, faults = run_handoffs(handoffs=60, rounds=3, seed=4, folder=tmp_path)

    assert faults == []
    assert deeds["kills"] >= 1
    assert found.handoffs == 60
    assert (found.lost, found.double_owners, found.late_turns_delivered) == (0, 0, 0)
    assert found.late_turns_sent > 20
    assert (found.hub_doubled, found.hub_missing) == (0, 0)
    assert found.hub_effects > 10
    assert found.verdict.difference is None
    assert found.is_good
