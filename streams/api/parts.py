"""The parts behind the routes, and how a request gets at them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from fastapi import Request
from starlette.responses import Response

from streams.api.answers import Readiness
from streams.api.appending import Appender
from streams.api.auth import COOKIE, Authenticator, bearer, require_same_origin
from streams.api.commands import Commands
from streams.api.errors import (
    FieldFault,
    InvalidInputError,
    TooLargeError,
    UnauthenticatedError,
    UnsupportedMediaError,
)
from streams.api.explain import LogReader
from streams.api.feed import ChangelogFeed
from streams.api.gateway import BODY_BYTES_MAX, Gateway
from streams.api.library_articles import Articles
from streams.api.library_commands import LibraryCommands
from streams.api.library_live import LibraryLive
from streams.api.library_reads import LibraryReads
from streams.api.live import Live, Streams
from streams.api.peers import Peers
from streams.api.queries import Reads
from streams.api.routing_commands import RoutingCommands
from streams.api.routing_live import HandoffLive, RoutingLive
from streams.api.routing_reads import RoutingReads
from streams.api.system import System
from streams.api.verdicts import Verdicts
from streams.api.visible import Principal
from streams.telemetry.metrics import Metrics

T = TypeVar("T")
OpenLog = Callable[[], contextlib.AbstractAsyncContextManager[LogReader]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything a route may need."""

    authenticator: Authenticator
    reads: Reads
    commands: Commands
    gateway: Gateway
    streams: Streams
    live: Live
    feed: ChangelogFeed
    system: System
    peers: Peers
    appender: Appender
    metrics: Metrics
    readiness: Callable[[], Readiness]
    open_log: OpenLog
    partitions: int
    routing: RoutingReads
    routing_commands: RoutingCommands
    routing_feed: ChangelogFeed
    routing_live: RoutingLive
    handoff_feed: ChangelogFeed
    handoff_live: HandoffLive
    library: LibraryReads
    library_commands: LibraryCommands
    library_feed: ChangelogFeed
    library_live: LibraryLive
    articles: Articles
    verdicts: Verdicts

    async def close(self) -> None:
        """End live streams, then let go of Kafka and of other workers."""
        await self.close_feeds()
        await self.verdicts.close()
        await self.appender.close()
        await self.peers.close()

    async def close_feeds(self) -> None:
        """End live streams."""
        await self.feed.close()
        await self.routing_feed.close()
        await self.handoff_feed.close()
        await self.library_feed.close()


def parts_of(request: Request) -> Parts:
    """Return the parts of the application that serves a request."""
    parts: Parts = request.app.state.parts
    return parts


async def parts_dependency(request: Request) -> Parts:
    """Return the same to a route; a plain function would be run in a thread each time."""
    return parts_of(request)


async def principal_of(request: Request) -> Principal:
    """Return who asks.

    Raises:
        UnauthenticatedError: Nobody, or somebody whose token does not verify.
        ForbiddenError: A change asked for from a foreign page with our cookie.
    """
    authenticator = parts_of(request).authenticator
    token = bearer(request.headers)
    if token is None and authenticator.is_development:
        token = request.cookies.get(COOKIE)
        if token is not None:
            require_same_origin(request.method, request.headers)
    if token is None:
        raise UnauthenticatedError(
            "Send a token: `Authorization: Bearer ...`. In development, open the address that"
            " `cuestream up` printed."
            if authenticator.is_development
            else "Send a token: `Authorization: Bearer ...`."
        )
    return await authenticator.authenticate(token)


async def body_of(request: Request) -> bytes:
    """Return the body.

    Raises:
        TooLargeError: It has more than `BODY_BYTES_MAX` bytes; it is not read further.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > BODY_BYTES_MAX:
        raise _too_large()
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > BODY_BYTES_MAX:
            raise _too_large()
    return bytes(pieces)


async def struct_of(request: Request, shape: type[T]) -> T:
    """Return a JSON body as a struct; an empty body counts as an empty object.

    Raises:
        TooLargeError: The body is too large.
        UnsupportedMediaError: It is no JSON by its content type.
        InvalidInputError: It is no JSON, or a field does not fit.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in {"", "application/json"}:
        raise UnsupportedMediaError(f"{media} is not taken here; send application/json.")
    body = await body_of(request)
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except msgspec.ValidationError as fault:
        raise _misfit(str(fault)) from fault
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InvalidInputError(f"The body is not JSON: {fault}.") from fault


def json_answer(value: msgspec.Struct | Mapping[str, Any], status: int = 200) -> Response:
    """Return a struct, or an object, as a JSON answer."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _too_large() -> TooLargeError:
    return TooLargeError(
        f"A body of more than {BODY_BYTES_MAX:,} bytes is not taken. Send smaller batches; put"
        " large content somewhere else and send a link to it."
    )


def _misfit(message: str) -> InvalidInputError:
    """Return msgspec's message with its path as the field: `because - at `$.text``."""
    because, _, place = message.partition(" - at ")
    field = place.strip("`").removeprefix("$").removeprefix(".")
    missing = because.removeprefix("Object missing required field `")
    if missing != because:
        field = f"{field}.{missing.strip('`')}".lstrip(".")
    unknown = because.removeprefix("Object contains unknown field `")
    if unknown != because:
        field = f"{field}.{unknown.strip('`')}".lstrip(".")
    return InvalidInputError(
        f"{field or 'body'}: {because}.", faults=[FieldFault(field, f"{because}.")]
    )
