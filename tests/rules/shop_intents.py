"""A small library of a shop's intents, for the tests: content, and the library trained from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from processors.intents.detection import Detection, Scored
from processors.intents.encoder import Vectors
from processors.intents.features import LexicalData
from processors.intents.interview import Message
from processors.intents.library import (
    Attribute,
    Group,
    Intent,
    LibraryContent,
    LineOfBusiness,
    PastReply,
    Solution,
)
from processors.intents.loading import Library, load_library
from processors.intents.model import MODEL_FORMAT, ModelData, encoded
from processors.intents.vectors import UNIT
from processors.miner.training import train

ORDER_NUMBER = Attribute(
    "order_number",
    "order number",
    question="What is your order number?",
    recogniser="reference",
    cues=("order",),
)
BOUGHT_ON = Attribute(
    "bought_on",
    "purchase date",
    kind="date",
    question="When did you buy it?",
    cues=("bought", "purchased"),
)
REASON = Attribute("reason", "reason", question="Why do you want to send it back?")
SIZE = Attribute(
    "size", "size", kind="enum", question="Which size do you need?", values=("small", "large")
)
ERROR_CODE = Attribute(
    "error_code", "error code", question="Which error code do you see?", recogniser="error_code"
)
EMAIL = Attribute(
    "email",
    "email address",
    question="Which email address do you use?",
    recogniser="email",
    is_required=False,
)

REFUND = Intent(
    "refund",
    "Refund",
    description="I want my money back for what I bought.",
    examples=(
        "I want my money back",
        "please refund my purchase",
        "how do I get a refund for these shoes",
        "I would like a refund",
        "can you give me my money back for the lamp",
        "refund me please, it was the wrong thing",
    ),
    group_id="returns",
    line_of_business="shop",
    is_used_by_bots=True,
    attributes=(ORDER_NUMBER, BOUGHT_ON, REASON),
    replies=(
        PastReply("Your money is back on your card within three days.", 40),
        PastReply("I have started the refund for your order.", 25),
        PastReply("Please keep the parcel until we write to you.", 5),
    ),
)
EXCHANGE = Intent(
    "exchange",
    "Exchange",
    description="I want another size.",
    examples=(
        "I want to exchange the shoes for a bigger size",
        "can I swap this jacket for another colour",
        "the shirt is too small, I need a larger one",
        "exchange my trousers please",
        "I would like to swap it for a different one",
        "can you send me another size in exchange",
    ),
    group_id="returns",
    line_of_business="shop",
    is_used_by_bots=True,
    attributes=(ORDER_NUMBER, SIZE),
)
LATE = Intent(
    "late_delivery",
    "Late delivery",
    description="My parcel has not arrived.",
    examples=(
        "where is my parcel",
        "my delivery has not arrived",
        "the courier never came with my package",
        "my order is late, when does it arrive",
        "track my shipment please",
        "the parcel should have been here last week",
    ),
    group_id="delivery",
    is_used_by_bots=False,
    attributes=(ORDER_NUMBER,),
    solutions=(
        Solution("text", text="We look for parcels that are late by more than three days."),
    ),
)
PRINTER = Intent(
    "printer_error",
    "Printer error",
    description="The printer shows an error and does not print.",
    examples=(
        "my printer shows an error",
        "the printer does not print any more",
        "printer stopped with an error message",
        "I get an error code on my printer",
        "my printer is broken and blinks red",
        "how can I fix the printer fault",
    ),
    group_id="devices",
    is_used_by_bots=True,
    attributes=(ERROR_CODE, EMAIL),
    solutions=(Solution("article", "P-1"), Solution("article", "P-9")),
)
PASSWORD = Intent(
    "password",
    "Forgotten password",
    description="I cannot sign in.",
    examples=(
        "I forgot my password",
        "I cannot sign in to my account",
        "reset my password please",
        "my login does not work",
        "how can I change the password of my account",
        "the sign in page says my password is wrong",
    ),
    group_id=None,
    is_used_by_bots=True,
)

CONTENT = LibraryContent(
    intents=(EXCHANGE, LATE, PASSWORD, PRINTER, REFUND),
    groups=(
        Group("delivery", "Delivery", "Is it about a parcel that is late?"),
        Group("devices", "Devices"),
        Group("returns", "Returns", "Do you want your money back, or another one?"),
    ),
    lines_of_business=(LineOfBusiness("shop", "Shop"),),
)


def library_of(content: LibraryContent = CONTENT, digest: str = "") -> Library:
    """Return a library without a model: what is detected is said by the test."""
    return Library(content, digest or f"digest of {len(content.intents)} intents")


KEYWORDS = {
    "money": "refund",
    "refund": "refund",
    "exchange": "exchange",
    "swap": "exchange",
    "size": "exchange",
    "parcel": "late_delivery",
    "delivery": "late_delivery",
    "printer": "printer_error",
    "password": "password",
}
"""What the small model knows: a word and the intent that it speaks for."""
_INTENTS = sorted(set(KEYWORDS.values()))


class KeywordEncoder:
    """An encoder whose vectors are the intents that a text's words speak for.

    Whoever tests what becomes of a detection knows what is detected: one column an intent, and one
    for all other words.
    """

    fingerprint = "keywords of the tests"
    dims = len(_INTENTS) + 1

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text."""
        rows = np.zeros((len(texts), self.dims), np.float32)
        for row, text in zip(rows, texts, strict=True):
            found = [KEYWORDS.get(word) for word in re.findall(r"[^\W_]+", text.lower())]
            places = {_INTENTS.index(one) for one in found if one is not None}
            if found:
                row[sorted(places) or [self.dims - 1]] = 1 / np.sqrt(max(1, len(places)))
        return rows


