"""Hubs on this machine: HTTP servers that behave as each hub's public documentation says.

Each checks who asks, keeps what it is told once, and answers in its own form. A script makes them
slow, broken or gone for the next requests.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, Self

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

Step = str | tuple[int, dict[str, str]]
Told = tuple[int, Any]


class Seen:
    """One request as it came."""

    def __init__(self, request: web.Request, body: bytes) -> None:
        self.method, self.path = request.method, request.path
        self.query = dict(request.query)
        self.headers = {name.lower(): value for name, value in request.headers.items()}
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class HubServer:
    """A hub; `script` says what happens to the next requests, `ok` once it is empty.

    Steps: ok; lost (it happens, the answer is lost); stuck (no answer until the end); gone (the
    connection breaks before anything happens); `(status, headers)` answers just that.
    """

    def __init__(self, *script: Step) -> None:
        self.script = list(script)
        self.seen: list[Seen] = []
        self.happened: list[Any] = []
        self.url = ""
        self._released = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._released.set()
        assert self._runner is not None
        await self._runner.cleanup()

    def release(self) -> None:
        """Let stuck requests go on."""
        self._released.set()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        seen = Seen(request, await request.read())
        self.seen.append(seen)
        refused = self.refuses(seen)
        if refused is not None:
            return web.json_response({"message": "who are you?"}, status=refused)
        step = self.script.pop(0) if self.script else "ok"
        if isinstance(step, tuple):
            status, headers = step
            return web.json_response({"message": "as told"}, status=status, headers=headers)
        if step == "stuck":
            await self._released.wait()
        if step == "gone":
            return self._cut(request)
        status, answer = self.take(seen)
        if step == "lost":
            return self._cut(request)
        return web.json_response(answer, status=status)

    def _cut(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def refuses(self, seen: Seen) -> int | None:
        """Return the status for somebody who may not ask."""
        return None

    def take(self, seen: Seen) -> Told:
        """Do what is asked, once, and return the answer."""
        raise NotImplementedError


class Custom(HubServer):
    """The generic hub: activities under an idempotency key, signed as Standard Webhooks."""

    SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 24 b").decode()

    def __init__(self, *script: Step) -> None:
        super().__init__(*script)
        self.answers: dict[str, Told] = {}
        self.conversations: dict[str, list[Any]] = {}

    def refuses(self, seen: Seen) -> int | None:
        if seen.method == "GET":
            return None
        try:
            Webhook(self.SECRET).verify(seen.body, seen.headers)
        except WebhookVerificationError:
            return 401
        return None

    def take(self, seen: Seen) -> Told:
        if seen.method == "GET":
            return 200, {"status": "ok"}
        key = seen.headers["idempotency-key"]
        if key not in self.answers:
            self.answers[key] = self._once(seen.json)
        return self.answers[key]

    def _once(self, activity: Any) -> Told:
        if activity.get("name") == "handoff.initiate":
            name = f"hub-{len(self.conversations) + 1}"
            self.conversations[name] = []
            self.happened.append(activity)
            return 201, {"id": activity["id"], "conversationId": name}
        conversation = activity["conversation"]["id"]
        if conversation not in self.conversations:
            return 404, {"message": f"no conversation {conversation}"}
        self.conversations[conversation].append(activity)
        self.happened.append(activity)
        return 200, {"id": activity["id"]}


class Genesys(HubServer):
    """Genesys Cloud: OAuth, Open Messaging; a message id counts once."""

    INTEGRATION = "int-1"

    def __init__(self, *script: Step) -> None:
        super().__init__(*script)
        self.tokens = 0
        self.valid: set[str] = set()
        self.messages: dict[str, Any] = {}
        self.events: list[Any] = []

    def refuses(self, seen: Seen) -> int | None:
        if seen.path == "/oauth/token":
            pair = base64.b64encode(b"client:a client secret").decode()
            return None if seen.headers.get("authorization") == f"Basic {pair}" else 401
        found = seen.headers.get("authorization", "").removeprefix("Bearer ")
        return None if found in self.valid else 401

    def take(self, seen: Seen) -> Told:
        if seen.path == "/oauth/token":
            assert seen.body == b"grant_type=client_credentials"
            self.tokens += 1
            token = f"token-{self.tokens}"
            self.valid.add(token)
            return 200, {"access_token": token, "expires_in": 86_400}
        base = f"/api/v2/conversations/messages/{self.INTEGRATION}/inbound/open"
        if seen.path == f"{base}/message":
            channel = seen.json["channel"]
            assert channel["from"]["idType"] == "Opaque"
            assert seen.json["text"]
            self.messages.setdefault(channel["messageId"], seen.json)
            return 202, {"id": f"g-{channel['messageId']}"}
        if seen.path == f"{base}/event":
            self.events.append(seen.json)
            return 202, {"id": "g-event"}
        if seen.path.startswith("/api/v2/conversations/messaging/integrations/open/"):
            return 200, {"id": self.INTEGRATION}
        return 404, {"message": "no such resource"}


class LivePerson(HubServer):
    """LivePerson's Connector API: two tokens, batches in order, one answer a request."""

    def __init__(self, *script: Step) -> None:
        super().__init__(*script)
        self.conversations: dict[str, Any] = {}
        self.events: list[Any] = []
        self.closed: list[str] = []

    def refuses(self, seen: Seen) -> int | None:
        if seen.path.endswith("/app/token"):
            return None
        if seen.headers.get("authorization") != "app-jwt":
            return 401
        if seen.path.endswith("/consumer") or seen.method == "GET":
            return None
        return None if seen.headers.get("x-lp-on-behalf") == "jws-mia" else 401

    def take(self, seen: Seen) -> Told:
        if seen.path.endswith("/app/token"):
            assert b"client_secret=a+client+secret" in seen.body
            return 200, {"access_token": "app-jwt", "expires_in": 3_600}
        if seen.path.endswith("/consumer"):
            return 200, {"token": f"jws-{seen.json['ext_consumer_id']}"}
        if seen.method == "GET":
            return 200, {}
        assert seen.query == {"v": "3"}
        if seen.path == "/api/account/acc/messaging/consumer/conversation":
            return self._open(seen.json)
        if seen.path == "/api/account/acc/messaging/consumer/conversation/send":
            return self._sent(seen.json)
        return 404, {"message": "no such method"}

    def _open(self, batch: Any) -> Told:
        kinds = [one["type"] for one in batch]
        if kinds[:2] != ["userprofile.SetUserProfile", "cm.ConsumerRequestConversation"]:
            return 400, {"message": "the order of the payloads is wrong"}
        name = f"lp-{len(self.conversations) + 1}"
        self.conversations[name] = batch
        answers: list[Any] = [{"code": "OK", "body": {}, "reqId": batch[0]["id"]}]
        answers.append({"code": 200, "body": {"conversationId": name}, "reqId": batch[1]["id"]})
        return 200, answers

    def _sent(self, request: Any) -> Told:
        if request["type"] == "cm.UpdateConversationField":
            self.closed.append(request["body"]["conversationId"])
        elif request["body"]["dialogId"] not in self.conversations:
            return 400, {"message": "no such dialog"}
        else:
            self.events.append(request["body"]["event"])
        return 200, {"code": 200, "body": {}, "reqId": request["id"]}


