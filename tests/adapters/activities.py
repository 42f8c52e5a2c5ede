"""Activities, an issuer of tokens with its own web server, and a worker that takes both in."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

PAYLOADS = Path(__file__).parents[1] / "payloads" / "bot_framework"
SERVICE = "https://webchat.example.org/"
APP = "11111111-2222-3333-4444-555555555555"
ISSUER = "https://api.botframework.com"


def payload(name: str) -> bytes:
    """Return a golden payload as it comes."""
    return (PAYLOADS / f"{name}.json").read_bytes()


def activity(**fields: Any) -> bytes:
    """Return the customer's message with other fields."""
    given = json.loads(payload("customer_message")) | fields
    return json.dumps({name: value for name, value in given.items() if value is not None}).encode()


class SigningKey:
    """A private key and how a key set shows its public half."""

    def __init__(self, key_id: str, **fields: Any) -> None:
        self.key_id = key_id
        self.private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        self.jwk = {**shown, "kid": key_id, "use": "sig"} | fields


class Issuer:
    """Metadata and key set over HTTP on this machine, and tokens signed by its keys."""

    def __init__(self) -> None:
        self.keys = [SigningKey("first")]
        self.fetches = 0
        self.is_down = False
        self.metadata: dict[str, Any] | bytes | None = None
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.answer(self)

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.metadata_url = f"{self.url}/openid"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        self.fetches += 1
        if self.is_down:
            handler.send_error(503)
            return
        if handler.path == "/openid":
            usual = {"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"}
            told: Any = usual if self.metadata is None else self.metadata
        else:
            told = {"keys": [key.jwk for key in self.keys]}
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        handler.send_response(200)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def token(
        self,
        *,
        by: SigningKey | None = None,
        expires_in_s: int = 600,
        headers: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Return a token as a channel sends it; claims of None are left out."""
        key = by or self.keys[0]
        given = {
            "iss": ISSUER,
            "aud": APP,
            "serviceurl": SERVICE,
            "exp": int(time.time()) + expires_in_s,
            **claims,
        }
        given = {name: value for name, value in given.items() if value is not None}
        head = {"kid": key.key_id} | (headers or {})
        return jwt.encode(given, key.private, algorithm="RS256", headers=head)


@contextlib.contextmanager
def issuing() -> Iterator[Issuer]:
    """Run an issuer's web server."""
    issuer = Issuer()
    thread = threading.Thread(target=issuer.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        issuer.server.shutdown()
        thread.join()
        issuer.server.server_close()
