"""Who asks: bearer tokens (JWT) in production, one random token of the run in development.

The algorithms come from the settings, never from the token. Without any of the `jwt_*` settings the
worker is in development: it listens on loopback only, answers to loopback names only, and takes its
random token as a bearer or as a cookie.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import os
import re
import secrets
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from streams.api.errors import (
    ConfigurationError,
    ForbiddenError,
    UnauthenticatedError,
    UnavailableError,
)
from streams.api.visible import ADMIN, REPRESENTATIVE, SUPERVISOR, Principal
from streams.settings import Api

COOKIE = "cuestream_token"
TOKEN_FILE = "api-token"
LEEWAY_S = 10
TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
CLAIMS: dict[str, tuple[str, ...]] = {
    "tenant": ("tenant", "tid"),
    "name": ("name", "preferred_username"),
    "teams": ("teams", "groups"),
    "roles": ("roles", "role"),
    "queues": ("queues",),
}
"""Which claims say what; the first that is there counts."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


class Authenticator(Protocol):
    """Turns a token into a principal."""

    is_development: bool

    async def authenticate(self, token: str) -> Principal:
        """Return who the token belongs to. Raises UnauthenticatedError."""


class DevelopmentAuthenticator:
    """Knows one token and one user: ann of tenant demo, who may do everything."""

    is_development = True

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self.principal = Principal(
            tenant="demo",
            user="ann",
            name="Ann",
            roles=frozenset({REPRESENTATIVE, SUPERVISOR, ADMIN}),
            is_development=True,
        )

    async def authenticate(self, token: str) -> Principal:
        """Return ann when the token is the run's."""
        if not hmac.compare_digest(token.encode(), self._token):
            raise UnauthenticatedError(
                "This is not the token of this run. Open the address that `cuestream up` printed."
            )
        return self.principal


class JwtAuthenticator:
    """Verifies tokens with what the settings name: a secret, a public key, or a key set."""

    is_development = False

    def __init__(self, settings: Api) -> None:
        """Read the keys.

        Raises:
            ConfigurationError: None or more than one source of keys, or an unusable one.
        """
        self._settings = settings
        self._key: Any = None
        self._key_set: jwt.PyJWKClient | None = None
        given = [settings.jwt_secret, settings.jwt_public_key, settings.jwt_jwks_url]
        if sum(source is not None for source in given) != 1:
            raise ConfigurationError(
                "set exactly one of CUESTREAM_API__JWT_SECRET, CUESTREAM_API__JWT_PUBLIC_KEY and"
                " CUESTREAM_API__JWT_JWKS_URL: with several, a token could choose how it is checked"
            )
        if settings.jwt_secret is not None:
            self._key = _strong(settings.jwt_secret.get_secret_value())
            self._algorithms = ["HS256"]
        elif settings.jwt_public_key is not None:
            self._key, self._algorithms = _public_key(settings.jwt_public_key)
        elif settings.jwt_jwks_url is not None:
            self._key_set = jwt.PyJWKClient(settings.jwt_jwks_url, lifespan=300, timeout=5)
            self._algorithms = ["RS256", "ES256"]

    async def authenticate(self, token: str) -> Principal:
        """Return whose token it is.

        Raises:
            UnauthenticatedError: Expired, not yet valid, forged, meant for somebody else, or
                without a tenant.
            UnavailableError: The key set cannot be reached.
        """
        key = self._key
        try:
            if self._key_set is not None:
                # The client reads the key set over HTTP when its copy is old.
                found = await asyncio.to_thread(self._key_set.get_signing_key_from_jwt, token)
                key = found.key
            claims = jwt.decode(
                token,
                key,
                algorithms=self._algorithms,
                issuer=self._settings.jwt_issuer,
                audience=self._settings.jwt_audience,
                leeway=LEEWAY_S,
                options={
                    "require": ["exp", "sub"],
                    "verify_aud": self._settings.jwt_audience is not None,
                    "verify_iss": self._settings.jwt_issuer is not None,
                },
            )
        except jwt.PyJWKClientConnectionError as fault:
            raise UnavailableError(
                "The key set that verifies tokens cannot be reached just now.", retry_after_s=5
            ) from fault
        except jwt.PyJWTError as fault:
            raise UnauthenticatedError(_sentence(fault)) from fault
        return _principal(claims)


def authenticator_for(settings: Api, data_dir: Path) -> Authenticator:
    """Return how this worker finds out who asks.

    Args:
        settings: Keys and the host to listen on.
        data_dir: Where the development token lies; made if there is none.

    Raises:
        ConfigurationError: No authentication on a host others can reach, or contradicting keys.
    """
    configured = (settings.jwt_secret, settings.jwt_public_key, settings.jwt_jwks_url)
    if any(source is not None for source in configured):
        return JwtAuthenticator(settings)
    if not is_loopback(settings.host):
        raise ConfigurationError(
            f"refusing to listen on {settings.host} without authentication: everybody who can reach"
            " it could read every conversation. Listen on 127.0.0.1, or set one of"
            " CUESTREAM_API__JWT_SECRET, CUESTREAM_API__JWT_PUBLIC_KEY, CUESTREAM_API__JWT_JWKS_URL"
        )
    return DevelopmentAuthenticator(read_token(data_dir) or create_token(data_dir))


