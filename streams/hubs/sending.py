"""One HTTP request to a hub: authorized, signed, under its idempotency key, bounded in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import aiohttp
import msgspec
from standardwebhooks.webhooks import Webhook

from processors.handoff.hubs.contract import HttpRequest
from streams.hubs.settings import Endpoint
from streams.hubs.tokens import Tokens

ANSWER_BYTES_MAX: Final = 65_536


class Answer(msgspec.Struct, frozen=True):
    """What came back.

    Attributes:
        status: HTTP status; None: no answer came.
        headers: Header names in lower case.
        body: At most `ANSWER_BYTES_MAX` bytes.
        because: Why no answer came.
    """

    status: int | None
    headers: Mapping[str, str] = {}
    body: bytes = b""
    because: str | None = None


async def body_of(answer: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    """Return an answer's body, or its beginning when it is longer than `bytes_max`."""
    pieces = bytearray()
    async for piece in answer.content.iter_chunked(16_384):
        pieces += piece
        if len(pieces) >= bytes_max:
            break
    return bytes(pieces[:bytes_max])


class Line:
    """The way to one hub."""

    def __init__(
        self, hub: str, endpoint: Endpoint, session: Callable[[], aiohttp.ClientSession]
    ) -> None:
        """Describe it; nothing is connected.

        Args:
            hub: The hub's name.
            endpoint: How it is spoken to.
            session: Gives the HTTP client.
        """
        self.hub, self.endpoint = hub, endpoint
        self._session = session
        self._tokens = Tokens(hub, endpoint, session)

    async def send(
        self, request: HttpRequest, key: str, customer: str, *, timeout_ms: int | None = None
    ) -> Answer:
        """Send a request and return what came back; a token that ended is renewed once.

        Args:
            request: What to send.
            key: Idempotency key, the same for every repetition; empty: none is sent.
            customer: In whose name.
            timeout_ms: Longest wait; by default the endpoint's.

        Raises:
            HubWorkError: No token, or no secret.
        """
        longest_ms = timeout_ms or self.endpoint.timeout_ms
        answer = await self._send(request, key, customer, longest_ms)
        if answer.status == 401 and self._tokens.forget():
            answer = await self._send(request, key, customer, longest_ms)
        return answer

    async def _send(self, request: HttpRequest, key: str, customer: str, timeout_ms: int) -> Answer:
        headers = list(request.headers)
        if key:
            headers.append((self.endpoint.idempotency_header, key))
        headers += await self._tokens.headers(customer)
        headers += self._signature(request, key) if key else []
        timeout = aiohttp.ClientTimeout(total=timeout_ms / 1_000)
        try:
            async with self._session().request(
                request.method,
                request.url,
                data=request.body or None,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as found:
                body = await body_of(found, ANSWER_BYTES_MAX)
                kept = {name.lower(): value for name, value in found.headers.items()}
                return Answer(found.status, kept, body)
        except TimeoutError:
            return Answer(None, because=f"no answer within {timeout_ms} ms")
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            # The kind of fault, never its words: they may quote an address with a token in it.
            return Answer(None, because=f"no answer ({type(fault).__name__})")

    def _signature(self, request: HttpRequest, key: str) -> list[tuple[str, str]]:
        secret = self.endpoint.secret_of(self.hub, "signing_secret")
        if secret is None:
            return []
        now = datetime.fromtimestamp(int(time.time()), UTC)
        signed = Webhook(secret).sign(key, now, request.body.decode())
        return [
            ("webhook-id", key),
            ("webhook-timestamp", str(int(now.timestamp()))),
            ("webhook-signature", signed),
        ]
