"""A live chat behind a bot's skill (TR-36): startConversation, endConversation and messages.

The bot's conversation and the live chat know each other by a mapping that is kept until the end.
Each event is answered with an end-of-conversation activity that says success: the bot goes on.

Public page: sample `contact-center/skill-handoff` (HandoverToLiveAgent).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from processors.handoff.hubs.activity import END, SUCCESS
from processors.handoff.hubs.answers import inside, word

START_EVENT: Final = "startConversation"
END_EVENT: Final = "endConversation"

Effect = Literal["start", "end", "say", "none"]


class Skill(msgspec.Struct, frozen=True):
    """Which live chat belongs to which of the bot's conversations, both ways."""

    chats: Mapping[str, str] = {}

    def chat_of(self, conversation_id: str) -> str | None:
        """Return the live chat of a conversation."""
        return self.chats.get(conversation_id)

    def conversation_of(self, chat_id: str) -> str | None:
        """Return the conversation of a live chat."""
        return next((ours for ours in sorted(self.chats) if self.chats[ours] == chat_id), None)


class Answered(msgspec.Struct, frozen=True):
    """What an activity of the bot makes true.

    Attributes:
        skill: The mapping afterwards.
        effect: What the live chat is told.
        chat_id: Which live chat.
        text: What is said there.
        replies: Activities for the bot.
    """

    skill: Skill
    effect: Effect
    chat_id: str | None = None
    text: str | None = None
    replies: tuple[dict[str, Any], ...] = ()


def take(skill: Skill, activity: Any, new_chat_id: str) -> Answered:
    """Return what an activity of the bot makes true.

    Args:
        skill: The mapping so far.
        activity: What the bot sent.
        new_chat_id: Id of the live chat, should this one start it.
    """
    conversation = word(activity, "conversation", "id") or ""
    chat = skill.chat_of(conversation)
    kind, name = word(activity, "type"), word(activity, "name")
    if kind == "event" and name == START_EVENT:
        if chat is not None:
            return Answered(skill, "none", chat, replies=(_success(activity),))
        chats = {**skill.chats, conversation: new_chat_id}
        said = word(inside(activity, "value"), "reason") or word(activity, "text")
        return Answered(Skill(chats), "start", new_chat_id, said, (_success(activity),))
    if (kind == "event" and name == END_EVENT) or kind == END:
        left = {ours: theirs for ours, theirs in skill.chats.items() if ours != conversation}
        effect: Effect = "none" if chat is None else "end"
        replies = () if kind == END else (_success(activity),)
        return Answered(Skill(left), effect, chat, replies=replies)
    text = word(activity, "text")
    if kind == "message" and text is not None and chat is not None:
        return Answered(skill, "say", chat, text, (_success(activity),))
    return Answered(skill, "none", chat)


def _success(activity: Any) -> dict[str, Any]:
    return {
        "type": END,
        "code": SUCCESS,
        "conversation": {"id": word(activity, "conversation", "id") or ""},
        "replyToId": word(activity, "id"),
    }