def create_token(data_dir: Path) -> str:
    """Write a new development token, readable by this user only, and return it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    token = f"dev-{secrets.token_urlsafe(24)}"
    path = data_dir / TOKEN_FILE
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(token)
    fresh.replace(path)
    return token


def read_token(data_dir: Path) -> str | None:
    """Return the development token of the run in `data_dir`; None when there is none to trust."""
    path = data_dir / TOKEN_FILE
    try:
        if path.stat().st_mode & 0o077:
            return None
        token = path.read_text().strip()
    except OSError:
        return None
    return token if token.startswith("dev-") and len(token) > 20 else None


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    if host.lower() in _LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_names(settings: Api) -> frozenset[str]:
    """Return the host names a development worker answers to."""
    names = set(_LOOPBACK_NAMES) | {settings.host.lower()}
    if settings.advertised_url and (name := urlsplit(settings.advertised_url).hostname):
        names.add(name.lower())
    return frozenset(names)


def require_known_host(host: str, known: frozenset[str]) -> None:
    """Refuse a Host header that names another site: a rebound DNS name must not reach the worker.

    Raises:
        ForbiddenError: It does.
    """
    name = urlsplit(f"//{host}").hostname if host else None
    if name is None or name.lower() not in known:
        raise ForbiddenError(
            "This worker runs in development and answers only to 127.0.0.1, localhost and its"
            " advertised address. Open it under one of these names."
        )


def require_same_origin(method: str, headers: Any) -> None:
    """Refuse a change that another site's page asks for with our cookie.

    Raises:
        ForbiddenError: The Origin is not this worker's, or nothing says where the request is from.
    """
    if method in _SAFE_METHODS:
        return
    origin = headers.get("origin")
    if origin is not None:
        if urlsplit(origin).netloc.lower() == headers.get("host", "").lower():
            return
    elif headers.get("sec-fetch-site") == "same-origin":
        return
    raise ForbiddenError(
        "With the cookie, changes are taken from this worker's own pages only. Use a bearer token"
        " from scripts."
    )


def bearer(headers: Any) -> str | None:
    """Return the bearer token of a request, or None."""
    scheme, _, token = str(headers.get("authorization", "")).partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _strong(secret: str) -> str:
    if len(secret.encode()) < 32:
        raise ConfigurationError(
            "CUESTREAM_API__JWT_SECRET has less than 32 bytes: HS256 with a short secret can be"
            " guessed. Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return secret


def _public_key(path: Path) -> tuple[Any, list[str]]:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, TypeError) as fault:
        raise ConfigurationError(
            f"CUESTREAM_API__JWT_PUBLIC_KEY: {path} is not a readable PEM public key: {fault}"
        ) from fault
    if isinstance(key, RSAPublicKey):
        return key, ["RS256"]
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        return key, ["ES256"]
    raise ConfigurationError(
        f"CUESTREAM_API__JWT_PUBLIC_KEY: {path} holds neither an RSA nor a P-256 key; RS256 and"
        " ES256 are what is verified"
    )


def _principal(claims: dict[str, Any]) -> Principal:
    tenant = _claim(claims, "tenant")
    if not isinstance(tenant, str) or not TENANT.fullmatch(tenant):
        raise UnauthenticatedError(
            "The token names no tenant: it needs a claim `tenant` or `tid` of lower-case letters,"
            " digits and hyphens."
        )
    user = claims["sub"]
    if not isinstance(user, str) or not user:
        raise UnauthenticatedError("The token's `sub` is empty.")
    return Principal(
        tenant=tenant,
        user=user,
        name=str(_claim(claims, "name") or user),
        teams=_names(_claim(claims, "teams")),
        roles=_names(_claim(claims, "roles")),
        queues=_names(_claim(claims, "queues")),
        expires_at_ms=int(float(claims["exp"]) * 1_000),
    )


def _claim(claims: dict[str, Any], meaning: str) -> Any:
    return next((claims[name] for name in CLAIMS[meaning] if claims.get(name)), None)


def _names(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value.replace(",", " ").split())
    try:
        return frozenset(msgspec.convert(value or [], list[str]))
    except msgspec.ValidationError:
        return frozenset()


def _sentence(fault: jwt.PyJWTError) -> str:
    match fault:
        case jwt.ExpiredSignatureError():
            return "The token has expired. Sign in again."
        case jwt.ImmatureSignatureError():
            return "The token is not valid yet; check the clocks."
        case jwt.InvalidAudienceError() | jwt.InvalidIssuerError():
            return "The token was made by or for somebody else."
        case jwt.MissingRequiredClaimError():
            return f"The token lacks the claim `{fault.claim}`."
        case jwt.InvalidAlgorithmError():
            return "The token is signed with an algorithm that is not taken here."
        case _:
            return "The token cannot be verified."
