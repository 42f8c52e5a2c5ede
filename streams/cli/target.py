"""Which cluster and worker a verb speaks to, found from its options, the environment or a run.

In this order: `--bootstrap-servers`; `CUESTREAM_KAFKA__BOOTSTRAP_SERVERS` or `cuestream.toml`; the
instance that `cuestream up` notes in `<data folder>/instance.json`.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from streams.cli.errors import NotDoneError, NothingRunsError

if TYPE_CHECKING:
    from processors.machine import Processor
    from streams.settings import Kafka, Settings

INSTANCE_FILE = "instance.json"

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A run of `cuestream up` on this machine, as it notes itself in its data folder.

    Attributes:
        url: Of its query API and console.
        bootstrap_servers: Its Kafka.
        token_file: Where the token for the API lies; None when it needs none of ours.
        pid: Its process.
    """

    url: str
    bootstrap_servers: str
    token_file: Path | None
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a verb speaks to.

    Attributes:
        settings: All settings, with the cluster of this target.
        instance: The local run, when there is one and it was not overruled.
    """

    settings: Settings
    instance: Instance | None

    @property
    def kafka(self) -> Kafka:
        """How to reach the cluster."""
        return self.settings.kafka


def connection_options(function: F) -> F:
    """Add the options that every verb which speaks to a cluster has."""

    @click.option(
        "--bootstrap-servers",
        metavar="HOST:PORT,…",
        help="Kafka to use, instead of the one that runs here.",
    )
    @click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="FOLDER",
        help="Data folder of the run on this machine.  [default: .data]",
    )
    @common_options
    @functools.wraps(function)
    def verb(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return verb  # type: ignore[return-value]  # click's decorators do not keep the type


def common_options(function: F) -> F:
    """Add what every verb has: `--debug` is taken after the verb too; libraries keep quiet."""

    def note(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001
        if wanted:
            ctx.find_root().meta["streams.cli.debug"] = True
        elif not ctx.find_root().meta.get("streams.cli.debug"):
            quieten_libraries()

    option = click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=note,
        help="Show the whole traceback of an error.",
    )
    return option(function)


def quieten_libraries() -> None:
    """Keep Kafka clients from writing to the terminal; what matters arrives as an error."""
    import logging  # noqa: PLC0415

    for name in ("kafka", "aiokafka", "faust", "mode"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def settings_of(*, bootstrap_servers: str | None = None, data_dir: Path | None = None) -> Settings:
    """Return the settings with what was given on the command line.

    Raises:
        NotDoneError: The environment or `cuestream.toml` says something that cannot be.
    """
    from tomllib import TOMLDecodeError  # noqa: PLC0415

    from pydantic import ValidationError  # noqa: PLC0415

    from streams.cli.errors import NotDoneError  # noqa: PLC0415
    from streams.settings import Settings  # noqa: PLC0415

    try:
        settings = Settings()
        changes: dict[str, Any] = {}
        if bootstrap_servers is not None:
            kafka = {"bootstrap_servers": bootstrap_servers}
            changes["kafka"] = settings.kafka.model_copy(update=kafka)
        if data_dir is not None:
            changes["worker"] = settings.worker.model_copy(update={"data_dir": data_dir})
        return settings.model_copy(update=changes)
    except ValidationError as error:
        faults = [
            f"CUESTREAM_{'__'.join(str(part) for part in fault['loc']).upper()}: "
            + ("no such setting" if fault["type"] == "extra_forbidden" else fault["msg"])
            for fault in error.errors()
        ]
        raise NotDoneError("; ".join(faults)) from error
    except TOMLDecodeError as error:
        raise NotDoneError(f"cuestream.toml: {error}") from error


def find(bootstrap_servers: str | None, data_dir: Path | None) -> Target:
    """Return what to speak to.

    Raises:
        NothingRunsError: No cluster is named and nothing runs here.
        NotDoneError: The settings are wrong.
    """
    settings = settings_of(bootstrap_servers=bootstrap_servers, data_dir=data_dir)
    if bootstrap_servers is not None:
        return Target(settings=settings, instance=None)
    instance, because = read_instance(settings.worker.data_dir)
    if "bootstrap_servers" in settings.kafka.model_fields_set:
        of_this = instance and instance.bootstrap_servers == settings.kafka.bootstrap_servers
        return Target(settings=settings, instance=instance if of_this else None)
    if instance is None:
        raise NothingRunsError(data_dir=str(settings.worker.data_dir), because=because)
    kafka = settings.kafka.model_copy(update={"bootstrap_servers": instance.bootstrap_servers})
    return Target(settings=settings.model_copy(update={"kafka": kafka}), instance=instance)


def read_instance(data_dir: Path) -> tuple[Instance | None, str]:
    """Return the run that works in `data_dir`, or None with the reason why there is none."""
    path = data_dir / INSTANCE_FILE
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        token_file = said.get("token_file")
        instance = Instance(
            url=str(said["url"]),
            bootstrap_servers=str(said["bootstrap_servers"]),
            token_file=Path(token_file) if token_file else None,
            pid=int(said["pid"]),
        )
    except FileNotFoundError:
        return None, f"there is no {INSTANCE_FILE}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, f"its {INSTANCE_FILE} cannot be read"
    if not _lives(instance.pid):
        return None, f"the run of process {instance.pid} has ended"
    return instance, ""


def _lives(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def chosen(processor: str | None) -> tuple[Processor[Any], ...]:
    """Return the processor of a name, or all of them.

    Raises:
        NotDoneError: There is none of that name.
    """
    from streams.processors import all_processors, named  # noqa: PLC0415

    found = named(processor)
    if not found:
        names = ", ".join(each.name for each in all_processors())
        raise NotDoneError(f"there is no processor {processor!r}; there are {names}")
    return found
