"""Polling a Direct Line conversation until the other side has said something (TR-34)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from processors.handoff.hubs import direct_line
from processors.handoff.hubs.contract import HubSettings
from processors.handoff.hubs.direct_line import Polled
from streams.hubs.sending import Line

Pause = Callable[[float], Awaitable[None]]


async def newest(
    line: Line,
    settings: HubSettings,
    conversation_id: str,
    watermark: str | None,
    *,
    pause: Pause = asyncio.sleep,
) -> Polled:
    """Return what came after a watermark: the newest message or a hand-off, if anything did.

    Args:
        line: The way to Direct Line.
        settings: Its address.
        conversation_id: The conversation there.
        watermark: Where the last look ended; None: from the beginning.
        pause: Waits some seconds.

    Raises:
        HubWorkError: No token, or no secret.
    """
    found = Polled(watermark=watermark)
    looks = 0
    while (wait_ms := direct_line.wait_ms(looks)) is not None:
        await pause(wait_ms / 1_000)
        request = direct_line.look(settings, conversation_id, watermark)
        answer = await line.send(request, "", "", timeout_ms=direct_line.CALL_MS_MAX)
        looks += 1
        if answer.status is None:
            return Polled(watermark=watermark, because=answer.because)
        found = direct_line.polled(answer.status, answer.body)
        if found.is_over:
            break
    return found
