"""A process that says what it is asked to, and then waits until nobody wants it any more."""

from __future__ import annotations

import os
import threading

import msgspec

from processors.errors import InvalidReferenceError
from streams.library import child
from streams.library.child import Say
from streams.library.messages import Progressed
from streams.replay.errors import LogUnreadableError


class Order(msgspec.Struct, frozen=True):
    """What to do: `wait`, `exit`, `chatter`, `refuse`, `stumble` or `break`."""

    do: str


def work(order: Order, say: Say) -> None:
    """Do it."""
    say(Progressed("pid", os.getpid(), 0))
    match order.do:
        case "wait":
            threading.Event().wait()
        case "exit":
            os._exit(7)
        case "chatter":
            print("a library says something on standard output")  # noqa: T201
        case "refuse":
            raise InvalidReferenceError(reference="intent.library", field="", because="no")
        case "stumble":
            raise LogUnreadableError(what="a log", servers="nowhere", because="gone")
        case _:
            raise ZeroDivisionError("division by zero")


if __name__ == "__main__":
    child.run(Order, work)
