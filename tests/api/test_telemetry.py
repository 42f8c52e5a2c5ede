"""Metrics and logs: bounded, in base units, and silent about what people said."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from streams.telemetry import logs
from streams.telemetry.metrics import METRICS, Metrics


def test_every_metric_of_the_table_is_exposed_under_its_name():
    metrics = Metrics()
    for plan in METRICS:
        instrument = getattr(metrics, plan.attribute)
        child = instrument.labels(*(["x"] * len(plan.labels))) if plan.labels else instrument
        if plan.kind == "histogram":
            child.observe(0.5)
        else:
            child.inc()
    exposed = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(metrics.render().decode())
    }
    assert {plan.exposed_name for plan in METRICS} <= exposed


def test_names_follow_the_conventions():
    for plan in METRICS:
        assert re.fullmatch(r"cuestream_[a-z][a-z0-9_]*", plan.exposed_name)
        assert not re.search(r"_(ms|millis|minutes|kb|mb)(_|$)", plan.name)
        assert plan.says.endswith(".")
        assert not set(plan.labels) & {"conversation", "user", "tenant", "key", "id"}
        if plan.kind == "histogram":
            assert list(plan.buckets) == sorted(plan.buckets)
    assert len({plan.name for plan in METRICS}) == len(METRICS)
    annotated = {name for name in Metrics.__annotations__ if name != "registry"}
    assert annotated == {plan.attribute for plan in METRICS}


def test_two_workers_in_one_process_count_apart():
    one, two = Metrics(), Metrics()
    one.flushes.labels("conversation").inc()
    name = ("cuestream_flushes_total", {"processor": "conversation"})
    assert one.registry.get_sample_value(*name) == 1
    assert two.registry.get_sample_value(*name) is None


@pytest.fixture
def _logging_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("_logging_put_back")
def test_a_machine_gets_one_json_object_a_line_from_us_and_from_libraries():
    stream = io.StringIO()
    logs.configure(stream=stream)
    logs.logger("ours").info("ready", partitions=4)
    logging.getLogger("theirs").warning("slow %s", "broker", extra={"seconds": 2})
    ours, theirs = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert (ours["event"], ours["level"], ours["partitions"]) == ("ready", "info", 4)
    assert (theirs["event"], theirs["logger"], theirs["seconds"]) == ("slow broker", "theirs", 2)
    assert ours["timestamp"].endswith("Z")


@pytest.mark.usefixtures("_logging_put_back")
@pytest.mark.parametrize("is_json", [True, False])
def test_what_people_said_and_what_opens_doors_is_withheld(is_json: bool):
    stream = io.StringIO()
    logs.configure(stream=stream, is_json=is_json)
    withheld = {
        "text": "canary",
        "card": "canary",
        "access_token": "canary",
        "Authorization": "canary",
        "jwt_secret": "canary",
        "customer_name": "canary",
    }
    logs.logger("ours").info("said", **withheld)
    logging.getLogger("theirs").warning("said", extra=withheld)
    try:
        fail(withheld["text"])
    except ValueError:
        logs.logger("ours").exception("failed")
    assert "canary" not in stream.getvalue()
    assert stream.getvalue().count("[withheld]") == 2 * len(withheld)
    assert "ValueError: 6" in stream.getvalue()


def fail(text: str) -> None:
    """Raise with something private in a local variable."""
    raise ValueError(len(text))
