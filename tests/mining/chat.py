"""A chat endpoint on this machine that answers as it is told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Step = Any
"""What happens to a request: text the model writes; a dict as JSON text; bytes as the whole body;
`(status, headers)`; "gone": the connection breaks; "stuck": no answer; "drip": a byte now and then,
for ever."""


class Chat:
    """An OpenAI-compatible endpoint; `script` says what happens next, the last step stays."""

    def __init__(self, *script: Step) -> None:
        self.script = list(script)
        self.asked: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self._over = threading.Event()

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.serve(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.asked.append(json.loads(body))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.paths.append(request.path)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        request.close_connection = True
        if step == "gone":
            return
        if step == "stuck":
            self._over.wait(10)
            return
        if step == "drip":
            self._drip(request)
            return
        if isinstance(step, tuple):
            status, headers = step
            self._send(request, status, b"{}", headers)
        elif isinstance(step, bytes):
            self._send(request, 200, step, {})
        else:
            text = step if isinstance(step, str) else json.dumps(step)
            self._send(request, 200, said(text), {})

    def _send(
        self, request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
    ) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        try:
            request.wfile.write(body)
        except OSError:
            return  # who asked has hung up

    def _drip(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not self._over.wait(0.02):
            try:
                request.wfile.write(b" ")
            except OSError:
                return


def said(text: str) -> bytes:
    """Return what an endpoint answers when the model wrote `text`."""
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()
