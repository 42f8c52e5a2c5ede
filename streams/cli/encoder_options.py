"""The options of verbs that may use another encoder than the base one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from streams.intents.choosing import VARIABLE

F = TypeVar("F", bound=Callable[..., Any])


def encoder_options(verb: F) -> F:
    """Give a verb `--encoder` and `--embeddings`, as `encoder_name` and `embeddings`."""
    chosen = click.option(
        "--encoder",
        "encoder_name",
        type=click.Choice(["base", "minilm"]),
        default="base",
        show_default=True,
        help="What reads the texts; minilm needs the extra [embeddings].",
    )
    folder = click.option(
        "--embeddings",
        type=click.Path(path_type=Path, file_okay=False),
        envvar=VARIABLE,
        show_envvar=True,
        help="Folder with the ONNX file and tokenizer.json of minilm.",
    )
    return chosen(folder(verb))
