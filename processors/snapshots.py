"""States as bytes: one version byte, then msgpack.

Equal states give equal bytes. A reader lifts older versions step by step to the present one, so a
change of shape needs a new version number and one function from the version before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from processors.errors import UnreadableStateError

S = TypeVar("S")

Lift = Callable[[Any], Any]


class Snapshots(Generic[S]):
    """Writes the present version of a state and reads every version there ever was.

    Args:
        name: What the state is of, for error texts.
        version: The present version, 1 to 255.
        shape: Type of the present version: a struct or a union of structs.
        lifts: Older version to the function that makes the next version of it; both in plain
            msgpack values (lists, dicts, texts, numbers).
    """

    def __init__(
        self, name: str, version: int, shape: Any, lifts: Mapping[int, Lift] | None = None
    ) -> None:
        self._name, self._version, self._shape = name, version, shape
        self._lifts = dict(lifts or {})
        self._tag = bytes([version])
        self._encode = msgspec.msgpack.Encoder(order="deterministic").encode
        self._decode = msgspec.msgpack.Decoder(shape).decode

    def encode(self, state: S) -> bytes:
        """Return the state as bytes of the present version."""
        return self._tag + self._encode(state)

    def decode(self, data: bytes) -> S:
        """Return the state behind `data`. Raises UnreadableStateError."""
        try:
            if data[:1] == self._tag:
                state: S = self._decode(memoryview(data)[1:])
                return state
            return self._lift(data)
        except msgspec.MsgspecError as error:
            raise UnreadableStateError(state=self._name, because=str(error)) from error

    def _lift(self, data: bytes) -> S:
        if not data:
            raise UnreadableStateError(state=self._name, because="it is empty")
        version = data[0]
        if version > self._version:
            because = f"it has version {version}, this build reads up to {self._version}"
            raise UnreadableStateError(state=self._name, because=because)
        plain = msgspec.msgpack.decode(memoryview(data)[1:])
        while version < self._version:
            lift = self._lifts.get(version)
            if lift is None:
                because = f"there is no way from version {version} to {version + 1}"
                raise UnreadableStateError(state=self._name, because=because)
            plain, version = lift(plain), version + 1
        state: S = msgspec.convert(plain, self._shape)
        return state
