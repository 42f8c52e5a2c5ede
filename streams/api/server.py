"""The worker's HTTP server: the application put together, and uvicorn on the running loop.

HTTP starts first and answers while the processors still recover; `/readyz` says when they have.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib.metadata
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from processors.assist.articles import ARTICLES
from processors.views.library import PROCESSOR as LIBRARY
from streams.adapters import inbound
from streams.api import console, problems, routes
from streams.api.answers import ProcessorStatus, Readiness
from streams.api.appending import Appender, ProducerAppender
from streams.api.auth import (
    Authenticator,
    authenticator_for,
    host_names,
    is_loopback,
    require_known_host,
)
from streams.api.commands import Commands
from streams.api.errors import ConfigurationError, ForbiddenError, PortTakenError, RequestError
from streams.api.explain import reading
from streams.api.feed import ChangelogFeed
from streams.api.floor import ROUTING
from streams.api.gateway import Gateway
from streams.api.intent_routes import intents
from streams.api.library_article_routes import articles
from streams.api.library_articles import Articles, Find
from streams.api.library_commands import LibraryCommands
from streams.api.library_dry_run import dry_run
from streams.api.library_live import LibraryLive
from streams.api.library_reads import LibraryReads
from streams.api.library_routes import library as library_routes
from streams.api.live import Live, Streams
from streams.api.openapi import document
from streams.api.parts import OpenLog, Parts
from streams.api.peers import Peers
from streams.api.queries import Reads
from streams.api.routing_commands import HANDOFF, RoutingCommands
from streams.api.routing_live import HandoffLive, RoutingLive
from streams.api.routing_reads import References, RoutingReads
from streams.api.routing_routes import routing
from streams.api.rows import PROCESSOR
from streams.api.system import QuarantineTally, System
from streams.api.verdicts import KafkaVerdicts, Verdicts
from streams.hubs.inbound import mount
from streams.hubs.service import HubService
from streams.library.service import LibraryService
from streams.reference_publication import published_reference
from streams.settings import Api, Kafka, Settings
from streams.tables import Tables
from streams.telemetry.logs import logger
from streams.telemetry.metrics import Metrics

PORTS_TRIED = 50
STOP_S = 3
CONNECTIONS_MAX = 2_000

_log = logger(__name__)
_DESCRIPTION = (
    "Queries, commands, live updates and the event gateway of a Cuestream worker. Every answer says"
    " as of which log position it holds; every refusal is a problem document (RFC 9457)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDependencies:
    """What the API needs of the worker.

    Attributes:
        settings: Kafka, data folder, address and authentication.
        tables: The worker's rows.
        partitions: How many partitions the conversation log has.
        metrics: The worker's metrics.
        readiness: Whether partitions are assigned and recovered; asked at every `/readyz`.
        processors: Where this worker's own partitions stand; asked at every `/v1/system`.
        appender: The way to the logs; by default the SDK's producer.
        feed: Row changes; by default the conversation processor's changelog.
        open_log: Random access to topics for explanations; by default over Kafka.
        authenticator: Who asks; by default what the settings say.
        dist: The built console.
        references: Reference values in force by processor and tenant, as far as this worker has
            them.
        routing_feed: Row changes of routing; by default its changelog.
        handoff_feed: Row changes of hand-off; by default its changelog.
        library_feed: Row changes of the intent library; by default its changelog.
        verdicts: What became of commands; by default what the refusals' topic tells.
        find_articles: The articles a tenant published last; by default from the reference topic.
    """

    settings: Settings
    tables: Tables
    partitions: int
    metrics: Metrics
    readiness: Callable[[], Readiness]
    processors: Callable[[], Sequence[ProcessorStatus]]
    appender: Appender | None = None
    feed: ChangelogFeed | None = None
    open_log: OpenLog | None = None
    authenticator: Authenticator | None = None
    dist: Path = console.DIST
    references: References = lambda _processor, _tenant: {}
    routing_feed: ChangelogFeed | None = None
    handoff_feed: ChangelogFeed | None = None
    library_feed: ChangelogFeed | None = None
    verdicts: Verdicts | None = None
    find_articles: Find | None = None


def create_app(given: ApiDependencies) -> FastAPI:
    """Return the application; nothing is connected before it is needed.

    Raises:
        ConfigurationError: The settings would let strangers in, or contradict each other.
    """
    settings = given.settings
    authenticator = given.authenticator or authenticator_for(settings.api, settings.worker.data_dir)
    if authenticator.is_development and not is_loopback(settings.api.host):
        raise ConfigurationError(
            f"refusing to listen on {settings.api.host} with a development token; configure"
            " authentication (CUESTREAM_API__JWT_SECRET and its like), or listen on 127.0.0.1"
        )
    parts = _parts(given, authenticator)
    hubs = HubService(
        settings.hubs,
        given.tables,
        parts.appender,
        parts.gateway,
        given.metrics,
        data_dir=settings.worker.data_dir,
    )
    library = LibraryService(
        settings.library, settings.kafka, given.tables, parts.appender, given.metrics
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        hubs.start()
        library.start()
        yield
        await library.stop()
        await hubs.stop()
        await parts.close()

    app = FastAPI(
        title="Cuestream",
        version=version(),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        exception_handlers={
            RequestError: problems.on_request_error,
            HTTPException: problems.on_http_error,
            RequestValidationError: problems.on_parameter_error,
        },
    )
    app.state.parts, app.state.dist = parts, given.dist
    app.state.library = library
    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's documented way
    app.include_router(routes.operations)
    # Before the conversations, whose ids may have slashes in them.
    app.include_router(intents)
    app.include_router(routes.v1)
    app.include_router(routing)
    app.include_router(library_routes)
    app.include_router(articles)
    app.include_router(dry_run)
    app.include_router(inbound.routes(settings.inbound))
    mount(app, hubs.webhooks)
    app.include_router(console.routes(given.dist))
    known = host_names(settings.api) if authenticator.is_development else None
    app.add_middleware(Door, metrics=given.metrics, hosts=known)
    app.add_middleware(console.SecurityHeaders)
    return app


def version() -> str:
    """Return the installed version of Cuestream."""
    try:
        return importlib.metadata.version("cuestream")
    except importlib.metadata.PackageNotFoundError:
        return "0.0.0+sources"


def _parts(given: ApiDependencies, authenticator: Authenticator) -> Parts:
    settings, metrics = given.settings, given.metrics
    peers = Peers(metrics)
    reads = Reads(given.tables, peers, partitions=given.partitions)
    appender = given.appender or ProducerAppender(settings.kafka)
    gateway = Gateway(appender, metrics)
    feed = given.feed or ChangelogFeed(settings.kafka, PROCESSOR, given.partitions)
    verdicts = given.verdicts or KafkaVerdicts(settings.kafka, given.tables, given.partitions)
    routing_feed = given.routing_feed or ChangelogFeed(settings.kafka, ROUTING, given.partitions)
    handoff_feed = given.handoff_feed or ChangelogFeed(settings.kafka, HANDOFF, given.partitions)
    library_feed = given.library_feed or ChangelogFeed(settings.kafka, LIBRARY, given.partitions)
    library = LibraryReads(given.tables, peers)
    return Parts(
        library=library,
        library_commands=LibraryCommands(gateway, appender, verdicts, library),
        library_feed=library_feed,
        library_live=LibraryLive(library_feed),
        articles=Articles(
            given.tables, given.references, given.find_articles or _published(settings.kafka)
        ),
        routing=RoutingReads(given.tables, peers, given.references),
        routing_commands=RoutingCommands(gateway, appender, verdicts),
        routing_feed=routing_feed,
        routing_live=RoutingLive(routing_feed),
        handoff_feed=handoff_feed,
        handoff_live=HandoffLive(handoff_feed),
        verdicts=verdicts,
        authenticator=authenticator,
        reads=reads,
        commands=Commands(gateway, reads),
        gateway=gateway,
        streams=Streams(metrics),
        live=Live(feed, reads),
        feed=feed,
        system=System(
            given.tables,
            peers,
            QuarantineTally(settings.kafka, given.partitions),
            local=given.processors,
            version=version(),
        ),
        peers=peers,
        appender=appender,
        metrics=metrics,
        readiness=given.readiness,
        open_log=given.open_log or (lambda: reading(settings.kafka)),
        partitions=given.partitions,
    )


class Door:
    """The outermost layer: knows the hosts, measures, and turns a fault into a problem."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, hosts: frozenset[str] | None) -> None:
        self._app, self._metrics, self._hosts = app, metrics, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; answer 500 with a sentence when something breaks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._measure(scope, status, time.perf_counter() - started_s)
            await send(message)

        try:
            if self._hosts is not None:
                require_known_host(Request(scope).headers.get("host", ""), self._hosts)
            await self._app(scope, receive, watched)
        except ForbiddenError as refusal:
            await problems.of_error(refusal)(scope, receive, watched)
        except ClientDisconnect:
            return
        except Exception:
            _log.exception("request failed", method=scope["method"], route=_route(scope))
            if status:
                # Too late for an answer: the connection is cut, which the reader notices.
                raise
            fault = problems.respond(
                status=500,
                code="fault",
                title="A fault of ours",
                detail="Something broke here; the worker's log has the details. Nothing was changed"
                " unless an earlier answer said so.",
            )
            await fault(scope, receive, watched)

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        self._metrics.http_requests.labels(scope["method"], route, str(status)).inc()
        self._metrics.http_request_seconds.labels(route).observe(seconds)


