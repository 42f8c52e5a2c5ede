"""Work of a worker that is done in a process of its own: cancelled, it ends; killed, it is noticed.

The worker's own process never imports what mining and training need, and nothing they do holds up
its event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final, Literal, Protocol

import msgspec

from streams.library import messages
from streams.library.errors import ChildFailedError
from streams.library.messages import LINE_BYTES_MAX, Failed, Message
from streams.telemetry.logs import logger

Outcome = Literal["done", "failed", "again"]
"""What became of work: it is done, it cannot be done, or it is to be tried once more."""


class Begin(Protocol):
    """Starts a process with a job; see `child`."""

    def __call__(
        self, module: str, job: msgspec.Struct
    ) -> contextlib.AbstractAsyncContextManager[AsyncIterator[Message]]:
        """Return what it says, for the length of a block."""


_log = logger(__name__)
_ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_TAIL_CHARS: Final = 4_000


@contextlib.asynccontextmanager
async def child(module: str, job: msgspec.Struct) -> AsyncIterator[AsyncIterator[Message]]:
    """Start `python -m module` with a job and give what it says, message by message.

    Leaving the block ends the process, wherever it is. The messages end when it has ended well.

    Args:
        module: Whose `__main__` calls `child.run`.
        job: What it is told.

    Raises:
        ChildFailedError: It says that it failed, or ends without a word.
        OSError: It cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
        env=os.environ | _ONE_THREAD,
    )
    complaints = asyncio.create_task(_tail(process))
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            assert process.stdin is not None, "asked for"
            # Not closed: to the process a closed input means that nobody wants it any more.
            process.stdin.write(messages.encode(job) + b"\n")
            await process.stdin.drain()
        async with contextlib.aclosing(_said(process, complaints)) as said:
            yield said
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await asyncio.shield(process.wait())
        complaints.cancel()
        await asyncio.gather(complaints, return_exceptions=True)


async def _said(
    process: asyncio.subprocess.Process, complaints: asyncio.Task[str]
) -> AsyncGenerator[Message, None]:
    assert process.stdout is not None, "asked for"
    while line := await process.stdout.readline():
        try:
            message = messages.decode(line)
        except msgspec.DecodeError:
            break  # cut in the middle: it was killed while it spoke
        if isinstance(message, Failed):
            tail = await complaints
            if not message.is_final:
                _log.warning("work in a process failed", because=message.because, said=tail)
            raise ChildFailedError(because=message.because, is_final=message.is_final)
        yield message
    code = await process.wait()
    if code:
        tail = (await complaints).strip()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        last = tail.rpartition("\n")[2]
        _log.warning("a process did not come to its end", code=code, said=tail)
        raise ChildFailedError(
            because=f"its process {how}" + (f": {last}" if last else ""), is_final=False
        )


async def _tail(process: asyncio.subprocess.Process) -> str:
    """Read standard error to its end and return the last of it."""
    assert process.stderr is not None, "asked for"
    kept = ""
    while piece := await process.stderr.read(65_536):
        kept = (kept + piece.decode(errors="replace"))[-_TAIL_CHARS:]
    return kept
