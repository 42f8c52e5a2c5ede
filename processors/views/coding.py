"""Views as the values of rows, and back: by field name or by place, as each view's struct says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

encode: Final[Callable[[Any], bytes]] = msgspec.msgpack.Encoder(order="deterministic").encode
"""Return a row's value; equal views give equal bytes."""


def decoder(views: Mapping[str, type[Any]]) -> Callable[[str, bytes], Any]:
    """Return what reads a row of a table into the view that `views` names for it.

    What is returned raises KeyError for a table that is not among `views`.
    """
    decoders = {table: msgspec.msgpack.Decoder(shape).decode for table, shape in views.items()}

    def decode(table: str, value: bytes) -> Any:
        return decoders[table](value)

    return decode
