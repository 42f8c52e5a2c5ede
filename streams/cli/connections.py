"""`cuestream connections`: where bots hand off to, set up step by step."""

from __future__ import annotations

import getpass
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import connection_options, find

if TYPE_CHECKING:
    from streams.settings import Kafka

ACKNOWLEDGEMENT_S: Final = 15.0
ANSWER_S: Final = 15.0
"""How long the processor may take to say what became of a command."""
TEST_S: Final = 90.0
"""How long a test may take whose hub is asked."""
ADMINISTRATOR: Final = ("administrator",)

F = TypeVar("F", bound=Callable[..., Any])


def on_bot(function: F) -> F:
    """Add the bot and what every verb has that changes a connection."""
    decorators = (
        click.argument("bot_id", metavar="BOT"),
        click.option("--tenant", default="demo", show_default=True, help="Whose bot it is."),
        click.option("--by", help="Who asks.  [default: the user of this terminal]"),
        connection_options,
    )
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


@click.group(name="connections")
def command() -> None:
    """Set up where bots hand off to. Each verb says what happened, or why not."""


@command.command(name="list")
@click.option("--tenant", default="demo", show_default=True, help="Whose bots.")
@connection_options
def list_(*, tenant: str, bootstrap_servers: str | None, data_dir: Path | None) -> None:
    """List the connections as they were last told."""
    from schemas.records.handoff import BotPublicationChanged, ConnectionChanged  # noqa: PLC0415
    from streams.client import Follower, Received  # noqa: PLC0415
    from streams.topics import HANDOFF_STATUS  # noqa: PLC0415

    kafka = find(bootstrap_servers, data_dir).kafka
    newest: dict[str, Any] = {}
    published: dict[str, bool] = {}
    with Follower(
        kafka, [HANDOFF_STATUS], start="earliest", tenant=tenant, stop_at_end=True
    ) as follower:
        for item in follower:
            if isinstance(item, Received) and isinstance(item.record, ConnectionChanged):
                newest[item.record.bot_id] = item.record
            elif isinstance(item, Received) and isinstance(item.record, BotPublicationChanged):
                published[item.record.bot_id] = item.record.is_published
    for bot_id in sorted({*newest, *published}):
        known = newest.get(bot_id)
        line = f"{bot_id}  not_enabled" if known is None else _line(known)
        told = published.get(bot_id)
        click.echo(line if told is None else f"{line}  {'' if told else 'un'}published")
    click.echo(f"{len(newest):,} connections", err=True)


@command.command()
@on_bot
@click.option("--hub", help="Hub of handoff.settings.  [default: the one where the bot lives]")
def enable(*, hub: str | None, **asked: Any) -> None:
    """Enable the connection of BOT; in its hub's own environment it is connected at once."""
    from schemas.records.handoff import EnableConnection  # noqa: PLC0415

    _do(EnableConnection, asked, hub=hub)


@command.command()
@on_bot
@click.argument("environment")
def environment(*, environment: str, **asked: Any) -> None:
    """Choose the ENVIRONMENT that takes the conversations of BOT."""
    from schemas.records.handoff import ChooseEnvironment  # noqa: PLC0415

    _do(ChooseEnvironment, asked, environment=environment)


@command.command()
@on_bot
@click.argument("application_id", metavar="APPLICATION")
def application(*, application_id: str, **asked: Any) -> None:
    """Give the id of the APPLICATION through which BOT is called."""
    from schemas.records.handoff import GiveApplication  # noqa: PLC0415

    _do(GiveApplication, asked, application_id=application_id)


@command.command()
@on_bot
def add(**asked: Any) -> None:
    """Connect BOT: the last step."""
    from schemas.records.handoff import AddBot  # noqa: PLC0415

    _do(AddBot, asked)


@command.command()
@on_bot
def disconnect(**asked: Any) -> None:
    """Take BOT out of its environment; what it serves goes to representatives."""
    from schemas.records.handoff import DisconnectBot  # noqa: PLC0415

    _do(DisconnectBot, asked)


@command.command()
@on_bot
def disable(**asked: Any) -> None:
    """Stop all traffic of BOT; what was set up stays known."""
    from schemas.records.handoff import DisableConnection  # noqa: PLC0415

    _do(DisableConnection, asked)


@command.command()
@on_bot
@click.option("--transfer", is_flag=True, help="Test a transfer from end to end.")
def refresh(*, transfer: bool, **asked: Any) -> None:
    """Test the connection of BOT; nothing changes."""
    from schemas.records.handoff import RefreshConnection  # noqa: PLC0415

    test_id = f"test-{uuid.uuid4().hex[:12]}"
    _do(RefreshConnection, asked, TEST_S, test_id=test_id, is_transfer_test=transfer)


@command.command()
@on_bot
@click.argument("choice", type=click.Choice(["on", "off"]))
def voice(*, choice: str, **asked: Any) -> None:
    """Turn voice on or off for the whole of BOT."""
    from schemas.records.handoff import SwitchVoice  # noqa: PLC0415

    _do(SwitchVoice, asked, is_on=choice == "on")


@command.command()
@on_bot
def publish(**asked: Any) -> None:
    """Note that BOT is published."""
    from schemas.records.handoff import BotPublished  # noqa: PLC0415

    _do(BotPublished, asked)


@command.command()
@on_bot
def unpublish(**asked: Any) -> None:
    """Note that BOT is no longer published."""
    from schemas.records.handoff import BotUnpublished  # noqa: PLC0415

    _do(BotUnpublished, asked)


@command.command()
@on_bot
def export(**asked: Any) -> None:
    """Note that BOT was exported from this environment; prints the number of the export."""
    from schemas.records.handoff import ExportBot  # noqa: PLC0415

    _do(ExportBot, asked)


