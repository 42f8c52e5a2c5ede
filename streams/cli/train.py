"""`cuestream train`: labelled examples to a library that detects."""

from __future__ import annotations

import time
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from streams.cli.encoder_options import encoder_options
from streams.cli.errors import NotDoneError

if TYPE_CHECKING:
    from streams.intents.choosing import EncoderName

BAD_SHOWN = 20


class Share(click.FloatRange):
    """A share between two bounds; what is no number is none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the share."""
        found: float = super().convert(value, param, ctx)
        if isnan(found):
            self.fail(f"{value!r} is no share; write a number such as 0.05", param, ctx)
        return found


@click.command()
@click.option(
    "--examples",
    "source",
    type=click.Path(path_type=Path),
    required=True,
    help="Labelled examples, one JSON object a line.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    required=True,
    help="Folder for library.json.",
)
@encoder_options
@click.option(
    "--rejected-share",
    type=Share(0, 0.5),
    default=0.04,
    show_default=True,
    help="Share of examples that detection may reject for the sake of what it does not know.",
)
@click.option("--skip-bad", is_flag=True, help="Pass over lines that are no example.")
def command(
    *,
    source: Path,
    output: Path,
    encoder_name: EncoderName,
    embeddings: Path | None,
    rejected_share: float,
    skip_bad: bool,
) -> None:
    """Make a library of intents from labelled examples, and train its model.

    The same examples give the same library, in any order of lines. No Kafka is needed.

    \b
    A line of the input:
      {"text": "where is my parcel", "intent": "track order", "group": "orders"}
    group may be left out. DIR/library.json is what cuestream detect --library DIR reads.
    """  # noqa: D301  (click wants the backspace itself)
    import msgspec  # noqa: PLC0415

    from processors.intents.library import DetectionSettings  # noqa: PLC0415
    from processors.miner.training import train  # noqa: PLC0415
    from streams.cli.mine import Phases  # noqa: PLC0415
    from streams.intents.choosing import encoder_named  # noqa: PLC0415
    from streams.intents.examples import Examples, library_of  # noqa: PLC0415
    from streams.mining.reading import LIBRARY_FILE, library_bytes  # noqa: PLC0415
    from streams.mining.writing import (  # noqa: PLC0415
        make_folder,
        require_apart,
        require_file,
        require_folder,
        whole,
    )

    place = output / LIBRARY_FILE
    require_folder(output)
    require_file(place)
    require_apart([place], [source])
    encoder = encoder_named(encoder_name, embeddings)
    began_s = time.monotonic()
    examples = Examples(source, skips_bad=skip_bad)
    content = library_of(examples)
    for number, because in examples.bad[:BAD_SHOWN]:
        click.echo(f"passed over line {number:,}: {because}", err=True)
    if not content.intents:
        raise NotDoneError(f"{source} holds no example, so there is nothing to train")
    settings = DetectionSettings(rejected_share=rejected_share)
    with Phases() as phases:
        trained = train(
            msgspec.structs.replace(content, detection=settings), encoder=encoder, progress=phases
        )
    make_folder(output)
    with whole(place) as file:
        file.write(library_bytes(trained.content))
    right = f", {trained.accuracy:.1%} of held-out examples right" if trained.accuracy else ""
    click.echo(
        f"trained {trained.intents:,} intents from {trained.examples:,} different examples in "
        f"{time.monotonic() - began_s:.1f} s{right}; wrote {place}"
    )
