"""Ids of what was mined: they follow from tenant and content, so mining again gives them again."""

from __future__ import annotations

from collections.abc import Container
from hashlib import sha256


def id_of(tenant: str, kind: str, content: str, taken: Container[str] = ()) -> str:
    """Return an id in the form of a UUID of version 5, made of content.

    Args:
        tenant: Whose.
        kind: What it names; the same content of another kind has another id.
        content: What it follows from.
        taken: Ids it must not be.
    """
    for number in range(1 << 16):
        named = "\x1f".join((tenant, kind, content, str(number) if number else ""))
        digest = bytearray(sha256(named.encode("utf-8", "surrogatepass")).digest()[:16])
        digest[6] = digest[6] & 0x0F | 0x50
        digest[8] = digest[8] & 0x3F | 0x80
        text = digest.hex()
        found = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
        if found not in taken:
            return found
    raise AssertionError("65,536 ids of one content are taken")
