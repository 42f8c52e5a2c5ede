"""Sentences as customers say them, made from `phrases.txt`: text of our own to distil with.

Phrases are expanded (choices, fillers), put into frames ("how do i …", "i am calling because …")
and roughened a little, as people type. Same seed, same sentences. (Sentences around every word of
the teacher's vocabulary were tried as well: no gain, and worse clusters when there were many.)
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PHRASES: Final = Path(__file__).with_name("phrases.txt")
SEED: Final = 5

TO_DO_FRAMES: Final = (
    "{}",
    "{} please",
    "please {}",
    "i want to {}",
    "i would like to {}",
    "i need to {}",
    "i'd like to {}",
    "how do i {}",
    "how can i {}",
    "how to {}",
    "can i {}",
    "can you help me {}",
    "can you {}",
    "could you please {}",
    "is it possible to {}",
    "where can i {}",
    "where do i go to {}",
    "what do i need to {}",
    "what are the steps to {}",
    "what is the best way to {}",
    "i am trying to {}",
    "i tried to {} but it does not work",
    "i am not able to {}",
    "why can't i {}",
    "i can't {}",
    "help me {}",
    "hi, i am calling to {}",
    "hello i want to {}",
    "how long does it take to {}",
    "how much does it cost to {}",
    "do you know how to {}",
    "am i allowed to {}",
    "tell me how to {}",
    "when can i {}",
    "i have to {} as soon as possible",
    "i was wondering if i could {}",
    "let's {}",
    "show me how to {}",
    "will i be able to {}",
    "do i have to pay to {}",
    "i forgot to {}",
    "{} for me",
    "next i need to {}",
)
TROUBLE_FRAMES: Final = (
    "{}",
    "{}",
    "{}",
    "{}, what can i do",
    "{} what should i do",
    "{}, please help",
    "help, {}",
    "hello, {}",
    "hi {}",
    "i am calling because {}",
    "can you help, {}",
    "why is it that {}",
    "i think {}",
    "what happens if {}",
    "{} again",
    "{} and i do not know why",
    "it seems that {}",
    "can you check why {}",
    "sorry but {}",
)
QUESTION_FRAMES: Final = (
    "{}",
    "{}",
    "{}",
    "{}?",
    "can you tell me {}",
    "i want to know {}",
    "please tell me {}",
    "do you know {}",
    "i was wondering {}",
    "hi, {}",
    "quick question, {}",
    "could you let me know {}",
    "tell me {}",
    "i need to find out {}",
)
ROUGH: Final = (
    ("i am ", "i'm "),
    ("i am ", "im "),
    ("cannot", "cant"),
    ("can not", "can't"),
    ("does not", "doesn't"),
    ("did not", "didn't"),
    ("do not", "don't"),
    ("do not", "dont"),
    ("is not", "isn't"),
    ("has not", "hasn't"),
    ("have not", "haven't"),
    ("what is", "what's"),
    ("what is", "whats"),
    ("i would", "i'd"),
    ("i have", "i've"),
    ("please", "pls"),
    ("you", "u"),
    ("the ", ""),
    ("my ", "the "),
    ("want to", "wanna"),
)
ROUGH_SHARE: Final = 0.3

SIGNS: Final = "!-?."
SIGNS_DRAWN: Final = "!!!!----??."
"""How often each kind of phrase is drawn."""

_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_FILLER: Final = re.compile(r"\{(\w+)\}")


@dataclass
class Phrases:
    """What the file holds: fillers by name, and phrases by their sign."""

    fillers: dict[str, list[str]] = field(default_factory=dict)
    by_sign: dict[str, list[str]] = field(default_factory=lambda: {sign: [] for sign in SIGNS})


def read(path: Path = PHRASES) -> Phrases:
    """Return the phrases of a file. Raises ValueError with the number of a line it cannot read."""
    found = Phrases()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        sign, rest = line[:1], line[1:].strip()
        if sign in found.by_sign and rest:
            found.by_sign[sign].append(rest)
        elif sign == "=":
            name, _, fillers = rest.partition(" ")
            found.fillers[name] = fillers.split("|")
        elif sign not in {"", "#", "["}:
            raise ValueError(
                f"{path.name}:{number}: a line begins with one of [ = ! - ? .: {line!r}"
            )
    return found


def sentences(count: int, seed: int = SEED) -> list[str]:
    """Return at most `count` different sentences."""
    phrases = read()
    chance = random.Random(seed)
    frames = {"!": TO_DO_FRAMES, "-": TROUBLE_FRAMES, "?": QUESTION_FRAMES, ".": ("{}",)}
    found: dict[str, None] = {}
    for _ in range(3 * count):
        if len(found) >= count:
            break
        sign = chance.choice(SIGNS_DRAWN)
        phrase = expanded(chance.choice(phrases.by_sign[sign]), phrases.fillers, chance)
        framed = chance.choice(frames[sign]).format(phrase)
        found[roughened(framed, chance)] = None
    return list(found)


def expanded(phrase: str, fillers: dict[str, list[str]], chance: random.Random) -> str:
    """Return a phrase with its choices made and its blanks filled."""
    while _CHOICE.search(phrase) or _FILLER.search(phrase):
        phrase = _FILLER.sub(lambda found: chance.choice(fillers[found[1]]), phrase)
        phrase = _CHOICE.sub(lambda found: chance.choice(found[1].split("|")), phrase)
    phrase = chance.choice(phrase.split("|"))
    return " ".join(phrase.split())


def roughened(sentence: str, chance: random.Random) -> str:
    """Return a sentence as it may be typed: contracted, shortened; most stay as they are."""
    for careful, rough in ROUGH:
        if careful in sentence and chance.random() < ROUGH_SHARE / 2:
            sentence = sentence.replace(careful, rough)
    return " ".join(sentence.split())
