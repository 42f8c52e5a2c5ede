"""The `cuestream` command itself: which verbs there are, and what becomes of an error.

Verbs are imported when they are used, so `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import click

from streams.cli.errors import Sentence

VERBS: Final[dict[str, tuple[str, str]]] = {
    "up": ("up", "Run everything on this machine: Kafka, worker, console."),
    "demo": ("demo", "The same, with articles and conversations to look at."),
    "worker": ("worker", "Run one worker against a Kafka that is there."),
    "say": ("say", "Say something in a conversation."),
    "tail": ("tail", "Show what happens, as it happens."),
    "explain": ("explain", "Show why a recommendation or event came to be."),
    "import": ("import_", "Bring conversations from files into the log."),
    "mine": ("mine", "Find out from past conversations what customers want."),
    "train": ("train", "Make a library of intents from labelled examples."),
    "detect": ("detect", "Say what each message of a file is about."),
    "library": ("library", "Look after the library of what customers want."),
    "articles": ("articles", "Publish the knowledge articles to search."),
    "settings": ("assist_settings", "Publish the settings of smart assist."),
    "bots": ("bots", "Publish, check and try the self-service bots."),
    "routing": ("routing_setup", "Publish what routing goes by: queues, people, rules."),
    "connections": ("connections", "Set up where bots hand off to."),
    "topics": ("topics", "Compare, create and export the Kafka topics."),
    "audit": ("audit", "Hold the tables against their logs."),
    "archive": ("archive", "Keep logs in files, and bring them back."),
    "replay": ("replay", "Run processors over past logs, offline, and compare."),
    "quarantine": ("quarantine", "Look after inputs that could not be processed."),
    "asyncapi": ("asyncapi", "Print the AsyncAPI document of all topics."),
    "token": ("token", "Print a bearer token for the query API."),
    "doctor": ("doctor", "Check this machine and the cluster, in sentences."),
}
"""Verb to its module and what `--help` says, in the order it says it."""

PACKAGES: Final = ("schemas", "processors", "streams")


class Verbs(click.Group):
    """A group that loads its verbs late and turns every error into a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of `--help`."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb's command; None when there is none of that name."""
        if cmd_name not in VERBS:
            return None
        module = import_module(f"streams.cli.{VERBS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb that is asked for; a near miss is named."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415

            near = get_close_matches(args[0], VERBS, n=1)
            hint = f" Did you mean {near[0]}?" if near else " See cuestream --help."
            raise click.UsageError(f"there is no verb {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs without loading them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, says) for verb, (_, says) in VERBS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; errors become one sentence, with `--debug` they stay what they are."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, click.ClickException, BrokenPipeError):
            raise
        except Exception as error:
            if is_debugging(ctx):
                raise
            raise Sentence(sentence_of(error)) from error


def is_debugging(ctx: click.Context) -> bool:
    """Return True when `--debug` was given, before or after the verb."""
    return bool(ctx.find_root().meta.get("streams.cli.debug"))


def sentence_of(error: Exception) -> str:
    """Return what to tell the user; our own errors are sentences already."""
    if type(error).__module__.partition(".")[0] in PACKAGES:
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    if isinstance(error, TimeoutError):
        return "Kafka did not answer in time; look at the broker, then try again"
    what = f"{type(error).__name__}: {error}".strip().rstrip(":")
    return f"this should not have happened: {what}. Run it again with --debug and report it"


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001
    if wanted:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

        try:
            number = version("cuestream")
        except PackageNotFoundError:
            number = "(not installed)"
        click.echo(f"cuestream {number}")
        ctx.exit()


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="cuestream VERB --help says more about a verb.",
)
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Version."
)
@click.pass_context
def cuestream(ctx: click.Context, *, debug: bool) -> None:
    """Contact-centre events on Kafka: turns in, recommendations out, every step explained."""
    if debug:
        ctx.find_root().meta["streams.cli.debug"] = True


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code.

    0 is success, 1 a failure (one sentence on standard error), 2 wrong usage, 130 interrupted,
    141 the reader of a pipe went away.
    """
    try:
        code = cuestream.main(args=args, prog_name="cuestream", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)
        sys.exit(130)
    except BrokenPipeError:
        # Python would complain once more when it flushes standard output at exit.
        sys.stdout = None
        sys.exit(141)
    sys.exit(code if isinstance(code, int) else 0)