def _model(intent_ids: tuple[str, ...]) -> bytes:
    """Return a model: each intent weighs its own column, half of which is the threshold."""
    weights = np.zeros((len(intent_ids), KeywordEncoder.dims), "<i2")
    for place, intent_id in enumerate(intent_ids):
        weights[place, _INTENTS.index(intent_id)] = 1_000
    return encoded(
        ModelData(
            format=MODEL_FORMAT,
            lexical=LexicalData(),
            intent_ids=intent_ids,
            dims=KeywordEncoder.dims,
            weights=weights.tobytes(),
            biases=np.zeros(len(intent_ids), "<i8").tobytes(),
            unit=100 * UNIT,
            threshold=500 * UNIT,
            softness=100 * UNIT,
        )
    )


@cache
def shop(*left_out: str) -> Library:
    """Return the library with the small model, without some intents."""
    kept = tuple(one for one in CONTENT.intents if one.intent_id not in left_out)
    content = replace(
        CONTENT,
        intents=kept,
        encoder=KeywordEncoder.fingerprint,
        model=_model(tuple(one.intent_id for one in kept)),
    )
    return load_library(msgspec.json.encode(content), encoder=KeywordEncoder())


@cache
def artefact() -> bytes:
    """Return the artefact as it is published: trained from the examples."""
    return msgspec.json.encode(train(CONTENT).content)


def fits(*scores: tuple[str, float], outcome: Any = None, **fields: Any) -> Detection:
    """Return a detection of intents with their scores, the best first."""
    top = tuple(Scored(intent_id, score) for intent_id, score in scores)
    best = top[0].score if top else 0.0
    margin = round(best - (top[1].score if len(top) > 1 else 0.0), 4)
    if outcome is None:
        outcome = "intent" if best >= 0.5 else "none"
    known = {
        "outcome": outcome,
        "intent_id": top[0].intent_id if outcome == "intent" else None,
        "score": best,
        "margin": margin,
        "is_unknown": best < 0.5,
        "is_bearing": True,
        "top": top,
    }
    return Detection(**(known | fields))


NO_WISH = Detection()
"""What is detected in a greeting or a bare answer."""


def message(text: str, number: int = 1, **fields: Any) -> Message:
    """Return a message of the customer."""
    return Message(text, number, 1_780_000_000_000 + number * 1_000, **fields)
