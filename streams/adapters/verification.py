"""Who sends an activity: a JSON Web Token that a Bot Framework issuer signed for one application.

Taken is RS256 only, whatever a token says of itself, with keys from the issuer's OpenID metadata.
Keys are kept for a day; an unknown key id leads to another look, at most once a minute, so that
nobody can make us fetch as often as they like.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
import msgspec

from streams.adapters.errors import KeysUnavailableError, UnverifiedError
from streams.settings import BOT_FRAMEWORK_ISSUER, BOT_FRAMEWORK_METADATA

ISSUER: Final = BOT_FRAMEWORK_ISSUER
METADATA_URL: Final = BOT_FRAMEWORK_METADATA
ALGORITHMS: Final = ("RS256",)
LEEWAY_S: Final = 300
"""How far clocks may be apart, as the protocol allows."""

KEYS_LIVE_S: Final = 86_400.0
REFRESH_AFTER_S: Final = 60.0
FETCH_TIMEOUT_S: Final = 5.0
DOCUMENT_BYTES_MAX: Final = 262_144
TOKEN_CHARS_MAX: Final = 16_384


class Key(msgspec.Struct, frozen=True):
    """A public key of an issuer, and the channels for which it may sign; none named: all."""

    public: Any
    channels: frozenset[str] = frozenset()


class Keys:
    """The keys of an issuer, by their ids."""

    def __init__(
        self,
        metadata_url: str = METADATA_URL,
        *,
        refresh_after_s: float = REFRESH_AFTER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._refresh_after_s, self._clock = metadata_url, refresh_after_s, clock
        self._keys: dict[str, Key] = {}
        self._looked_at_s: float | None = None
        self._had_at_s: float | None = None
        self._fault: KeysUnavailableError | None = None
        self._lock = asyncio.Lock()

    async def key(self, key_id: str) -> Key | None:
        """Return a key; None when the issuer has none of that id.

        Raises:
            KeysUnavailableError: The issuer cannot be reached, and no key is known that is fresh.
        """
        if self._is_fresh() and key_id in self._keys:
            return self._keys[key_id]
        async with self._lock:
            is_known = self._is_fresh() and key_id in self._keys
            if not is_known and self._may_look():
                await self._look()
            if not self._is_fresh() and self._fault is not None:
                raise self._fault
            return self._keys.get(key_id)

    def _is_fresh(self) -> bool:
        return self._had_at_s is not None and self._clock() - self._had_at_s < KEYS_LIVE_S

    def _may_look(self) -> bool:
        looked = self._looked_at_s
        return looked is None or self._clock() - looked >= self._refresh_after_s

    async def _look(self) -> None:
        self._looked_at_s = self._clock()
        try:
            self._keys = await asyncio.to_thread(_fetched, self._url)
        except KeysUnavailableError as fault:
            self._fault = fault
        else:
            self._fault, self._had_at_s = None, self._clock()


class TokenVerifier:
    """Verifies that a request comes from an issuer, for one application and one service."""

    def __init__(self, keys: Keys, *, audience: str, issuers: tuple[str, ...] = (ISSUER,)) -> None:
        """Say whom to trust.

        Args:
            keys: The issuer's keys.
            audience: The application id that tokens must be for.
            issuers: Who may have made them.
        """
        self._keys, self._audience, self._issuers = keys, audience, issuers

    async def claims(self, headers: Mapping[str, str]) -> tuple[dict[str, Any], Key]:
        """Return what the request's token claims, once it is shown to be true, and the key.

        Raises:
            UnverifiedError: There is no token, or one that must not be trusted.
            KeysUnavailableError: What verifies it cannot be had just now.
        """
        token = _bearer(headers)
        key = await self._key(token)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=list(self._issuers),
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as fault:
            raise UnverifiedError(because=f"{type(fault).__name__}: {fault}") from fault
        return claims, key

    async def _key(self, token: str) -> Key:
        try:
            head = jwt.get_unverified_header(token)
        except jwt.PyJWTError as fault:
            raise UnverifiedError(because=f"the token cannot be read: {fault}") from fault
        if head.get("alg") not in ALGORITHMS:
            raise UnverifiedError(because="the token is signed with an algorithm that is not taken")
        key_id = head.get("kid")
        if not isinstance(key_id, str) or not key_id:
            raise UnverifiedError(because="the token names no key")
        key = await self._keys.key(key_id)
        if key is None:
            raise UnverifiedError(because="the issuer has no such key")
        return key


def audience_of(headers: Mapping[str, str]) -> str | None:
    """Return whom a token says it is for, to find the verifier: nothing of it is trusted yet.

    Raises:
        UnverifiedError: There is no token, or one that cannot be read.
    """
    try:
        said = jwt.decode(_bearer(headers), options={"verify_signature": False})
    except jwt.PyJWTError as fault:
        raise UnverifiedError(because=f"the token cannot be read: {fault}") from fault
    audience = said.get("aud")
    return audience if isinstance(audience, str) else None


def require_place(
    claims: Mapping[str, Any], key: Key, *, service_url: str | None, channel_id: str | None
) -> None:
    """Refuse an activity from another service or channel than its token speaks for.

    Raises:
        UnverifiedError: The token's service is not the activity's, or its key may not sign for the
            channel.
    """
    claimed = claims.get("serviceurl", claims.get("serviceUrl"))
    if not isinstance(claimed, str) or not claimed or claimed != service_url:
        raise UnverifiedError(because="the token is for another service URL than the activity's")
    if key.channels and channel_id not in key.channels:
        raise UnverifiedError(because="the key does not sign for the activity's channel")


def is_safe(url: str) -> bool:
    """Return whether a document may be fetched from a URL: over TLS, or on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return True
    try:
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


