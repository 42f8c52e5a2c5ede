"""Tokens for hubs that want them: asked for once, kept until shortly before they end."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp
import jwt
import msgspec

from processors.handoff.hubs.answers import inside, word
from streams.hubs.errors import SecretMissingError, TokenRefusedError
from streams.hubs.settings import Endpoint

MARGIN_S: Final = 60.0
LIFETIME_S: Final = 3_600.0
"""How long a token is kept when its service does not say."""


class Tokens:
    """The authorization headers of one hub."""

    def __init__(
        self,
        hub: str,
        endpoint: Endpoint,
        session: Callable[[], aiohttp.ClientSession],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is asked for before it is needed.

        Args:
            hub: The hub's name.
            endpoint: How it is spoken to.
            session: Gives the HTTP client.
            clock: Seconds, for the age of tokens.
        """
        self._hub, self._endpoint, self._session, self._clock = hub, endpoint, session, clock
        self._kept: dict[str, tuple[str, float]] = {}
        self._asking = asyncio.Lock()

    async def headers(self, customer: str) -> list[tuple[str, str]]:
        """Return the headers that say who we are.

        Args:
            customer: In whose name, for hubs that want to know; empty: in nobody's.

        Raises:
            SecretMissingError: Something needed is not set.
            TokenRefusedError: The token service gave none.
        """
        endpoint = self._endpoint
        if endpoint.authorization == "none":
            return []
        if endpoint.authorization == "bearer":
            return [("authorization", f"Bearer {self._secret()}")]
        if endpoint.authorization == "basic":
            pair = f"{self._user()}:{self._secret()}".encode()
            return [("authorization", f"Basic {base64.b64encode(pair).decode()}")]
        async with self._asking:
            token = await self._token("", self._client_credentials)
            if endpoint.authorization == "client_credentials":
                return [("authorization", f"Bearer {token}")]
            if not customer:
                return [("authorization", token)]
            on_behalf = await self._token(customer, lambda: self._consumer(customer, token))
        return [("authorization", token), ("x-lp-on-behalf", on_behalf)]

    def forget(self) -> bool:
        """Drop what was kept, because the hub refused it; return whether there was anything."""
        had_any = bool(self._kept)
        self._kept.clear()
        return had_any

    async def _token(self, name: str, ask: Callable[[], Any]) -> str:
        kept = self._kept.get(name)
        if kept is not None and kept[1] > self._clock():
            return kept[0]
        token, lives_s = await ask()
        if len(self._kept) > 10_000:
            self._kept.clear()
        self._kept[name] = (token, self._clock() + max(0.0, lives_s - MARGIN_S))
        return str(token)

    async def _client_credentials(self) -> tuple[str, float]:
        if self._endpoint.token_url is None:
            raise SecretMissingError(hub=self._hub, field="token_url", because="is missing")
        form = {"grant_type": "client_credentials"}
        if self._endpoint.scope:
            form["scope"] = self._endpoint.scope
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if self._endpoint.authorization == "liveperson" or self._endpoint.scope:
            form |= {"client_id": self._user(), "client_secret": self._secret()}
        else:
            pair = f"{self._user()}:{self._secret()}".encode()
            headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        found = await self._ask(self._endpoint.token_url, headers, urlencode(form).encode())
        token, lives_s = word(found, "access_token"), inside(found, "expires_in")
        if token is None:
            raise TokenRefusedError(hub=self._hub, because="its answer holds no access_token")
        return token, float(lives_s) if isinstance(lives_s, int | float) else LIFETIME_S

    async def _consumer(self, customer: str, app_token: str) -> tuple[str, float]:
        """Return LivePerson's ConsumerJWS for a customer."""
        account = quote(self._endpoint.options.get("account_id", ""), safe="")
        address = f"{self._endpoint.url.rstrip('/')}/api/account/{account}/consumer?v=1.0"
        headers = {"content-type": "application/json", "authorization": app_token}
        found = await self._ask(
            address, headers, msgspec.json.encode({"ext_consumer_id": customer})
        )
        token = word(found, "token")
        if token is None:
            raise TokenRefusedError(hub=self._hub, because="its answer holds no token")
        return token, _lifetime_s(token)

    async def _ask(self, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        try:
            timeout = aiohttp.ClientTimeout(total=self._endpoint.timeout_ms / 1_000)
            async with self._session().post(
                url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                found = await answer.read()
                if answer.status != 200:
                    raise TokenRefusedError(
                        hub=self._hub, because=f"HTTP {answer.status}", status=answer.status
                    )
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            because = f"no answer ({type(fault).__name__})"
            raise TokenRefusedError(hub=self._hub, because=because) from fault
        try:
            return msgspec.json.decode(found)
        except msgspec.DecodeError as fault:
            raise TokenRefusedError(hub=self._hub, because="its answer is no JSON") from fault

    def _user(self) -> str:
        if self._endpoint.user is None:
            raise SecretMissingError(hub=self._hub, field="user", because="is missing")
        return self._endpoint.user

    def _secret(self) -> str:
        found = self._endpoint.secret_of(self._hub, "secret")
        if found is None:
            raise SecretMissingError(hub=self._hub, field="secret", because="is missing")
        return found


def _lifetime_s(token: str) -> float:
    """Return how long a token says it lives; its signature is for the hub to check."""
    try:
        ends_s = jwt.decode(token, options={"verify_signature": False}).get("exp")
    except jwt.PyJWTError:
        return LIFETIME_S
    return float(ends_s) - time.time() if isinstance(ends_s, int | float) else LIFETIME_S
