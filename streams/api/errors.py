"""What can go wrong between a reader or an adapter and the worker.

ApiError
├── ConfigurationError      the settings would open a door that must stay shut, or contradict
├── PortTakenError          the fixed port is in use
├── CursorError             a cursor that this API did not give out
├── FeedClosedError         the live feed ended under a reader
└── RequestError            the request gets a problem document (RFC 9457)
    ├── UnauthenticatedError    401
    ├── ForbiddenError          403
    ├── NotFoundError           404, also for what exists but may not be seen
    ├── RefusedError            409, the rules said no
    ├── TooLargeError           413
    ├── UnsupportedMediaError   415
    ├── InvalidInputError       422, names the fields
    ├── TooManyError            429
    └── UnavailableError        503, says when to try again
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec


class FieldFault(msgspec.Struct, frozen=True):
    """One field of a request and what is wrong with it.

    Attributes:
        field: Path of the field, e.g. `[3].data.text`; empty for the whole body.
        detail: What is wrong with it, as a sentence.
    """

    field: str
    detail: str


class ApiError(Exception):
    """Anything this room raises."""


class ConfigurationError(ApiError):
    """The settings would open a door that must stay shut, or contradict each other."""


class PortTakenError(ApiError):
    """Somebody else listens on the port that was asked for."""

    def __init__(self, *, host: str, port: int, because: str) -> None:
        super().__init__(
            f"cannot listen on {host}:{port}: {because}. Stop what runs there, or choose another"
            " port with CUESTREAM_API__PORT (0 takes any free one)"
        )
        self.host, self.port, self.because = host, port, because


class CursorError(ApiError):
    """A cursor that this API did not give out."""

    def __init__(self, *, because: str) -> None:
        super().__init__(f"the cursor cannot be read: {because}; leave it out to start anew")
        self.because = because


class FeedClosedError(ApiError):
    """The live feed ended under a reader; connect again with the last cursor."""


class RequestError(ApiError):
    """The request gets a problem document.

    Attributes:
        status: HTTP status.
        code: Last part of the problem's type.
        title: The kind of problem in a few words.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be understood"

    def __init__(
        self,
        detail: str,
        *,
        faults: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail, self.faults, self.headers = detail, tuple(faults), dict(headers or {})


class UnauthenticatedError(RequestError):
    """Nobody, or nobody we can trust, asks."""

    status = 401
    code = "unauthenticated"
    title = "Who asks is not known"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class ForbiddenError(RequestError):
    """Whoever asks may not do this."""

    status = 403
    code = "forbidden"
    title = "Not allowed"


class NotFoundError(RequestError):
    """There is nothing here that the asker may see."""

    status = 404
    code = "not-found"
    title = "Not found"


class RefusedError(RequestError):
    """The rules refuse the command; nothing has changed.

    Attributes:
        rule: Code of the refusal, e.g. `routing.not_yours`.
    """

    status = 409
    code = "refused"
    title = "The rules refuse this"

    def __init__(self, *, rule: str, because: str) -> None:
        sentence = because[:1].upper() + because[1:]
        super().__init__(sentence if sentence.endswith(".") else f"{sentence}.")
        self.rule = rule
        self.faults = (FieldFault("", rule),)


class TooLargeError(RequestError):
    """More bytes than are taken."""

    status = 413
    code = "too-large"
    title = "Too large"


class UnsupportedMediaError(RequestError):
    """A body of a kind that is not taken here."""

    status = 415
    code = "unsupported-media-type"
    title = "Not a content type that is taken here"


class InvalidInputError(RequestError):
    """The request is well formed, but a field of it is wrong."""

    status = 422
    code = "invalid-input"
    title = "A field is not right"


class TooManyError(RequestError):
    """Too much at once from one principal."""

    status = 429
    code = "too-many"
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(max(1, retry_after_s))})


class UnavailableError(RequestError):
    """Not now; the same request will do in a moment."""

    status = 503
    code = "unavailable"
    title = "Not available just now"

    def __init__(self, detail: str, *, retry_after_s: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})
