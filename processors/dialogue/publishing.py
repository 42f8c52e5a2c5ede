"""Publishing and unpublishing a bot: one word of its artefact changes, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from processors.dialogue.bots import BOTS, Bot, load_bots
from processors.dialogue.source import Fields, Node, Reading, Scalar, read_yaml
from processors.dialogue.topic import Step


def with_published(content: bytes, bot_id: str, *, is_published: bool) -> bytes:
    """Return the artefact with one bot published or not; comments and layout stay.

    Raises:
        InvalidReferenceError: There is no such bot, or the artefact is at fault.
    """
    reading = Reading(BOTS)
    before = load_bots(content)
    bot = before.get(bot_id)
    if bot is None:
        raise reading.whole(f"there is no bot {bot_id!r}; there are {', '.join(before.ids())}")
    if bot.is_published == is_published:
        return content
    changed = _edited(content, bot_id, "true" if is_published else "false")
    wanted = {**before.bots, bot_id: replace(bot, is_published=is_published)}
    if _shapes(load_bots(changed).bots) != _shapes(wanted):
        raise reading.whole(f"published of {bot_id} cannot be changed here; write it in the file")
    return changed


def _edited(content: bytes, bot_id: str, word: str) -> bytes:
    bot = _written(_written(read_yaml(Reading(BOTS), content), "bots"), bot_id)
    entry = bot.get("published") if isinstance(bot, Fields) else None
    # The lines of a text are those of YAML: it takes no other line breaks.
    lines = content.decode("utf-8-sig").splitlines(keepends=True)
    at, start = (entry.node if entry is not None else bot).line - 1, bot.column - 1
    line = lines[at]
    if entry is not None and isinstance(entry.node, Scalar):
        start = entry.node.column - 1
        length = len(entry.node.text) + (0 if entry.node.is_plain else 2)
        lines[at] = line[:start] + word + line[start + length :]
    elif line[start] == "{":
        comma = ", " if isinstance(bot, Fields) and bot.entries else ""
        lines[at] = f"{line[: start + 1]}published: {word}{comma}{line[start + 1 :]}"
    else:
        lines[at] = f"{line[:start]}published: {word}\n{' ' * start}{line[start:]}"
    return "".join(lines).encode()


def _written(node: Node, key: str) -> Node:
    """Return what is written under a key; the artefact was loaded, so it is there."""
    entry = node.get(key) if isinstance(node, Fields) else None
    return node if entry is None else entry.node


def _shapes(bots: Mapping[str, Bot]) -> dict[str, Bot]:
    """Return bots without the lines they are written on."""
    return {
        bot_id: replace(
            bot,
            topics={
                topic.topic_id: replace(topic, steps=tuple(Step(one.action) for one in topic.steps))
                for topic in bot.topics.values()
            },
        )
        for bot_id, bot in bots.items()
    }
