"""Makes pictures of pages small: a PNG with at most 256 colours, without any library for it."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
COLOURS_MAX: Final = 256

Colour = tuple[int, int, int]


def small(png: bytes) -> bytes:
    """Return an eight-bit RGB or RGBA picture with the colours it has most, and no alpha.

    Colours that are rare, as at the edges of letters, become the nearest frequent one.
    """
    chunks = list(_chunks(png))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    channels = {2: 3, 6: 4}.get(kind, 0)
    if depth != 8 or not channels or interlaced:
        message = f"only plain eight-bit colour pictures are made small, not kind {kind}"
        raise ValueError(message)
    data = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    lines = [_colours(line, channels) for line in _lines(data, width, height, channels)]
    counted = Counter(colour for line in lines for colour in line)
    palette = _palette(counted)
    places = {colour: _nearest(palette, colour) for colour in counted}
    packed = b"".join(b"\0" + bytes(places[colour] for colour in line) for line in lines)
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(bytes(colour) for colour in palette)),
            _chunk(b"IDAT", zlib.compress(packed, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _palette(counted: Counter[Colour]) -> list[Colour]:
    """Return the most frequent colours, of those that hardly differ only one."""
    found: list[Colour] = []
    bins: set[Colour] = set()
    for colour, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0])):
        red, green, blue = colour
        where = (red >> 3, green >> 3, blue >> 3)
        # The large surfaces keep their own colour, however near they are.
        if where in bins and len(found) >= COLOURS_MAX // 8:
            continue
        bins.add(where)
        found.append(colour)
        if len(found) == COLOURS_MAX:
            break
    return found


def _nearest(palette: list[Colour], colour: Colour) -> int:
    red, green, blue = colour
    return min(
        range(len(palette)),
        key=lambda at: (
            (palette[at][0] - red) ** 2
            + (palette[at][1] - green) ** 2
            + (palette[at][2] - blue) ** 2
        ),
    )


def _colours(line: bytes, channels: int) -> list[Colour]:
    return list(zip(line[0::channels], line[1::channels], line[2::channels], strict=True))


def _lines(data: bytes, width: int, height: int, channels: int) -> Iterator[bytes]:
    """Yield the lines of a picture with what the filters of the format took out put back."""
    stride = width * channels
    above = bytes(stride)
    for number in range(height):
        start = number * (stride + 1)
        line = bytearray(data[start + 1 : start + 1 + stride])
        kind = data[start]
        for at in range(stride if kind else 0):
            left = line[at - channels] if at >= channels else 0
            corner = above[at - channels] if at >= channels else 0
            line[at] = (line[at] + _predicted(kind, left, above[at], corner)) & 255
        above = bytes(line)
        yield above


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 2:
        return up
    if kind == 3:
        return (left + up) // 2
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
