"""Reading a JSON artefact into a typed value, with sentences that name the field."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from processors.errors import InvalidReferenceError

T = TypeVar("T")

_AT = " - at `$"


def read(reference: str, content: bytes, shape: type[T]) -> T:
    """Return the artefact's content as `shape`. Raises InvalidReferenceError.

    Args:
        reference: Name of the reference, for the error's text.
        content: UTF-8 JSON.
        shape: A struct that refuses fields it does not know.
    """
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.ValidationError as error:
        because, _, path = str(error).partition(_AT)
        raise InvalidReferenceError(
            reference=reference, field=path.strip(".`"), because=because
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidReferenceError(
            reference=reference, field="", because=f"it is no UTF-8 JSON: {error}"
        ) from error
