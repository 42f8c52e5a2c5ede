"""Which encoder was asked for, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from processors.intents.encoder import Encoder
from streams.intents.errors import UnusableEncoderError

EncoderName = Literal["base", "minilm"]
VARIABLE: Final = "CUESTREAM_EMBEDDINGS"
"""Environment variable that names the folder of the encoder's files."""


def encoder_named(name: EncoderName, folder: Path | None) -> Encoder | None:
    """Return the encoder; None for the one of the base install, the static table.

    Raises:
        ExtraMissingError: It needs packages that are not installed.
        UnusableEncoderError: No folder is configured, or not one of an encoder.
    """
    if name == "base":
        return None
    if folder is None:
        raise UnusableEncoderError(
            path="minilm", because=f"no folder is configured (--embeddings or {VARIABLE})"
        )
    from streams.intents.onnx_encoder import OnnxEncoder  # noqa: PLC0415

    return OnnxEncoder(folder)