@command.command(name="import")
@on_bot
@click.argument("source", metavar="SOURCE")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--without-hand-off", is_flag=True, help="Hand-off was not on in the exported bot.")
@click.option("--old", is_flag=True, help="SOURCE has changed since; counts when it is not ours.")
@click.option("--layers", is_flag=True, help="Unmanaged layers lie over the imported solution.")
def import_(
    *, source: str, number: int, without_hand_off: bool, old: bool, layers: bool, **asked: Any
) -> None:
    """Note that export NUMBER of SOURCE was imported as BOT; says what will be shown."""
    from schemas.records.handoff import ImportBot  # noqa: PLC0415

    _do(
        ImportBot,
        asked,
        source_bot_id=source,
        number=number,
        had_capabilities=not without_hand_off,
        is_newest=not old,
        has_unmanaged_layers=layers,
    )


def _do(
    record: type[Any], asked: dict[str, Any], patience_s: float = ANSWER_S, /, **fields: Any
) -> None:
    """Append a command, and say what became of it."""
    from schemas import catalogue  # noqa: PLC0415

    kafka = find(asked["bootstrap_servers"], asked["data_dir"]).kafka
    named = {
        "tenant": asked["tenant"],
        "occurred_at_ms": time.time_ns() // 1_000_000,
        "bot_id": asked["bot_id"],
        **fields,
    }
    if "roles" in record.__struct_fields__:
        # Whoever may write to the log is its administrator.
        named |= {"roles": ADMINISTRATOR, "commanded_by": asked["by"] or getpass.getuser()}
    given = record(**named)
    catalogue.check(given)
    for line in tell(kafka, given, patience_s):
        click.echo(line)


def tell(kafka: Kafka | str, given: Any, patience_s: float) -> list[str]:
    """Append a command and return what happened, a sentence each.

    Raises:
        NotDoneError: It was refused, or nobody answered.
        ClientError: Kafka cannot be written or read.
    """
    from schemas.records.control import InputRejected  # noqa: PLC0415
    from schemas.records.handoff import ConnectionTested, RefreshConnection  # noqa: PLC0415
    from streams.client import Follower, Producer, Received  # noqa: PLC0415
    from streams.topics import HANDOFF_STATUS, REJECTIONS  # noqa: PLC0415

    topics = [HANDOFF_STATUS, REJECTIONS]
    with (
        Follower(kafka, topics, start="latest", tenant=given.tenant) as follower,
        Producer(kafka, source="/cli/connections") as producer,
    ):
        receipt = producer.send(given).result(timeout=ACKNOWLEDGEMENT_S)
        cause = f"{receipt.topic}/{receipt.partition}/{receipt.offset}"
        lines: list[str] = []
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            # All that follows from one input is sent together: once some is here, the rest is.
            item = follower.take(timeout_s=0.3 if lines else max(0.1, deadline - time.monotonic()))
            if item is None and lines:
                return lines
            if not isinstance(item, Received):
                continue
            found = item.record
            if isinstance(found, InputRejected):
                where = (found.log, found.partition, found.offset)
                if where == (receipt.topic, receipt.partition, receipt.offset):
                    raise NotDoneError(found.because)
            elif isinstance(given, RefreshConnection):
                if isinstance(found, ConnectionTested) and found.test_id == given.test_id:
                    return _sentences(found)
            elif found.causation_id == cause:
                lines += _sentences(found)
    if lines:
        return lines
    raise NotDoneError(
        f"nothing came of {cause} within {patience_s:.0f} s: either it was so already, or no "
        "worker runs. See: cuestream connections list"
    )


def _sentences(event: Any) -> list[str]:
    """Return what an event says, a line each."""
    say = _SAID.get(type(event).__name__)
    return [f"{type(event).__name__} of {event.bot_id}"] if say is None else say(event)


def _changed(event: Any) -> list[str]:
    lines = [f"{_line(event)}: {event.because}"]
    lines += [f"  warning: {name.replace('_', ' ')}" for name in event.warnings]
    return lines + [f"  missing: {because}" for because in event.missing]


def _tested(event: Any) -> list[str]:
    state = "good" if event.is_good else "bad"
    return [f"{event.bot_id}  {state}", *(f"  {found}" for found in event.findings)]


def _imported(event: Any) -> list[str]:
    shown = f"{event.message}: {event.advice}" if event.message else "nothing is shown"
    return [f"{event.bot_id}  imported: {shown}"]


_SAID: Final[dict[str, Callable[[Any], list[str]]]] = {
    "ConnectionChanged": _changed,
    "ConnectionTested": _tested,
    "ConnectionInvalid": lambda event: [f"{event.bot_id}  {event.reason}: {event.because}"],
    "TeamsChannelEnabled": lambda event: [f"{event.bot_id}  its Teams channel was turned on"],
    "InstanceDetected": lambda event: [
        f"{event.bot_id}  {event.hub} was found in {event.environment}"
    ],
    "BotPublicationChanged": lambda event: [
        f"{event.bot_id}  {'' if event.is_published else 'un'}published"
    ],
    "BotExported": lambda event: [
        f"{event.bot_id}  export {event.number}, hand-off "
        + ("on" if event.had_capabilities else "off")
    ],
    "BotImported": _imported,
    "HandoffProgressed": lambda event: [f"{event.conversation_id}  {event.state}: {event.because}"],
}
"""Event to what is said of it."""


def _line(event: Any) -> str:
    parts = (event.bot_id, event.state, event.hub, event.environment, event.application_id)
    return "  ".join(part for part in parts if part) + ("  voice" if event.is_voice else "")
