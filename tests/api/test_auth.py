"""Who is let in: tokens that verify, and none of those that nearly do."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import SecretStr

from streams.api.auth import (
    TOKEN_FILE,
    authenticator_for,
    create_token,
    is_loopback,
    read_token,
)
from streams.api.errors import ConfigurationError
from streams.settings import Api
from tests.api.support import SECRET, TOKEN, body, conversation, development, node, token

GOOD = {"sub": "ann", "tenant": "demo", "exp": 4_000_000_000}


def unsigned() -> str:
    """Return a token that says of itself that it needs no signature."""
    return jwt.encode(GOOD, "", algorithm="none")


async def ask(bearer: str | None, *, api: Api | None = None) -> tuple[int, dict[str, Any]]:
    async with node(api=api) as worker, worker.client(bearer) as client:
        answer = await client.get("/v1/me")
        return answer.status_code, body(answer)


async def test_a_good_token_says_who_asks():
    status, me = await ask(
        token("ann", name="Ann", teams=["red"], roles=["representative"], queues=["billing"])
    )
    assert status == 200
    assert me == {
        "tenant": "demo",
        "user": "ann",
        "name": "Ann",
        "roles": ["representative"],
        "teams": ["red"],
        "queues": ["billing"],
        "is_development": False,
    }


@pytest.mark.parametrize(
    ("bearer", "words"),
    [
        (None, "Send a token"),
        ("", "Send a token"),
        ("nonsense", "cannot be verified"),
        (token(expires_in_s=-60), "expired"),
        (token(tenant="Not A Slug"), "names no tenant"),
        (jwt.encode({"sub": "ann", "exp": 4_000_000_000}, SECRET, "HS256"), "names no tenant"),
        (jwt.encode({"sub": "ann", "tenant": "demo"}, SECRET, "HS256"), "lacks the claim `exp`"),
        (jwt.encode({"tenant": "demo", "exp": 4_000_000_000}, SECRET, "HS256"), "`sub`"),
        (jwt.encode(GOOD, "another secret of thirty-two bytes or more", "HS256"), "verified"),
        (jwt.encode(GOOD, SECRET * 2, "HS512"), "algorithm that is not taken"),
        (unsigned(), "algorithm that is not taken"),
    ],
)
async def test_a_token_that_does_not_verify_is_refused_with_a_sentence(
    bearer: str | None, words: str
):
    status, problem = await ask(bearer)
    assert status == 401
    assert problem["title"] == "Who asks is not known"
    assert words in problem["detail"]


async def test_issuer_and_audience_count_when_they_are_set():
    api = Api(jwt_secret=SecretStr(SECRET), jwt_issuer="https://issuer", jwt_audience="cuestream")
    right: dict[str, Any] = {"iss": "https://issuer", "aud": "cuestream"}
    assert (await ask(token(**right), api=api))[0] == 200
    for wrong in ({"iss": "https://other"}, {"aud": "other"}, {"aud": None}, {"iss": None}):
        assert (await ask(token(**(right | wrong)), api=api))[0] == 401


async def test_a_token_of_another_tenant_sees_nothing_of_this_one():
    async with node() as worker:
        worker.put_conversation(conversation("c-1"))
        async with worker.client(token("ann", tenant="other", roles=["admin"])) as client:
            assert (await client.get("/v1/conversations/c-1")).status_code == 404
            listed = body(await client.get("/v1/conversations?scope=visible&state=all"))
            assert (listed["items"], listed["total"]) == ([], 0)


@pytest.mark.parametrize("kind", ["RS256", "ES256"])
async def test_a_public_key_verifies_its_own_tokens_and_is_no_hmac_secret(
    kind: str, tmp_path: Path
):
    private, path = key_pair(kind, tmp_path)
    api = Api(jwt_public_key=path)
    assert (await ask(jwt.encode(GOOD, private, kind), api=api))[0] == 200
    # The classic confusion: the public key, which everybody knows, as the secret of an HMAC.
    forged = forged_hs256(path.read_bytes())
    assert (await ask(forged, api=api))[0] == 401


async def test_a_key_set_over_http_verifies_tokens_and_is_read_again_for_a_new_key(tmp_path: Path):
    first, _ = key_pair("RS256", tmp_path)
    second, _ = key_pair("RS256", tmp_path)
    keys = {"keys": [jwk(first, "one"), jwk(second, "two")]}
    with serving({"/keys": json.dumps(keys)}) as url:
        api = Api(jwt_jwks_url=f"{url}/keys")
        async with node(api=api) as worker:
            for key, name in ((first, "one"), (second, "two")):
                bearer = jwt.encode(GOOD, key, "RS256", headers={"kid": name})
                async with worker.client(bearer) as client:
                    assert (await client.get("/v1/me")).status_code == 200
            unknown = jwt.encode(GOOD, first, "RS256", headers={"kid": "three"})
            async with worker.client(unknown) as client:
                assert (await client.get("/v1/me")).status_code == 401


async def test_a_key_set_that_cannot_be_reached_is_not_the_askers_fault():
    api = Api(jwt_jwks_url="http://127.0.0.1:9/keys")
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    bearer = jwt.encode(GOOD, private, "RS256", headers={"kid": "one"})
    async with node(api=api) as worker, worker.client(bearer) as client:
        answer = await client.get("/v1/me")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org"])
def test_without_authentication_the_api_refuses_to_listen_where_others_can_reach_it(
    host: str, tmp_path: Path
):
    with pytest.raises(ConfigurationError, match="without authentication"):
        authenticator_for(Api(host=host), tmp_path)
    assert not authenticator_for(
        Api(host=host, jwt_secret=SecretStr(SECRET)), tmp_path
    ).is_development


@pytest.mark.parametrize(
    "api",
    [
        Api(jwt_secret=SecretStr("short")),
        Api(jwt_secret=SecretStr(SECRET), jwt_jwks_url="https://issuer/keys"),
        Api(jwt_public_key=Path("nowhere.pem")),
    ],
)
def test_unusable_or_contradicting_keys_stop_the_start_with_a_sentence(api: Api, tmp_path: Path):
    with pytest.raises(ConfigurationError, match="CUESTREAM_API__JWT"):
        authenticator_for(api, tmp_path)


@pytest.mark.parametrize(
    ("host", "is_local"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("", False)],
)
def test_loopback_is_what_only_this_machine_reaches(host: str, is_local: bool):
    assert is_loopback(host) is is_local


def test_the_development_token_is_random_and_for_its_user_only(tmp_path: Path):
    first = create_token(tmp_path)
    assert (tmp_path / TOKEN_FILE).stat().st_mode & 0o777 == 0o600
    assert read_token(tmp_path) == first
    assert create_token(tmp_path) != first
    (tmp_path / TOKEN_FILE).chmod(0o644)
    assert read_token(tmp_path) is None
    authenticator = authenticator_for(Api(), tmp_path)
    principal = asyncio.run(authenticator.authenticate(read_token(tmp_path) or ""))
    assert principal.is_development


async def test_in_development_the_link_sets_a_cookie_that_opens_the_api():
    async with node(**development()) as worker, worker.client() as client:
        assert (await client.get("/v1/me")).status_code == 401
        wrong = await client.get("/", params={"token": "dev-wrong"})
        assert wrong.status_code == 401
        answer = await client.get("/", params={"token": TOKEN})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        me = body(await client.get("/v1/me"))
        assert (me["tenant"], me["user"], me["is_development"]) == ("demo", "ann", True)
        assert set(me["roles"]) == {"representative", "supervisor", "admin"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1"}, 202),
        ({"sec-fetch-site": "same-origin"}, 202),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({}, 403),
    ],
)
async def test_with_the_cookie_only_our_own_pages_may_change_anything(
    headers: dict[str, str], status: int
):
    async with (
        node(**development()) as worker,
        worker.client(cookies={"cuestream_token": TOKEN}) as client,
    ):
        assert (await client.get("/v1/me")).status_code == 200
        answer = await client.post("/v1/conversations", json={}, headers=headers)
        assert answer.status_code == status
        assert len(worker.log.records()) == (status == 202)


async def test_a_bearer_token_needs_no_origin():
    async with node(**development()) as worker, worker.client(TOKEN) as client:
        assert (await client.post("/v1/conversations", json={})).status_code == 202


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", ""]
)
async def test_a_rebound_name_does_not_reach_a_development_worker(host: str):
    async with node(**development()) as worker, worker.client(TOKEN) as client:
        answer = await client.get("/v1/me", headers={"host": host})
        assert answer.status_code == 403
        assert "answers only to" in body(answer)["detail"]


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:8420", "LOCALHOST", "[::1]:8420"])
async def test_loopback_names_reach_a_development_worker(host: str):
    async with node(**development()) as worker, worker.client(TOKEN) as client:
        assert (await client.get("/v1/me", headers={"host": host})).status_code == 200


async def test_the_cookie_and_the_link_are_for_development_only():
    async with (
        node() as worker,
        worker.client(cookies={"cuestream_token": token()}) as client,
    ):
        assert (await client.get("/v1/me")).status_code == 401
        assert "set-cookie" not in (await client.get("/", params={"token": token()})).headers


def key_pair(kind: str, folder: Path) -> tuple[Any, Path]:
    private: Any = (
        rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        if kind == "RS256"
        else ec.generate_private_key(ec.SECP256R1())
    )
    path = folder / f"{kind}-{time.monotonic_ns()}.pem"
    path.write_bytes(
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, path


def jwk(private: Any, name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    return made | {"kid": name, "use": "sig", "alg": "RS256"}


def forged_hs256(secret: bytes) -> str:
    """Sign by hand: PyJWT itself would not take a public key as a secret."""

    def packed(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    head = {"alg": "HS256", "typ": "JWT"}
    signed = ".".join(packed(json.dumps(part).encode()) for part in (head, GOOD))
    return f"{signed}.{packed(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


@contextlib.contextmanager
def serving(pages: dict[str, str]) -> Iterator[str]:
    """Serve fixed pages on loopback."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = pages[self.path].encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
