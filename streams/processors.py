"""The processors every Cuestream worker runs, by name: one log each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from processors.machine import Processor


def all_processors() -> tuple[Processor[Any], ...]:
    """Return one of each, in the order records flow through them."""
    from processors.conversation.processor import ConversationProcessor  # noqa: PLC0415
    from processors.handoff.processor import HandoffProcessor  # noqa: PLC0415
    from processors.library.processor import LibraryProcessor  # noqa: PLC0415
    from processors.routing.processor import RoutingProcessor  # noqa: PLC0415

    return ConversationProcessor(), HandoffProcessor(), RoutingProcessor(), LibraryProcessor()


def named(name: str | None) -> tuple[Processor[Any], ...]:
    """Return the processor of a name, or all of them; of an unknown name, none."""
    return tuple(found for found in all_processors() if name is None or found.name == name)