class _Asis(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: a key set stands where its metadata says."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER: Final = urllib.request.build_opener(_Asis)


def _fetched(metadata_url: str) -> dict[str, Key]:
    """Return the keys that an issuer's metadata leads to."""
    metadata = _document(metadata_url)
    keys_url = metadata.get("jwks_uri")
    if not isinstance(keys_url, str):
        raise KeysUnavailableError(url=metadata_url, because="the metadata names no jwks_uri")
    found = _document(keys_url).get("keys")
    usable = [_key(entry) for entry in found] if isinstance(found, list) else []
    keys = dict(entry for entry in usable if entry is not None)
    if not keys:
        raise KeysUnavailableError(url=keys_url, because="there is no RSA key with an id")
    return keys


def _document(url: str) -> dict[str, Any]:
    if not is_safe(url):
        raise KeysUnavailableError(url=url, because="only https is trusted; correct the address")
    try:
        with _OPENER.open(url, timeout=FETCH_TIMEOUT_S) as answer:
            body = answer.read(DOCUMENT_BYTES_MAX + 1)
        found = msgspec.json.decode(body)
    except (OSError, ValueError, RecursionError) as fault:
        # HTTP errors are OSErrors, what is no JSON is a ValueError.
        raise KeysUnavailableError(url=url, because=str(fault)) from fault
    if len(body) > DOCUMENT_BYTES_MAX or not isinstance(found, dict):
        raise KeysUnavailableError(url=url, because="it is no JSON object of a sensible size")
    return found


def _key(entry: Any) -> tuple[str, Key] | None:
    """Return a key of the set with its id; None for what is no RSA key for signatures."""
    if not isinstance(entry, dict) or entry.get("kty") != "RSA":
        return None
    key_id, usage = entry.get("kid"), entry.get("use", "sig")
    if not isinstance(key_id, str) or usage != "sig":
        return None
    try:
        public = jwt.PyJWK.from_dict(entry, algorithm="RS256").key
    except jwt.PyJWTError:
        return None
    channels = entry.get("endorsements")
    named = channels if isinstance(channels, list) else []
    return key_id, Key(public, frozenset(name for name in named if isinstance(name, str)))


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnverifiedError(because="there is no bearer token")
    if len(token) > TOKEN_CHARS_MAX:
        raise UnverifiedError(because="the token is too long to be one")
    return token.strip()
