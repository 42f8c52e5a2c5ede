"""Which turns of customers carry a wish."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from processors.intents.bearing import BEARS, bearing

WISHES = [
    "cancel my order",
    "I want to send a lamp back",
    "what's my balance",
    "how do i freeze my card",
    "can you change my address",
    "my package never arrived",
    "I was charged twice",
    "the app crashes when I log in",
    "refund please",
    "Hello, I need to change my flight",
    "yes, I want to cancel",
    "speak to a human",
    "When will my refund arrive?",
]
OTHERS = [
    "hello",
    "Hi there!",
    "good morning",
    "thanks",
    "thank you so much for your help",
    "bye",
    "yes",
    "no",
    "yes please",
    "no, that's all",
    "ok great",
    "70441",
    "4521 8876",
    "my order number is 70441",
    "my name is Ada Byron",
    "the blue one",
    "yesterday",
    "on the 3rd of March",
    "hold on",
    "i don't know",
]


@pytest.mark.parametrize("said", WISHES)
def test_a_wish_bears(said):
    assert bearing(said) >= BEARS


@pytest.mark.parametrize("said", OTHERS)
def test_greetings_thanks_yes_no_and_bare_answers_do_not_bear(said):
    assert bearing(said) < BEARS


@pytest.mark.parametrize(
    "said", ["", "   ", "???", "\U0001f600", "12345", "\x00", "\ud800", "谢谢"]
)
def test_a_turn_without_words_does_not_bear(said):
    assert bearing(said) < BEARS


def test_after_a_question_an_answer_is_likelier_and_after_an_invitation_a_wish():
    said = "I have a savings account"
    assert bearing(said, after_question=True) < bearing(said) < bearing(said, after_invitation=True)


def test_capitals_and_curly_apostrophes_make_no_difference():
    assert bearing("WHAT\u2019S MY BALANCE") == bearing("what's my balance")


def test_a_megabyte_takes_no_longer_than_its_beginning():
    began = time.process_time()
    for said in ("a", "i want ", "?", "1 ", "' "):
        assert 0.0 <= bearing(said * (1_000_000 // len(said))) <= 1.0
    assert time.process_time() - began < 1.0


def test_the_scores_are_the_same_in_every_process():
    code = (
        "from processors.intents.bearing import bearing\n"
        f"print([bearing(said) for said in {WISHES + OTHERS!r}])"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "31337")
    ]
    assert said[0] == said[1] == f"{[bearing(one) for one in WISHES + OTHERS]}\n"
