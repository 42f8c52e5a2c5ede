"""What a customer's message says that an attribute could hold, and which attributes it answers."""

from __future__ import annotations

from processors.intents.recognise_answers import answers
from processors.intents.recognise_bare import Answer, truth
from processors.intents.recognise_message import is_question
from processors.intents.recognise_values import KINDS, TEXT_MAX, Kind, Value, recognise

__all__ = [
    "KINDS",
    "TEXT_MAX",
    "Answer",
    "Kind",
    "Value",
    "answers",
    "is_question",
    "recognise",
    "truth",
]
