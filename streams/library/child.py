"""The inside of a process that mines or trains: a job in, messages out, and no longer than wanted.

It ends when its standard input is closed, so that it never outlives the worker that started it,
however that one ended.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from streams.library import messages
from streams.library.messages import Failed, Message, Progressed

J = TypeVar("J")
Say = Callable[[Message], None]
Work = Callable[[J, Say], None]

NOT_WANTED: Final = 3
"""Exit code when whoever started it went away."""
_PACKAGES: Final = ("schemas", "processors", "streams")
_PASSING: Final = ("LogUnreadableError",)
"""Errors of ours that may be over at the next attempt."""


def run(shape: type[J], work: Work[J]) -> None:
    """Do the job that standard input says and end the process: 0 done, 1 failed.

    Args:
        shape: What the job is.
        work: Does it.
    """
    out = os.fdopen(os.dup(1), "wb")
    # What a library prints is no message.
    os.dup2(2, 1)
    lock = threading.Lock()

    def say(message: Message) -> None:
        with lock:
            out.write(messages.encode(message) + b"\n")
            out.flush()

    line = sys.stdin.buffer.readline()
    threading.Thread(target=_end_when_not_wanted, daemon=True).start()
    try:
        job = msgspec.json.decode(line, type=shape)
        os.nice(getattr(job, "niceness", 0))
        work(job, say)
    except BrokenPipeError:
        os._exit(NOT_WANTED)
    except Exception as fault:  # noqa: BLE001  # whatever it is, the worker hears a sentence
        traceback.print_exc()
        say(failed(fault))
        sys.exit(1)


def failed(fault: Exception) -> Failed:
    """Return what a fault means to whoever asked for the work."""
    if isinstance(fault, MemoryError):
        return Failed("there was not enough memory; take fewer records", is_final=False)
    name = type(fault).__name__
    if type(fault).__module__.partition(".")[0] in _PACKAGES:
        return Failed(str(fault), is_final=name not in _PASSING)
    is_passing = isinstance(fault, OSError) or type(fault).__module__.startswith("kafka")
    return Failed(f"{name}: {fault}".strip().rstrip(":"), is_final=not is_passing)


def progress(say: Say) -> Callable[[str, int, int], None]:
    """Return what tells progress: phase, done, total."""
    return lambda phase, done, total: say(Progressed(phase, done, total))


def _end_when_not_wanted() -> None:
    # Not through Python's buffer: a thread that waits in it would hold its lock at the end.
    while os.read(0, 4_096):
        pass
    os._exit(NOT_WANTED)
