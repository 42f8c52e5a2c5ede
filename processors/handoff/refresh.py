"""Testing a connection: looks at everything, asks the hub, reports, and changes nothing."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.handoff import warnings as looks
from processors.handoff.deliveries import HEALTH, owe_health
from processors.handoff.settings import BUILT_IN
from processors.handoff.state import Making
from processors.machine import Outcome
from processors.views.handoff import (
    ConnectionTestView,
    ConnectionView,
    DeliveryView,
    delivery_key,
)
from schemas.records.handoff import ConnectionTested, RefreshConnection

TIMER: Final = f"{HEALTH}/"
"""What the names of timers begin with that end a test whose hub does not answer."""


def refresh(making: Making, command: RefreshConnection) -> Outcome:
    """Return the report, or a running test when the hub is to be asked."""
    bot_id = command.bot_id
    connection = making.state.connections.get(bot_id)
    if connection is None:
        because = f"bot {bot_id} has no connection to test: enable one first"
        return making.refused("handoff.not_enabled", because)
    running = making.state.tests.get(bot_id)
    if running is not None and running.test_id == command.test_id:
        return Outcome(making.state)
    if command.is_transfer_test and not looks.is_published(making, bot_id):
        return making.refused("handoff.bot_unpublished", looks.unpublished(bot_id))
    if command.is_transfer_test and connection.state != "connected":
        because = f"bot {bot_id} cannot transfer: its connection is {connection.state}"
        return making.refused("handoff.not_connected", because)
    if running is not None and running.state == "running":
        _forget(making, running)
    findings, is_good = _look(making, connection)
    test = ConnectionTestView(
        bot_id=bot_id,
        test_id=command.test_id,
        is_transfer_test=command.is_transfer_test,
        state="running" if is_good else "bad",
        findings=tuple(findings),
        at_ms=making.at.now_ms,
    )
    is_asked = connection.state == "connected" and connection.hub != BUILT_IN
    if is_asked:
        making.state.tests.put(bot_id, replace(test, state="running"))
        owe_health(making, connection, command.test_id)
        due_ms = making.at.now_ms + making.settings.health_within_ms
        making.set_timer(TIMER + command.test_id, due_ms)
        return making.outcome()
    _report(making, test, is_good=is_good)
    return making.outcome()


def answered(making: Making, row: DeliveryView) -> None:
    """End the test that a health delivery belongs to, once that has settled."""
    test = making.state.tests.get(row.bot_id or "")
    if row.state not in {"sent", "dead"}:
        return
    making.state.deliveries.drop(delivery_key(row.delivery_id))
    if test is None or test.state != "running" or _asked_by(row) != test.test_id:
        return
    making.set_timer(TIMER + test.test_id, None)
    is_there = row.state == "sent"
    found = f"{row.hub} answers" if is_there else f"{row.hub} does not answer: {row.last_error}"
    _end(making, test, found, is_there=is_there)


def overdue(making: Making, test_id: str) -> Outcome:
    """Return the end of a test whose hub did not answer in time."""
    for test in making.state.tests.values():
        if test.test_id == test_id and test.state == "running":
            making.state.deliveries.drop(delivery_key(f"{HEALTH}/{test_id}/000001"))
            limit_ms = making.settings.health_within_ms
            _end(making, test, f"no answer came within {limit_ms:,} ms", is_there=False)
            return making.outcome()
    return Outcome(making.state)


def _asked_by(row: DeliveryView) -> str:
    """Return which test a health delivery belongs to."""
    return row.delivery_id.removeprefix(TIMER).rpartition("/")[0]


def _look(making: Making, connection: ConnectionView) -> tuple[list[str], bool]:
    settings, bot_id = making.settings, connection.bot_id
    findings = [f"the connection to {connection.hub} is {connection.state}"]
    lacks = list(connection.missing)
    if connection.environment is not None:
        found = looks.missing_there(settings, bot_id, connection.hub, connection.environment)
        lacks += [lack.because for lack in found if lack.because not in lacks]
    if not looks.is_published(making, bot_id) and looks.unpublished(bot_id) not in lacks:
        lacks.append(looks.unpublished(bot_id))
    if looks.invalid_of(settings, connection):
        lacks.append(looks.invalid_words(settings, connection))
    findings += lacks
    findings += looks.warned(settings, connection).notes
    return findings, connection.state == "connected" and not lacks


def _end(making: Making, test: ConnectionTestView, found: str, *, is_there: bool) -> None:
    connection = making.state.connections.get(test.bot_id)
    is_good = is_there and connection is not None and _look(making, connection)[1]
    _report(making, replace(test, findings=(*test.findings, found)), is_good=is_good)


def _report(making: Making, test: ConnectionTestView, *, is_good: bool) -> None:
    over = replace(test, state="good" if is_good else "bad", at_ms=making.at.now_ms)
    making.state.tests.put(test.bot_id, over)
    making.emit(
        ConnectionTested,
        bot_id=test.bot_id,
        test_id=test.test_id,
        is_transfer_test=test.is_transfer_test,
        is_good=is_good,
        findings=over.findings,
    )


def _forget(making: Making, running: ConnectionTestView) -> None:
    """Give up a test that another one overtakes."""
    making.state.deliveries.drop(delivery_key(f"{HEALTH}/{running.test_id}/000001"))
    making.set_timer(TIMER + running.test_id, None)
