"""`cuestream connections` against a worker: each verb says what happened, or why not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.bench.stage import WorkerUnderTest
from processors.handoff.settings import HANDOFF_SETTINGS
from streams.reference_publication import publish_reference
from streams.settings import Kafka
from tests.cli.conftest import Run

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

LICENSED = {"is_bot_licensed": True, "is_hub_licensed": True}
SETTINGS = {
    "hubs": {"dynamics": {"kind": "dynamics365"}},
    "environments": {
        "bots": {"region": "Europe", **LICENSED},
        "crm": {"region": "Europe", "hub": "dynamics", "is_provisioned": True, **LICENSED},
        "empty": {"region": "Europe", "hub": "dynamics"},
    },
    "applications": {"app": {"name": "Lamps"}},
    "bots": {"lamps": {"environment": "bots"}},
}


@pytest.fixture
def worker(
    cluster: tuple[str, str], kafka_settings: Kafka, tmp_path: Path
) -> Iterator[WorkerUnderTest]:
    with WorkerUnderTest(kafka_settings, tmp_path) as running:
        running.await_ready()
        yield running


@pytest.mark.rule("HO-06")
@pytest.mark.rule("HO-09")
@pytest.mark.rule("TR-12")
def test_a_bot_is_connected_step_by_step_and_a_refusal_is_a_sentence(
    run: Run,
    cluster: tuple[str, str],
    tenant: str,
    kafka_settings: Kafka,
    worker: WorkerUnderTest,
):
    content = json.dumps(SETTINGS).encode()
    publish_reference(kafka_settings, HANDOFF_SETTINGS, content, tenant=tenant, label="test")

    def said(verb: str, *words: str) -> str:
        done = run("connections", verb, *words, "--tenant", tenant, *cluster)
        assert done.exit_code == 0, done.output
        return done.output

    assert "lamps  published" in said("publish", "lamps")
    assert "lamps  enabled  dynamics" in said("enable", "lamps", "--hub", "dynamics")
    refused = run("connections", "environment", "lamps", "empty", "--tenant", tenant, *cluster)
    assert refused.exit_code == 1
    assert "dynamics is not set up in environment empty" in refused.output
    assert "trial" in refused.output
    assert "environment_chosen  dynamics  crm" in said("environment", "lamps", "crm")
    assert "application_given" in said("application", "lamps", "app")
    added = said("add", "lamps")
    assert "its Teams channel was turned on" in added
    assert "lamps  connected  dynamics  crm  app" in added
    assert "warning: extensions missing" in added
    assert "lamps  connected  dynamics  crm  app  published" in said("list")
    assert "export 1, hand-off on" in said("export", "lamps")
    assert "nothing is shown" in said("import", "lamps-test", "lamps", "1")
    assert "lamps  disconnected" in said("disconnect", "lamps")
    assert "lamps  bad" in said("refresh", "lamps")
