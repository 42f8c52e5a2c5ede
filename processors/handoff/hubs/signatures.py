"""How a webhook proves where it comes from. Every comparison takes constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final, Literal

from processors.handoff.hubs.contract import Secrets

TOLERANCE_MS: Final = 300_000
"""How far a signed time may be from now, both ways."""

Encoding = Literal["base64", "hex", "either"]
_STANDARD_PREFIX: Final = b"whsec_"


def hub_signature(
    found: str | None, body: bytes, secrets: Secrets, *, encoding: Encoding = "either"
) -> bool:
    """Return whether `sha256=…` (or `sha1=…`) is the HMAC of the body under one of the secrets."""
    name, _, given = (found or "").partition("=")
    digest = {"sha256": hashlib.sha256, "sha1": hashlib.sha1}.get(name.lower())
    if digest is None or not given:
        return False
    is_right = False
    for secret in secrets:
        made = hmac.new(secret, body, digest).digest()
        if encoding != "hex":
            is_right |= same(base64.b64encode(made).decode(), given)
        if encoding != "base64":
            is_right |= same(made.hex(), given.lower())
    return is_right


def timestamped(found: str | None, stamp: str | None, body: bytes, secrets: Secrets) -> bool:
    """Return whether `found` is the base64 HMAC-SHA256 of stamp and body, without a separator."""
    if not found or not stamp:
        return False
    signed = stamp.encode() + body
    is_right = False
    for secret in secrets:
        made = hmac.new(secret, signed, hashlib.sha256).digest()
        is_right |= same(base64.b64encode(made).decode(), found)
    return is_right


def standard_webhook(headers: Mapping[str, str], body: bytes, secrets: Secrets, at_ms: int) -> bool:
    """Return whether a Standard Webhooks signature holds and is not stale.

    Source:
        The Standard Webhooks specification 1.0: `{id}.{timestamp}.{body}`, HMAC-SHA256, `v1,` and
        base64; a secret is base64 after `whsec_`.
    """
    found, stamp = headers.get("webhook-signature", ""), headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(int(stamp) * 1_000 - at_ms) > TOLERANCE_MS:
        return False
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    given = [one.removeprefix("v1,") for one in found.split() if one.startswith("v1,")]
    is_right = False
    for secret in secrets:
        key = standard_key(secret)
        if key is None:
            continue
        made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for one in given:
            is_right |= same(made, one)
    return is_right


def standard_key(secret: bytes) -> bytes | None:
    """Return the key behind a Standard Webhooks secret; None: it is no base64."""
    try:
        return base64.b64decode(secret.removeprefix(_STANDARD_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None


def static(found: str | None, secrets: Secrets) -> bool:
    """Return whether a header holds one of the secrets as it is."""
    given = (found or "").encode()
    is_right = False
    for secret in secrets:
        is_right |= hmac.compare_digest(given, secret)
    return is_right and bool(given)


def is_recent(stamp_ms: int | None, at_ms: int) -> bool:
    """Return whether a signed instant is near enough to now."""
    return stamp_ms is not None and abs(stamp_ms - at_ms) <= TOLERANCE_MS


def same(one: str, other: str) -> bool:
    """Return whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
