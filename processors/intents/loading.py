"""From the artefact `intent.library` to a library that detects.

Detection is pure and exact: a message gets the same answer, to the last bit, in any batch and on
any machine. The cascade is that of the mapping rules: one intent; else only a group; else nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from processors.artefact import read
from processors.errors import InvalidReferenceError
from processors.intents.bearing import BEARS, bearing
from processors.intents.detection import Detection, Scored
from processors.intents.encoder import Encoder
from processors.intents.features import Lexical
from processors.intents.library import (
    FORMAT,
    LIBRARY,
    Group,
    Intent,
    LibraryContent,
)
from processors.intents.model import FULL, Evidence, Model, decoded
from processors.intents.table import static_table
from processors.intents.vectors import UNIT, Integers, Vectoriser

TOP: Final = 3
THRESHOLD: Final = 0.5
"""Score from which an intent counts; the model's scores are made so."""

CHUNK: Final = 1_024
_ENCODER: Final = "encoder"
NOTHING: Final = Detection()

Reading = Callable[[Sequence[str]], Integers]
"""Texts to whole numbers, shape (texts, dims)."""


class Library:
    """A published library in use.

    Attributes:
        content: What was published.
        digest: SHA-256 of the artefact.
        intents: By id.
        groups: By id.
        problem: Why it detects nothing although it has a model; empty: it detects.
    """

    def __init__(
        self,
        content: LibraryContent,
        digest: str,
        encoder: Encoder | None = None,
        problem: str = "",
    ) -> None:
        self.content, self.digest, self.problem = content, digest, problem
        self.intents: Mapping[str, Intent] = {one.intent_id: one for one in content.intents}
        self.groups: Mapping[str, Group] = {one.group_id: one for one in content.groups}
        has_model = bool(content.model) and not problem
        self._detector = _detector(content, encoder) if has_model else None

    def detect(self, texts: Sequence[str]) -> list[Detection]:
        """Return what each message is about; the same for a message whatever stands beside it."""
        if self._detector is None:
            return [NOTHING] * len(texts)
        return self._detector.detect(texts)


class _Detector:
    """The model with everything it needs to say `Detection`."""

    def __init__(self, content: LibraryContent, model: Model, reading: Reading) -> None:
        self._model, self._reading = model, reading
        self._ids = model.data.intent_ids
        group_of = {one.intent_id: one.group_id for one in content.intents}
        self._group_of = [group_of[one] for one in self._ids]
        self._group_margin = content.detection.group_margin
        members: dict[str, list[int]] = {}
        for place, group in enumerate(self._group_of):
            if group is not None:
                members.setdefault(group, []).append(place)
        self._groups = sorted(
            (group, places) for group, places in members.items() if len(places) > 1
        )

    def detect(self, texts: Sequence[str]) -> list[Detection]:
        found: list[Detection] = []
        for start in range(0, len(texts), CHUNK):
            found += self._chunk(texts[start : start + CHUNK])
        return found

    def _chunk(self, texts: Sequence[str]) -> list[Detection]:
        vectors = self._reading(texts)
        is_read: list[bool] = (vectors != 0).any(axis=1).tolist()
        evidence = self._model.evidence(vectors)
        order = highest(evidence, TOP)
        best = np.take_along_axis(evidence, order, axis=1)
        rows = zip(
            texts,
            is_read,
            order.tolist(),
            best.tolist(),
            self._model.scores(best).tolist(),
            evidence,
            strict=True,
        )
        return [
            self._said(text, places, values, scores, row) if is_known else NOTHING
            for text, is_known, places, values, scores, row in rows
        ]

    def _said(
        self,
        text: str,
        places: list[int],
        values: list[float],
        scores: list[float],
        evidence: Evidence,
    ) -> Detection:
        """Return the answer: one intent, else only a group, else nothing.

        Args:
            text: The message.
            places: The best intents, best first.
            values: Their evidence.
            scores: The same as 0..1.
            evidence: Of all intents.
        """
        top = tuple(map(Scored, (self._ids[place] for place in places), scores))
        margin = self._margin(values)
        group = self._group_of[places[0]]
        if scores[0] >= THRESHOLD:
            is_close = (
                margin < self._group_margin
                and group is not None
                and group == self._group_of[places[1]]
            )
            intent_id = None if is_close else top[0].intent_id
            outcome: Literal["intent", "group"] = "group" if is_close else "intent"
            return Detection(outcome, intent_id, group, scores[0], margin, top=top, is_bearing=True)
        together = self._group_together(evidence) if self._groups else None
        if together is not None:
            return Detection("group", None, together, THRESHOLD, margin, top=top, is_bearing=True)
        bears = bearing(text) >= BEARS
        return Detection("none", None, None, scores[0], margin, bears, bears, top)

    def _margin(self, values: list[float]) -> float:
        """Return by how much the best is likelier than the second, if it is one of the two."""
        if len(values) < 2:
            return 1.0
        odds = self._model.odds(values[0] - values[1])
        return round((FULL - odds) / (FULL + odds), 4)

    def _group_together(self, evidence: Evidence) -> str | None:
        """Return the group whose intents reach the threshold together, though none does alone.

        Evidence is in logits, so that of several intents together is the logarithm of their summed
        exponentials; it reaches the threshold when the exponentials of what each lacks sum to 1.
        """
        threshold, best, found = self._model.data.threshold, FULL - 1, None
        if len(self._ids) * self._model.odds(threshold - float(evidence.max())) < FULL:
            return None
        for group, places in self._groups:
            odds = sum(self._model.odds(threshold - value) for value in evidence[places].tolist())
            if odds > best:
                best, found = odds, group
        return found