class Zendesk(HubServer):
    """Zendesk Support: tickets under an idempotency key, comments, basic authorization."""

    def __init__(self, *script: Step) -> None:
        super().__init__(*script)
        self.tickets: dict[str, Any] = {}
        self.by_key: dict[str, str] = {}
        self.comments: list[Any] = []

    def refuses(self, seen: Seen) -> int | None:
        pair = base64.b64encode(b"agent@example.com/token:an api token").decode()
        return None if seen.headers.get("authorization") == f"Basic {pair}" else 401

    def take(self, seen: Seen) -> Told:
        if seen.method == "POST" and seen.path == "/api/v2/tickets.json":
            key = seen.headers["idempotency-key"]
            if key not in self.by_key:
                self.by_key[key] = str(35_000 + len(self.tickets))
                self.tickets[self.by_key[key]] = seen.json["ticket"]
            ticket_id = self.by_key[key]
            return 201, {"ticket": {"id": int(ticket_id)}, "audit": {"id": 1}}
        if seen.method == "PUT" and seen.path.startswith("/api/v2/tickets/"):
            ticket_id = seen.path.rpartition("/")[2].removesuffix(".json")
            if ticket_id not in self.tickets:
                return 404, {"error": "RecordNotFound", "description": "Not found"}
            self.comments.append(seen.json["ticket"])
            return 200, {"ticket": {"id": int(ticket_id)}, "audit": {"id": 2}}
        if seen.path == "/api/v2/users/me.json":
            return 200, {"user": {"id": 1}}
        return 404, {"error": "InvalidEndpoint"}


class ServiceNow(HubServer):
    """ServiceNow's bot integration: sessions by the caller's id, requests by theirs."""

    def __init__(self, *script: Step) -> None:
        super().__init__(*script)
        self.sessions: dict[str, list[Any]] = {}
        self.requests: set[str] = set()

    def take(self, seen: Seen) -> Told:
        if seen.method == "GET":
            return 200, {}
        assert seen.path == "/api/sn_va_as_service/bot/integration"
        asked = seen.json
        if not asked.get("userId"):
            return 200, {"status": "error", "errorMessage": "userId is missing"}
        if asked["requestId"] not in self.requests:
            self.requests.add(asked["requestId"])
            if asked.get("action") == "START_CONVERSATION":
                self.sessions.setdefault(asked["clientSessionId"], [])
            if asked["clientSessionId"] not in self.sessions:
                return 200, {"status": "error", "errorMessage": "no such session"}
            self.sessions[asked["clientSessionId"]].append(asked)
        return 200, {"status": "success", "requestId": asked["requestId"]}


class Activities(HubServer):
    """A Bot Framework connector, or Direct Line: activities in a conversation, by their ids."""

    def __init__(self, *script: Step, prefix: str = "/v3/conversations") -> None:
        super().__init__(*script)
        self.prefix = prefix
        self.conversations: dict[str, list[Any]] = {}

    def take(self, seen: Seen) -> Told:
        if seen.path == "/":
            return 200, {}
        if not (seen.path.startswith(self.prefix) and seen.path.endswith("/activities")):
            return 404, {"error": {"code": "NotFound", "message": "no such method"}}
        name = seen.path.removeprefix(self.prefix + "/").removesuffix("/activities")
        held = self.conversations.setdefault(name, [])
        if seen.method == "GET":
            start = int(seen.query.get("watermark", "0"))
            return 200, {"activities": held[start:], "watermark": str(len(held))}
        activity = seen.json
        if all(activity["id"] != one["id"] for one in held):
            held.append(activity)
        return 201, {"id": activity["id"]}
