"""Things customers of a made-up shop say, by what they want; and conversations around them."""

from __future__ import annotations

from itertools import product

from processors.miner.history import HistoryTurn

_OPENINGS = ("i want to {}", "can you help me {}", "how do i {}", "please {}", "i need to {}")
_WISHES = {
    "refund": ("get my money back", "get a refund for my order", "be refunded for the lamp i sent"),
    "password": ("reset my password", "change the password i forgot", "get a new login password"),
    "address": ("change my delivery address", "send it to another address", "correct my address"),
    "invoice": ("download my invoice", "get a copy of the invoice", "see last month's invoice"),
    "cancel": ("cancel my subscription", "end my subscription today", "stop the subscription"),
    "delivery": ("track my parcel", "find out where my parcel is", "know when the parcel arrives"),
    "warranty": ("claim the warranty on my kettle", "use my warranty", "extend the warranty"),
}
GREETINGS = ("hi", "hello there", "good morning", "hey", "hello", "thanks", "thank you", "bye")


def said(name: str) -> list[str]:
    """Return fifteen ways to say a wish."""
    return [opening.format(wish) for opening, wish in product(_OPENINGS, _WISHES[name])]


def wishes(*names: str) -> list[tuple[str, str]]:
    """Return `(text, wish)` of all or some wishes."""
    return [(text, name) for name in names or _WISHES for text in said(name)]


def utterances(*names: str) -> list[HistoryTurn]:
    """Return bare utterances; a turn id says the wish: `refund-3`."""
    return [
        HistoryTurn(f"{name}-{number}", text)
        for name in names or _WISHES
        for number, text in enumerate(said(name))
    ]


def conversations(*names: str) -> list[HistoryTurn]:
    """Return a conversation for each utterance: greeting, wish, question, answer."""
    turns: list[HistoryTurn] = []
    for name in names or _WISHES:
        for number, text in enumerate(said(name)):
            talk = f"{name}-{number}"
            lines = (
                ("customer", GREETINGS[number % len(GREETINGS)]),
                ("representative", "Hello, how can I help you?"),
                ("customer", text),
                ("representative", "What is your order number?"),
                ("customer", f"{48_000 + 37 * number}"),
                ("representative", "Thank you, that is done."),
            )
            turns += [
                HistoryTurn(f"{talk}/{at}", line, role, talk, at)  # type: ignore[arg-type]
                for at, (role, line) in enumerate(lines, 1)
            ]
    return turns