def highest(evidence: Evidence, count: int) -> npt.NDArray[np.intp]:
    """Return the places of the highest values of each row, highest first, ties by place."""
    if evidence.shape[1] <= 2 * count:
        return np.argsort(-evidence, axis=1, kind="stable")[:, :count]
    found = np.empty((len(evidence), count), np.intp)
    rest = evidence.copy()
    rows = np.arange(len(evidence))
    for rank in range(count):
        found[:, rank] = rest.argmax(axis=1)
        rest[rows, found[:, rank]] = -np.inf
    return found


def load_library(content: bytes, *, encoder: Encoder | None = None) -> Library:
    """Return the library of an artefact.

    Args:
        content: The artefact `intent.library`.
        encoder: What the model was trained with, when it was not the static table.

    Raises:
        InvalidReferenceError: It does not say what it must, or wants another encoder.
    """
    library = read(LIBRARY, content, LibraryContent)
    _check(library)
    return Library(library, sha256(content).hexdigest(), encoder)


def load_in_force(content: bytes) -> Library:
    """Return the library of an artefact that was published, if need be without detection.

    A library that an earlier release trained may want a static table that this one has not. It
    stays in force: its names, questions and answers count, it detects nothing, and `problem` says
    why, until it is published again. So an upgrade stops nobody's work.

    Raises:
        InvalidReferenceError: It does not say what it must.
    """
    library = read(LIBRARY, content, LibraryContent)
    _check(library)
    digest = sha256(content).hexdigest()
    try:
        return Library(library, digest)
    except InvalidReferenceError as error:
        if error.field != _ENCODER:
            raise
        return Library(library, digest, problem=error.because)


def _detector(content: LibraryContent, encoder: Encoder | None) -> _Detector:
    data = decoded(content.model)
    known = {one.intent_id for one in content.intents}
    for one in data.intent_ids:
        if one not in known:
            raise _refused("model", f"it knows the intent {one!r}, which the library does not hold")
    reading, dims = _reading(content.encoder, Lexical(data.lexical), encoder)
    if dims != data.dims:
        raise _refused("model", f"it wants vectors of {data.dims} numbers, the encoder has {dims}")
    return _Detector(content, Model(data), reading)


def _reading(fingerprint: str, lexical: Lexical, encoder: Encoder | None) -> tuple[Reading, int]:
    table = static_table()
    if fingerprint == table.fingerprint:
        vectoriser = Vectoriser(table, lexical)
        return vectoriser.vectors, vectoriser.dims
    if encoder is None or fingerprint != encoder.fingerprint:
        here = table.fingerprint if encoder is None else encoder.fingerprint
        raise _refused(
            _ENCODER,
            f"its model was trained with the encoder {fingerprint!r}, here is {here!r}; "
            "train the library with this one and publish it again",
        )
    vectoriser = Vectoriser(None, lexical)
    return beside(encoder, vectoriser), encoder.dims + vectoriser.dims


def beside(encoder: Encoder, vectoriser: Vectoriser) -> Reading:
    """Return what reads texts with an encoder and, beside it, a projection, in whole numbers."""

    def read_texts(texts: Sequence[str]) -> Integers:
        dense = np.rint(encoder.encode(texts).astype(np.float64) * UNIT)
        return np.concatenate([dense, vectoriser.vectors(texts)], axis=1)

    return read_texts


def _check(library: LibraryContent) -> None:
    if library.format != FORMAT:
        raise _refused("format", f"it is {library.format}, this build reads {FORMAT}")
    _once((one.intent_id for one in library.intents), "intents", "intent_id")
    _once((one.group_id for one in library.groups), "groups", "group_id")
    _once((one.line_id for one in library.lines_of_business), "lines_of_business", "line_id")
    groups = {one.group_id for one in library.groups}
    for number, intent in enumerate(library.intents):
        if intent.group_id is not None and intent.group_id not in groups:
            raise _refused(f"intents[{number}].group_id", f"there is no group {intent.group_id!r}")
    if not 0 <= library.detection.rejected_share <= 0.5:
        found = library.detection.rejected_share
        raise _refused("detection.rejected_share", f"it has to be 0 to 0.5, it is {found}")


def _once(ids: Iterable[str], where: str, field: str) -> None:
    seen: dict[str, int] = {}
    for number, one in enumerate(ids):
        if one in seen:
            raise _refused(
                f"{where}[{number}].{field}", f"{one!r} is also that of {where}[{seen[one]}]"
            )
        seen[one] = number


def _refused(field: str, because: str) -> InvalidReferenceError:
    return InvalidReferenceError(reference=LIBRARY, field=field, because=because)
