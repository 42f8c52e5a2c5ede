"""The other workers: queries for keys they own are sent on to them, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import aiohttp
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from streams.api.errors import UnavailableError
from streams.telemetry.logs import logger
from streams.telemetry.metrics import Metrics

FORWARDED = "x-cuestream-forwarded"
TIMEOUT_S = 3.0

_PASSED_ON = ("authorization", "cookie", "accept", "content-type", "traceparent")
_PASSED_BACK = ("content-type", "retry-after", "www-authenticate")
_log = logger(__name__)


class PeerAnswer(msgspec.Struct, frozen=True):
    """What another worker answered to a part of a query."""

    url: str
    status: int
    body: bytes


def is_forwarded(request: Request) -> bool:
    """Return whether another worker sent this request on: then it must not travel again."""
    return FORWARDED in request.headers


class Peers:
    """Asks other workers over HTTP with the asker's own credentials."""

    def __init__(self, metrics: Metrics, *, timeout_s: float = TIMEOUT_S) -> None:
        self._metrics, self._timeout_s = metrics, timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def forward(self, request: Request, url: str | None) -> Response:
        """Return the owner's answer to a request.

        Args:
            request: What was asked of this worker.
            url: The owner's base URL; None when nobody owns the key just now.

        Raises:
            UnavailableError: Nobody owns it, the owner does not answer, or it moved on the way.
        """
        if url is None or is_forwarded(request):
            raise UnavailableError(
                "The conversation's partition is moving between workers; try again in a moment."
            )
        try:
            answer = await self._ask(request, url, _target(request))
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            self._metrics.forwards.labels("failed").inc()
            _log.warning("forwarding failed", url=url, because=repr(fault))
            raise UnavailableError(
                "The worker that holds this conversation does not answer; try again in a moment.",
                retry_after_s=2,
            ) from fault
        self._metrics.forwards.labels("answered").inc()
        return answer

    async def pass_on(
        self, request: Request, url: str | None, body: bytes, *, timeout_s: float
    ) -> Response:
        """Return the owner's answer to a POST, which may take its time.

        Args:
            request: What was asked of this worker.
            url: The owner's base URL; None when nobody owns the key just now.
            body: Its body.
            timeout_s: Longest wait.

        Raises:
            UnavailableError: Nobody owns it, the owner does not answer, or it moved on the way.
        """
        if url is None or is_forwarded(request):
            raise UnavailableError(
                "The library's partition is moving between workers; try again in a moment."
            )
        passed = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        passed[FORWARDED] = "1"
        try:
            async with self._open().post(
                url.rstrip("/") + _target(request),
                data=body,
                headers=passed,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout_s),
            ) as found:
                kept = {name: found.headers[name] for name in _PASSED_BACK if name in found.headers}
                answer = Response(await found.read(), found.status, headers=kept)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            self._metrics.forwards.labels("failed").inc()
            _log.warning("forwarding failed", url=url, because=repr(fault))
            raise UnavailableError(
                "The worker that holds this library does not answer; try again in a moment.",
                retry_after_s=2,
            ) from fault
        self._metrics.forwards.labels("answered").inc()
        return answer

    async def gather(self, request: Request, urls: Iterable[str]) -> list[PeerAnswer]:
        """Return what each of `urls` answers for its own partitions; status 0: no answer."""
        target = _target(request)
        return list(await asyncio.gather(*(self._part(request, url, target) for url in urls)))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def read(self, headers: Mapping[str, str], url: str, target: str) -> PeerAnswer:
        """Return what a worker answers to a GET in a reader's name; status 0: no answer."""
        try:
            status, _, body = await self._get(headers, url, target)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            self._metrics.forwards.labels("failed").inc()
            _log.warning("forwarding failed", url=url, because=repr(fault))
            return PeerAnswer(url, 0, b"")
        self._metrics.forwards.labels("answered").inc()
        return PeerAnswer(url, status, body)

    async def _part(self, request: Request, url: str, target: str) -> PeerAnswer:
        return await self.read(request.headers, url, target)

    async def _ask(self, request: Request, url: str, target: str) -> Response:
        status, headers, body = await self._get(request.headers, url, target)
        kept = {name: headers[name] for name in _PASSED_BACK if name in headers}
        return Response(body, status, headers=kept)

    async def _get(
        self, headers: Mapping[str, str], url: str, target: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        passed = {name: headers[name] for name in _PASSED_ON if name in headers}
        passed[FORWARDED] = "1"
        session = self._open()
        async with session.get(
            url.rstrip("/") + target, headers=passed, allow_redirects=False
        ) as found:
            return found.status, found.headers, await found.read()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session


def _target(request: Request) -> str:
    # Percent-encoding as it came: a decoded path would lose what an id had escaped.
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope.get("query_string", b"")
    path = raw.partition(b"?")[0].decode("ascii", "replace")
    return path + (f"?{query.decode('ascii', 'replace')}" if query else "")
