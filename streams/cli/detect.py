"""`cuestream detect`: what each message of a file is about."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from streams.cli.encoder_options import encoder_options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from processors.intents.detection import Detection
    from processors.intents.loading import Library
    from processors.miner.history import HistoryTurn
    from streams.intents.choosing import EncoderName

CHUNK: Final = 1_024
BAD_SHOWN: Final = 20


@click.command()
@click.option(
    "--library",
    "library_at",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder with library.json, as train and mine write it.",
)
@click.option(
    "--input",
    "source",
    type=click.Path(path_type=Path),
    required=True,
    help="Turns, one JSON object a line.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File for the answers.  [default: standard output]",
)
@encoder_options
@click.option("--skip-bad", is_flag=True, help="Pass over lines that are no turn.")
def command(
    *,
    library_at: Path,
    source: Path,
    output: Path | None,
    encoder_name: EncoderName,
    embeddings: Path | None,
    skip_bad: bool,
) -> None:
    """Say what each message is about, by a library of intents.

    A message gets the same answer whatever stands beside it. No Kafka is needed.

    \b
    A line of the input, further fields are passed over:
      {"id": "t-1", "text": "where is my parcel"}
    A line of the output, in the order of the input:
      {"id": "t-1", "intent": "track order", "intent_id": "…", "group": "orders",
       "score": 0.93, "top": [{"intent": "track order", "score": 0.93}, …]}
    intent is null when none is sure enough (a score of at least 0.5), or only the group is;
    intent_id is what stays when an intent is renamed, and what mine calls it by.
    """  # noqa: D301  (click wants the backspace itself)
    from streams.cli.mine import Phases  # noqa: PLC0415
    from streams.intents.choosing import encoder_named  # noqa: PLC0415
    from streams.intents.reading import library_in  # noqa: PLC0415
    from streams.mining.reading import LIBRARY_FILE, Turns  # noqa: PLC0415
    from streams.mining.writing import require_apart, require_file, whole  # noqa: PLC0415

    if output is not None:
        require_file(output)
        read = library_at / LIBRARY_FILE if library_at.is_dir() else library_at
        require_apart([output], [source, read])
    library = library_in(library_at, encoder_named(encoder_name, embeddings))
    began_s = time.monotonic()
    with Phases() as phases:
        turns = Turns(
            source,
            skips_bad=skip_bad,
            on_read=lambda done, total: phases("detecting", done, total),
        )
        if output is None:
            done = _answer(library, turns, click.get_binary_stream("stdout"))
        else:
            with whole(output) as file:
                done = _answer(library, turns, file)
    seconds = max(time.monotonic() - began_s, 1e-6)
    click.echo(f"{done:,} turns in {seconds:.1f} s ({done / seconds:,.0f} turns/s)", err=True)
    for number, because in turns.bad[:BAD_SHOWN]:
        click.echo(f"passed over line {number:,}: {because}", err=True)


def _answer(library: Library, turns: Iterable[HistoryTurn], into: BinaryIO) -> int:
    """Write an answer a turn; return how many."""
    import msgspec  # noqa: PLC0415

    encode = msgspec.json.Encoder().encode
    reading, done = iter(turns), 0
    while chunk := list(islice(reading, CHUNK)):
        found = library.detect([turn.text for turn in chunk])
        for turn, detection in zip(chunk, found, strict=True):
            into.write(encode(_line(library, turn.turn_id, detection)) + b"\n")
        done += len(chunk)
    into.flush()
    return done


def _line(library: Library, turn_id: str, found: Detection) -> dict[str, object]:
    """Return what is said of a turn, by the names of intents and groups."""
    intent = library.intents[found.intent_id].name if found.intent_id else None
    group = library.groups[found.group_id].name if found.group_id else None
    top = [{"intent": library.intents[one.intent_id].name, "score": one.score} for one in found.top]
    return {
        "id": turn_id,
        "intent": intent,
        "intent_id": found.intent_id,
        "group": group,
        "score": found.score,
        "top": top,
    }
