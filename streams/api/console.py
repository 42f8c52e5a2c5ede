"""The console's files, the reference page, and the headers that keep both safe."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.api.errors import NotFoundError

DIST: Final = Path(__file__).parent.parent / "console" / "dist"
CSP: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final[dict[bytes, bytes]] = {
    b"content-security-policy": CSP.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
_HASHED: Final = "public, max-age=31536000, immutable"
_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.4 ui-monospace,monospace;background:#8882;border-radius:4px;padding:.1em .3em}
pre{padding:.6em;overflow:auto}h2{border-top:1px solid #8886;padding-top:1rem}
table{border-collapse:collapse}td,th{text-align:left;padding:.2em .8em .2em 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{background:#16181d;color:#e6e6e6}a{color:#8ab4f8}}
"""


class SecurityHeaders:
    """Adds the headers every answer carries, unless it has set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                missing = [pair for pair in SECURITY_HEADERS.items() if pair[0] not in present]
                if b"cache-control" not in present:
                    missing.append((b"cache-control", b"no-store"))
                message = {**message, "headers": [*message["headers"], *missing]}
            await send(message)

        await self._app(scope, receive, with_headers)


def routes(dist: Path = DIST) -> APIRouter:
    """Return the routes of the console: its page at `/`, its files beside it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def docs(request: Request) -> Response:
        return HTMLResponse(reference(request.app.openapi()))

    @router.get("/docs.css")
    async def style() -> Response:
        return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    @router.get("/{path:path}")
    async def file(path: str, request: Request) -> Response:
        return serve(dist, path, accept=request.headers.get("accept", ""))

    return router


def serve(dist: Path, path: str, *, accept: str) -> Response:
    """Return a file of the built console, its page for addresses that the page itself reads.

    Raises:
        NotFoundError: There is no such file.
    """
    index = dist / "index.html"
    if not index.is_file():
        if path in {"", "index.html"}:
            return HTMLResponse(_NOT_BUILT, 200)
        raise NotFoundError("There is nothing at this address; /docs lists what there is.")
    wanted = (dist / path).resolve()
    if path and wanted.is_relative_to(dist.resolve()) and wanted.is_file():
        is_hashed = path.startswith("assets/")
        return FileResponse(wanted, headers={"Cache-Control": _HASHED if is_hashed else "no-cache"})
    is_page = "text/html" in accept and not path.startswith(("v1/", "assets/"))
    if path == "" or is_page:
        return FileResponse(index, headers={"Cache-Control": "no-cache"})
    raise NotFoundError("There is nothing at this address; /docs lists what there is.")


def reference(document: dict[str, Any]) -> str:
    """Return the API's reference page, made from its OpenAPI document, without any script."""
    parts = [
        _page_head(f"{document['info']['title']} {document['info']['version']}"),
        f"<p>{_text(document['info'].get('description', ''))}</p>",
        '<p>The whole document: <a href="/openapi.json">openapi.json</a></p>',
    ]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parts.append(_operation(method, path, operation))
    schemas = document.get("components", {}).get("schemas", {})
    parts.append("<h1>Schemas</h1>")
    parts += [_schema(name, schema) for name, schema in sorted(schemas.items())]
    return "\n".join([*parts, "</body></html>"])


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = [
        f"<tr><td><code>{_text(parameter['name'])}</code></td><td>{_text(parameter['in'])}</td>"
        f"<td>{_text(parameter.get('description', ''))}</td></tr>"
        for parameter in operation.get("parameters", [])
    ]
    body = [
        f"<tr><td>body</td><td>{_text(media)}</td><td>{_link(content.get('schema', {}))}</td></tr>"
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
    ]
    answers = [
        f"<tr><td>{_text(status)}</td><td>{_text(media)}</td>"
        f"<td>{_text(answer.get('description', ''))} {_link(content.get('schema', {}))}</td></tr>"
        for status, answer in operation.get("responses", {}).items()
        for media, content in (answer.get("content") or {"": {}}).items()
    ]
    return (
        f"<h2><code>{_text(method.upper())} {_text(path)}</code></h2>"
        f"<p>{_text(operation.get('description') or operation.get('summary', ''))}</p>"
        f"<table>{''.join([*rows, *body, *answers])}</table>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        f"<tr><td><code>{_text(field)}</code>{'' if field in required else ' (optional)'}</td>"
        f"<td>{_link(shape)}</td></tr>"
        for field, shape in schema.get("properties", {}).items()
    ]
    says = _text(schema.get("description", "")).replace("\n", "<br>")
    return f'<h2 id="{_text(name)}">{_text(name)}</h2><p>{says}</p><table>{"".join(rows)}</table>'


def _link(shape: dict[str, Any]) -> str:
    """Return a schema in a few words, linked to where it stands."""
    if "$ref" in shape:
        name = _text(str(shape["$ref"]).rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in shape:
        return " or ".join(_link(choice) for choice in shape["anyOf"])
    if shape.get("type") == "array":
        return f"list of {_link(shape.get('items', {}))}"
    if "enum" in shape:
        return " | ".join(_text(str(value)) for value in shape["enum"])
    return _text(str(shape.get("type", "anything")))


def _text(text: str) -> str:
    return html.escape(text)


def _page_head(title: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>{_text(title)}</title><link rel="stylesheet" href="/docs.css"></head>'
        f"<body><h1>{_text(title)}</h1>"
    )


_NOT_BUILT: Final = (
    _page_head("The console is not built")
    + """<p>This worker runs from sources, and the console's pages have not been built yet. Build
them once, then load this page again:</p>
<pre>python -m streams.console_build</pre>
<p>The API works without: see the <a href="/docs">reference</a>.</p></body></html>"""
)
