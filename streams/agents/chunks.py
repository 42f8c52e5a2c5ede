"""The agent every processor gets: hand each chunk to the runtime, acknowledge after the commit."""

from __future__ import annotations

from typing import Any

from streams.runtime.transport import ChunkSchema
from streams.runtime.worker import Runtime


def chunk_agent(app: Any, topic: str, runtime: Runtime) -> Any:
    """Return the agent of the processor whose log is `topic`."""

    async def take_chunks(stream: Any) -> None:
        # Never `async for value in stream`: Faust would acknowledge what we failed to commit.
        async for event in stream.noack().events():
            message = event.message
            place = (message.tp.topic, message.tp.partition)
            await runtime.deliver(place, message.value, message.headers["seeks"], event.ack)

    channel = app.topic(topic, schema=ChunkSchema(), internal=False)
    return app.agent(channel, name=f"chunks-{topic}")(take_chunks)
