"""`cuestream bots`: check, try, publish and unpublish the self-service bots."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from streams.cli.content import read_content
from streams.cli.errors import NotDoneError
from streams.cli.target import common_options, connection_options, find
from streams.reference_publication import (
    publish_reference,
    published_reference,
)

if TYPE_CHECKING:
    from processors.dialogue.bots import Bot, Bots
    from processors.intents.loading import Library
    from schemas.records.control import ReferenceArtefact
    from streams.settings import Kafka

REFERENCE_NAME = "dialogue.bots"
"""As `processors.dialogue.bots.BOTS`; named here so that `--help` need not load it."""


@click.group(name="bots", help="Publish, check and try the self-service bots.")
def command() -> None:
    """Only groups."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tenant", default="demo", show_default=True, help="Whose they are.")
@click.option("--label", help="Name for this version.  [default: the file's name]")
@connection_options
def publish(
    *,
    file: Path,
    tenant: str,
    label: str | None,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Check FILE (YAML) and make its bots those that answer from now on.

    A bot with `published: false` answers nobody. Prints the digest of the version.
    """
    content = read_content(file)
    target = find(bootstrap_servers, data_dir)
    digest = publish_reference(
        target.kafka, REFERENCE_NAME, content, tenant=tenant, label=label or file.name
    )
    click.echo(digest)


@command.command()
@click.argument("bot_id", metavar="BOT")
@click.option("--tenant", default="demo", show_default=True, help="Whose it is.")
@connection_options
def unpublish(
    *, bot_id: str, tenant: str, bootstrap_servers: str | None, data_dir: Path | None
) -> None:
    """Let BOT answer nobody from now on; the others go on.

    Prints the digest of the new version, which is the last one with one word changed.
    """
    from processors.dialogue.publishing import with_published  # noqa: PLC0415

    target = find(bootstrap_servers, data_dir)
    artefact = _last(target.kafka, tenant)
    content = with_published(artefact.content, bot_id, is_published=False)
    if content == artefact.content:
        raise NotDoneError(f"{bot_id} is not published already; nothing was changed")
    digest = publish_reference(
        target.kafka, REFERENCE_NAME, content, tenant=tenant, label=f"{bot_id} unpublished"
    )
    click.echo(digest)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@common_options
def check(*, file: Path) -> None:
    """Say what the bots of FILE (YAML) are, or the first thing that is wrong; publish nothing."""
    for line in summary(_load(read_content(file))):
        click.echo(line)


@command.command(name="list")
@click.option("--tenant", default="demo", show_default=True, help="Whose they are.")
@click.option("--content", "as_content", is_flag=True, help="Print the published file itself.")
@connection_options
def list_(
    *, tenant: str, as_content: bool, bootstrap_servers: str | None, data_dir: Path | None
) -> None:
    """Say which bots were published last."""
    target = find(bootstrap_servers, data_dir)
    artefact = _last(target.kafka, tenant)
    if as_content:
        click.echo(artefact.content.decode(), nl=False)
        return
    click.echo(f"version {artefact.digest}")
    for line in summary(_load(artefact.content)):
        click.echo(line)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--bot", "bot_id", metavar="BOT", help="Which bot.  [default: the only one]")
@click.option("--voice", is_flag=True, help="As if it were a call.")
@click.option("--name", help="The customer's name.")
@click.option("--locale", default="en", show_default=True, help="The customer's language.")
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="A variable known before."
)
@click.option("--why", is_flag=True, help="Say after each answer how it came to be.")
@click.option(
    "--library",
    "library_at",
    type=click.Path(path_type=Path),
    help="Folder with the library.json of intents to interview with.",
)
@common_options
def talk(  # noqa: PLR0913  # click passes an option each
    *,
    file: Path,
    bot_id: str | None,
    voice: bool,
    name: str | None,
    locale: str,
    given: tuple[str, ...],
    why: bool,
    library_at: Path | None,
) -> None:
    """Try a bot of FILE (YAML) here, without Kafka; it need not be published.

    Type what a customer would say. After a hand-off, /back lets the human part end and /failed
    WORDS lets it fail. /why, /variables, and /quit or the end of input.

    Without --library a bot that interviews does so as where no library is in force. Of a library
    that marks no intent for bots, all are used here.
    """
    from streams.cli.bot_trial import Trial  # noqa: PLC0415

    bot = _chosen(_load(read_content(file)), bot_id)
    trial = Trial(
        bot,
        now_ms=lambda: time.time_ns() // 1_000_000,
        variables=dict(_variable(one) for one in given),
        is_voice=voice,
        customer_name=name,
        locale=locale,
        says_why=why,
    )
    trial.library = _library(library_at)
    for line in trial.begin():
        click.echo(line)
    words = click.get_text_stream("stdin")
    while not trial.is_over:
        click.echo("> ", nl=False)
        text = words.readline()
        if not text:
            break
        for line in trial.take(text.strip()):
            click.echo(line)
    click.echo()


def summary(bots: Bots) -> list[str]:
    """Return what bots are there and what their authors may want to know, a line each."""
    lines: list[str] = []
    for bot_id in bots.ids():
        bot = bots.bots[bot_id]
        state = "published" if bot.is_published else "not published"
        phrases = sum(len(topic.phrases) for topic in bot.topics.values())
        lines.append(f"{bot_id}: {bot.name}, {state}, {len(bot.topics)} topics, {phrases} phrases")
        lines += [f"{bot_id}: {note}" for note in _notes(bot)]
    return lines or ["no bots"]


def _notes(bot: Bot) -> list[str]:
    from processors.dialogue.topic import (  # noqa: PLC0415
        ESCALATE,
        SYSTEM_TOPICS,
        GoToTopic,
        Question,
    )

    notes: list[str] = []
    if not bot.topics[ESCALATE].has_transfer:
        notes.append("note: escalate has no transfer node, so it only shows its message")
    reached = {
        step.action.topic_id if isinstance(step.action, GoToTopic) else step.action.on_failure
        for topic in bot.topics.values()
        for step in topic.steps
        if isinstance(step.action, GoToTopic | Question)
    }
    notes += [
        f"note: nothing leads to topic {topic_id}: it has no phrases and no topic goes to it"
        for topic_id, topic in sorted(bot.topics.items())
        if not topic.phrases and topic_id not in reached and topic_id not in SYSTEM_TOPICS
    ]
    return notes


def _library(folder: Path | None) -> Library | None:
    """Return the library to interview with."""
    if folder is None:
        return None
    from msgspec.structs import replace  # noqa: PLC0415

    from streams.intents.reading import library_in  # noqa: PLC0415

    library = library_in(folder)
    if not any(one.is_used_by_bots for one in library.intents.values()):
        library.intents = {
            name: replace(one, is_used_by_bots=True) for name, one in library.intents.items()
        }
    return library


def _load(content: bytes) -> Bots:
    from processors.dialogue.bots import load_bots  # noqa: PLC0415

    return load_bots(content)


def _last(kafka: Kafka, tenant: str) -> ReferenceArtefact:
    artefact = published_reference(kafka, REFERENCE_NAME, tenant=tenant)
    if artefact is None:
        raise NotDoneError(
            f"{tenant}: no bots were published; do it with cuestream bots publish FILE"
        )
    return artefact


def _chosen(bots: Bots, bot_id: str | None) -> Bot:
    known = ", ".join(bots.ids()) or "none"
    if bot_id is None and len(bots.ids()) == 1:
        bot_id = bots.ids()[0]
    if bot_id is None:
        raise click.UsageError(f"name the bot with --bot; there are {known}")
    bot = bots.get(bot_id)
    if bot is None:
        raise NotDoneError(f"there is no bot {bot_id!r}; there are {known}")
    return bot


def _variable(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name.strip():
        raise click.UsageError(f"--set {given}: write NAME=VALUE")
    return name.strip(), value