def _route(scope: Scope) -> str:
    """Return the address's template: bounded, and without anybody's id."""
    path = getattr(scope.get("route"), "path_format", None)
    return path if isinstance(path, str) else "other"


def _published(kafka: Kafka) -> Find:
    def find(tenant: str) -> bytes | None:
        found = published_reference(kafka, ARTICLES, tenant=tenant)
        return None if found is None else found.content

    return find


class _Uvicorn(uvicorn.Server):
    """Uvicorn without signal handlers: the worker has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


class ApiServer:
    """Serves an application on the running loop, as a background task."""

    def __init__(self, app: FastAPI, settings: Api, *, is_port_fixed: bool = False) -> None:
        """Describe the server.

        Args:
            app: From `create_app`.
            settings: Host and port; port 0 takes any free one.
            is_port_fixed: Fail when the port is taken, instead of taking the next free one.
        """
        self._app, self._settings, self._is_port_fixed = app, settings, is_port_fixed
        self._server: _Uvicorn | None = None
        self._task: asyncio.Task[None] | None = None
        self.url = ""

    async def start(self) -> str:
        """Listen, and return the base URL once requests are answered.

        Raises:
            PortTakenError: The port is taken, and fixed or no other is free.
        """
        listener = self._listen()
        host, port = listener.getsockname()[:2]
        config = uvicorn.Config(
            self._app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=STOP_S,
        )
        self._server = _Uvicorn(config)
        self._task = asyncio.create_task(self._server.serve([listener]), name="http server")
        while not self._server.started:
            if self._task.done():
                await self._task
                raise PortTakenError(host=host, port=port, because="the server did not start")
            await asyncio.sleep(0.005)
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        return self.url

    async def stop(self) -> None:
        """End live streams, answer what is under way, and stop listening."""
        server, task = self._server, self._task
        if server is None or task is None:
            return
        self._server = self._task = None
        parts: Parts = self._app.state.parts
        # Streams end first: the server waits for every answer under way.
        await parts.close_feeds()
        server.should_exit = True
        await task

    def _listen(self) -> socket.socket:
        host, port = self._settings.host, self._settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        tried = 1 if self._is_port_fixed or port == 0 else PORTS_TRIED
        because = ""
        for number in range(port, min(port + tried, 65_536)):
            # With the protocol named, or asyncio leaves TCP's delay on: 40 ms an answer.
            listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((host.strip("[]"), number))
                listener.listen(512)
            except OSError as fault:
                listener.close()
                because = fault.strerror or str(fault)
                if fault.errno != errno.EADDRINUSE:
                    break
            else:
                listener.setblocking(False)  # noqa: FBT003  # the socket's own signature
                return listener
        raise PortTakenError(host=host, port=port, because=because)
