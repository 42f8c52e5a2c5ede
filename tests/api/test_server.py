"""The server: where it listens, what every answer carries, and how it ends."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog

from streams.api.console import CSP
from streams.api.errors import ConfigurationError, PortTakenError
from streams.api.server import ApiServer
from streams.settings import Api
from tests.api.support import TOKEN, Node, body, conversation, development, node, token


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built console."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Cuestream</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "main-3f2a9c.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("outside")
    return folder


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/healthz", "/metrics", "/openapi.json", "/v1/me", "/nowhere"]
)
async def test_every_answer_carries_the_headers_that_keep_pages_safe(path: str, dist: Path):
    async with node(dist=dist) as worker, worker.client() as client:
        answer = await client.get(path)
        assert answer.headers["content-security-policy"] == CSP
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers


def test_the_content_security_policy_allows_nothing_inline_and_nothing_foreign():
    directives = dict(part.strip().split(" ", 1) for part in CSP.split(";"))
    assert directives["default-src"] == "'self'"
    assert directives["script-src"] == "'self'"
    assert directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["object-src"] == "'none'"
    assert "unsafe" not in CSP
    assert "*" not in CSP
    assert "http" not in CSP


async def test_the_console_is_served_with_hashed_files_kept_for_ever(dist: Path):
    async with node(dist=dist) as worker, worker.client() as client:
        page = await client.get("/")
        assert "Cuestream" in page.text
        assert page.headers["cache-control"] == "no-cache"
        script = await client.get("/assets/main-3f2a9c.js")
        assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "javascript" in script.headers["content-type"]
        assert (await client.get("/favicon.svg")).headers["content-type"] == "image/svg+xml"
        deep = await client.get("/conversations/c-1", headers={"accept": "text/html"})
        assert deep.text == page.text
        assert (await client.get("/assets/gone.js")).status_code == 404
        assert (await client.get("/v1/nowhere", headers={"accept": "text/html"})).status_code == 404
        assert (await client.get("/v1/conversations", headers={"accept": "*/*"})).status_code == 401


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/..%2Fsecret.txt", "/assets/..%2f..%2fsecret.txt"]
)
async def test_no_file_outside_the_console_is_served(path: str, dist: Path):
    async with node(dist=dist) as worker, worker.client() as client:
        answer = await client.get(path)
        assert "outside" not in answer.text


async def test_a_console_that_is_not_built_says_how_to_build_it(tmp_path: Path):
    async with node(dist=tmp_path / "nothing") as worker, worker.client() as client:
        answer = await client.get("/")
        assert answer.status_code == 200
        assert "python -m streams.console_build" in answer.text
        assert (await client.get("/assets/x.js")).status_code == 404


async def test_the_reference_page_needs_no_script_and_names_every_operation():
    async with node() as worker, worker.client() as client:
        page = (await client.get("/docs")).text
        assert "<script" not in page
        assert "<style" not in page
        document = body(await client.get("/openapi.json"))
        for path, operations in document["paths"].items():
            for method in operations:
                assert f"{method.upper()} {path}" in page
        assert (await client.get("/docs.css")).headers["content-type"].startswith("text/css")


async def test_unknown_addresses_and_methods_get_a_problem():
    async with node() as worker, worker.client(token()) as client:
        for method, path, status in (
            ("GET", "/v1/nothing", 404),
            ("DELETE", "/v1/me", 405),
            ("POST", "/healthz", 405),
        ):
            answer = await client.request(method, path)
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
            problem = body(answer)
            assert problem["status"] == status
            assert problem["type"].startswith("urn:cuestream:problem:")
            assert "/docs" in problem["detail"]


async def test_a_fault_of_ours_is_a_sentence_without_a_trace():
    def broken() -> Any:
        raise ZeroDivisionError("secret inside")

    async with node(processors=broken) as worker, worker.client(token()) as client:
        with structlog.testing.capture_logs() as lines:
            answer = await client.get("/v1/system")
        assert [line["event"] for line in lines] == ["request failed"]
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert "secret inside" not in answer.text
        assert "Traceback" not in answer.text


async def test_requests_are_counted_by_their_template_never_by_an_id():
    async with node() as worker, worker.client(token()) as client:
        worker.put_conversation(conversation("c-1"))
        for path in ("/v1/conversations/c-1", "/v1/conversations/c-1/turns", "/v1/me"):
            await client.get(path)
        text = (await client.get("/metrics")).text
        assert 'route="/v1/conversations/{conversation_id}"' in text
        assert "c-1" not in text
        assert "cuestream_http_request_seconds_bucket" in text


# Listening


async def test_it_listens_on_the_running_loop_and_leaves_signals_alone():
    async with serving(api=Api(port=0)) as (server, _):
        assert server.url.startswith("http://127.0.0.1:")
        async with httpx2.AsyncClient() as client:
            assert (await client.get(f"{server.url}/healthz")).json() == {"status": "alive"}


async def test_answers_are_not_held_back_by_tcp():
    async with serving(api=Api(port=0)) as (server, _):
        assert server._server is not None
        (listener,) = server._server.servers[0].sockets
        assert listener.proto == socket.IPPROTO_TCP
        async with httpx2.AsyncClient(base_url=server.url) as client:
            await client.get("/healthz")
            took_s = []
            for _ in range(20):
                started_s = time.perf_counter()
                await client.get("/healthz")
                took_s.append(time.perf_counter() - started_s)
        # Nagle's algorithm against a delayed acknowledgement takes 40 ms, every time.
        assert min(took_s) < 0.03


async def test_a_taken_port_moves_up_unless_it_is_fixed():
    with taken_port() as port:
        async with node() as worker:
            server = ApiServer(worker.app, Api(port=port))
            url = await server.start()
            assert int(url.rpartition(":")[2]) > port
            await server.stop()
            fixed = ApiServer(worker.app, Api(port=port), is_port_fixed=True)
            with pytest.raises(PortTakenError, match=f"127.0.0.1:{port}"):
                await fixed.start()


async def test_an_address_that_is_not_ours_is_refused_with_a_sentence():
    async with node() as worker:
        server = ApiServer(worker.app, Api(host="203.0.113.7", port=0))
        with pytest.raises(PortTakenError, match="cannot listen on"):
            await server.start()


async def test_a_development_worker_cannot_be_made_for_the_outside(tmp_path: Path):
    given = development() | {"api": Api(host="0.0.0.0")}
    with pytest.raises(ConfigurationError, match="refusing to listen"):
        Node(**given)
    with pytest.raises(ConfigurationError, match="refusing to listen"):
        Node(api=Api(host="0.0.0.0"), data_dir=tmp_path)


async def test_it_answers_a_slow_request_before_it_stops():
    reached, let_go = asyncio.Event(), asyncio.Event()
    async with serving(api=Api(port=0), **without_api(development())) as (server, worker):

        @worker.app.get("/slow")
        async def slow() -> dict[str, bool]:
            reached.set()
            await let_go.wait()
            return {"done": True}

        # The console takes every address that nobody took before.
        worker.app.router.routes.insert(0, worker.app.router.routes.pop())
        async with httpx2.AsyncClient() as client:
            asked = asyncio.create_task(client.get(f"{server.url}/slow"))
            await reached.wait()
            stopping = asyncio.create_task(server.stop())
            let_go.set()
            assert (await asked).json() == {"done": True}
            await stopping


async def test_the_development_token_opens_a_listening_worker():
    async with (
        serving(api=Api(port=0), **without_api(development())) as (server, _),
        httpx2.AsyncClient(base_url=server.url, follow_redirects=True) as client,
    ):
        await client.get("/", params={"token": TOKEN})
        assert (await client.get("/v1/me")).json()["user"] == "ann"


def without_api(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "api"}


class serving:  # noqa: N801  # reads as a verb
    """A node that listens."""

    def __init__(self, **given: Any) -> None:
        self._given = given

    async def __aenter__(self) -> tuple[ApiServer, Node]:
        api = self._given.pop("api")
        if "authenticator" in self._given:
            self._given["api"] = api
        self._node = node(**self._given)
        worker = await self._node.__aenter__()
        self._server = ApiServer(worker.app, api)
        await self._server.start()
        return self._server, worker

    async def __aexit__(self, *raised: Any) -> None:
        await self._server.stop()
        await self._node.__aexit__(*raised)


class taken_port:  # noqa: N801  # reads as a noun
    """A loopback port that somebody listens on."""

    def __enter__(self) -> int:
        self._socket = socket.create_server(("127.0.0.1", 0))
        return int(self._socket.getsockname()[1])

    def __exit__(self, *_: Any) -> None:
        self._socket.close()
