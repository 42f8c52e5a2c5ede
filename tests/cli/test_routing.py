"""`cuestream routing`: faults are said; a new version reaches routing before the review does."""

import json
from pathlib import Path

import pytest

import streams.demo
from processors.routing.setup import SETUP
from schemas.records.control import ReferenceChanged
from schemas.records.routing import ReviewPool
from streams.client import Follower, Received
from streams.topics import ROUTING_LOG
from tests.cli.conftest import Run

DEMO = Path(streams.demo.__file__).parent / "routing.json"


def test_check_says_what_a_file_sets_up(run: Run):
    shown = run("routing", "check", DEMO)
    assert shown.exit_code == 0
    assert "workstream chat: messaging, push, bot shop-bot first" in shown.output
    assert "queue phone: voice, 2 members, least active, Phone hours" in shown.output


def test_check_says_the_field_that_is_wrong(run: Run, tmp_path: Path):
    file = tmp_path / "routing.json"
    file.write_text(json.dumps({"queues": [{"id": "q", "kind": "voice", "members": ["ghost"]}]}))
    shown = run("routing", "check", file)
    assert shown.exit_code == 1
    assert "routing.setup: queues[0].members[0]: there is no representative 'ghost'" in shown.output


@pytest.mark.kafka
def test_publishing_announces_the_version_and_then_has_the_pool_looked_at(
    run: Run, cluster: tuple[str, str], tenant: str, tmp_path: Path
):
    file = tmp_path / "routing.json"
    content = {"workstreams": [{"id": "w", "kind": "messaging", "mode": "push"}]}
    file.write_text(json.dumps(content))
    assert run("routing", "show", "--tenant", tenant, *cluster).exit_code == 1

    done = run("routing", "publish", file, "--tenant", tenant, *cluster)
    assert done.exit_code == 0, done.output
    digest = done.output.strip()
    shown = run("routing", "show", "--tenant", tenant, *cluster)
    assert f"version {digest}" in shown.output
    assert "workstream w: messaging, push" in shown.output
    itself = run("routing", "show", "--tenant", tenant, "--content", *cluster)
    assert itself.output == file.read_text()

    records: dict[int, list[object]] = {}
    with Follower(
        cluster[1], [ROUTING_LOG], start="earliest", tenant=tenant, stop_at_end=True
    ) as items:
        for item in items:
            assert isinstance(item, Received)
            records.setdefault(item.partition, []).append(item.record)
    reviewed = [found for found in records.values() if isinstance(found[-1], ReviewPool)]
    assert len(reviewed) == 1
    (changed, review) = reviewed[0]
    assert isinstance(changed, ReferenceChanged)
    assert (changed.reference, changed.digest) == (SETUP, digest)
    assert isinstance(review, ReviewPool)

    content["workstreams"][0]["mode"] = "pick"
    file.write_text(json.dumps(content))
    refused = run("routing", "publish", file, "--tenant", tenant, *cluster)
    assert refused.exit_code == 1
    assert "it is push for ever and cannot become pick" in refused.output
    assert digest in run("routing", "show", "--tenant", tenant, *cluster).output
