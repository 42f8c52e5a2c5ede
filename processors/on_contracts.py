"""What processors whose log holds records of our contracts have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from processors import reference as references
from schemas import codec


class OnContracts:
    """Reads inputs by their contracts and references by their loaders; computes nothing ahead."""

    def decode(self, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Any:
        """Return the typed input. Raises `schemas.errors.UndecodableError` for anything else."""
        return codec.decode(value)

    def recorded_at_ms(self, record: Any) -> int:
        """Return when the input was let in, epoch ms; 0 when the record does not say."""
        recorded_at_ms: int = record.recorded_at_ms
        return recorded_at_ms

    def tenant(self, record: Any) -> str:
        """Return whose reference data counts for this input."""
        tenant: str = record.tenant
        return tenant

    def prepare(self, inputs: Sequence[tuple[Any, Mapping[str, Any]]]) -> Any:
        """Return None: nothing can be computed before the states are known."""
        return None

    def load_reference(self, reference: str, content: bytes) -> Any:
        """Return the loaded form of an artefact.

        Raises `processors.errors.InvalidReferenceError` or `UnknownReferenceError`.
        """
        return references.load(reference, content)
