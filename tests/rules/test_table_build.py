"""Building the static table: sentences of our own grammar, a regression, pinned inputs."""

from __future__ import annotations

import random

import numpy as np
import pytest

from ops.encoder import build, corpus, distillation, grammar
from ops.encoder.errors import PinnedError, UnreadableError
from processors.intents.table import packed, unpacked
from processors.intents.vectors import Vectoriser
from processors.intents.words import words
from processors.miner.encoding import quantised
from processors.miner.training import background_sentences


def silent(*_: object) -> None:
    """Say nothing of progress."""


def test_the_grammar_makes_the_same_different_sentences_every_time():
    first = grammar.sentences(2_000)
    assert first == grammar.sentences(2_000)
    assert len(set(first)) == 2_000
    assert grammar.sentences(50, seed=1) != grammar.sentences(50, seed=2)


def test_no_sentence_keeps_a_sign_of_the_grammar():
    for sentence in grammar.sentences(5_000):
        assert not set(sentence) & set("(){}|=[]"), sentence
        assert sentence == " ".join(sentence.split())


def test_every_phrase_can_be_expanded():
    phrases = grammar.read()
    chance = random.Random(0)
    for listed in phrases.by_sign.values():
        assert len(listed) > 10
        for phrase in listed:
            assert grammar.expanded(phrase, phrases.fillers, chance)


def test_a_line_that_is_no_phrase_is_named(tmp_path):
    path = tmp_path / "phrases.txt"
    path.write_text("! do\n\n* what\n")
    with pytest.raises(ValueError, match=r"phrases.txt:3: a line begins with"):
        grammar.read(path)


def test_the_background_of_training_is_what_the_grammar_gives():
    assert list(background_sentences()) == grammar.sentences(
        build.BACKGROUND_SENTENCES, seed=build.BACKGROUND_SEED
    )


def test_regression_finds_the_rows_that_made_the_vectors():
    chance = np.random.default_rng(0)
    pieces = ["red", "blue", "shoe", "hat", "##s", "never"]
    texts = [" ".join(chance.choice(pieces[:4], 3)) for _ in range(200)]
    truth = chance.normal(size=(6, 5)).astype(np.float32)
    part = distillation.shares(texts, pieces)
    start = np.zeros_like(truth)
    start[5] = 7
    found = distillation.regressed(part, (part @ truth), start, 1e-4, silent)
    assert np.allclose(found[:4], truth[:4], atol=1e-2)
    assert np.allclose(found[4], 0)
    assert np.allclose(found[5], 7), "what no text shows keeps its start"


def test_shares_are_those_of_the_live_reading():
    part = distillation.shares(["Red hats, red!", ""], ["red", "hat", "##s", "!"]).toarray()
    assert words("Red hats, red!") == ["red", "hats", ",", "red", "!"]
    assert part[0] == pytest.approx([2 / 5, 1 / 5, 1 / 5, 1 / 5])
    assert part[1].sum() == 0


def test_the_prior_is_scaled_to_fit():
    chance = np.random.default_rng(1)
    single = chance.normal(size=(4, 3)).astype(np.float32)
    part = distillation.shares(["a b", "b c", "c d", "a d"], ["a", "b", "c", "d"])
    wanted = part @ (single - single.mean(axis=0))
    wanted -= wanted.mean(axis=0)
    once = distillation.prior(single, part, wanted)
    assert np.allclose(distillation.prior(single, part, 5 * wanted), 5 * once, rtol=1e-4)


def test_pieces_that_nothing_shows_go_first_and_characters_stay():
    pieces = ["a", "##b", *(f"word{number:05}" for number in range(30_000))]
    is_seen = np.zeros(len(pieces), bool)
    is_seen[-1] = True
    kept = distillation.fitting(pieces, is_seen, 256)
    size = sum(256 + 2 + len(pieces[place]) + 1 for place in kept)
    assert size <= distillation.FILE_BYTES_MAX
    assert {0, 1, len(pieces) - 1} <= set(kept)
    assert kept == sorted(kept)


def test_a_table_of_whole_numbers_points_where_the_rows_point():
    rows = np.random.default_rng(2).normal(size=(20, 16)) * np.linspace(0.1, 3, 20)[:, None]
    pieces = [f"w{number}" for number in range(20)]
    table = unpacked(packed(pieces, *quantised(rows)))
    found = Vectoriser(table, None).vectors(["w3 w7 w11"])[0]
    wanted = rows[[3, 7, 11]].sum(axis=0)
    cosine = found @ wanted / np.linalg.norm(found) / np.linalg.norm(wanted)
    assert cosine > 0.999


def test_damaged_rows_of_the_text_are_left_out(tmp_path):
    head = "conversationId\tturnNumber\tutteranceId\tutterance\tslot-labels\tintent"
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "train.tsv").write_text(
        f"{head}\nc\t1\tu\thello  there\tO\tgreeting\nc\t2\tbroken row\nc\t3\tu\tb\tO\tx\n"
    )
    assert corpus.multidogo(tmp_path) == ["b", "hello there"]
    with pytest.raises(UnreadableError, match=r"no \*/train.tsv"):
        corpus.multidogo(tmp_path / "shop")


def test_only_what_the_notice_pins_is_taken(tmp_path, monkeypatch):
    notice = tmp_path / "NOTICE"
    notice.write_text("Text\n\nSHA-256\n\n")
    monkeypatch.setattr(build, "NOTICE", notice)
    with pytest.raises(PinnedError, match="pins nothing"):
        build._check_pins({"own": "a" * 64}, pins=False)
    build._check_pins({"own": "a" * 64}, pins=True)
    build._check_pins({"own": "a" * 64}, pins=False)
    with pytest.raises(PinnedError, match=f"pins {'a' * 64}"):
        build._check_pins({"own": "b" * 64}, pins=False)


def test_our_grammar_is_the_one_the_notice_pins():
    assert corpus.digest(corpus.own_sentences()) in build.NOTICE.read_text()


def test_a_teacher_that_is_not_there_is_named(tmp_path, capsys):
    code = build.main(["build", "--teacher", str(tmp_path), "--text", str(tmp_path)])
    assert code == 1
    assert "minilm_int8.onnx: there is no such file" in capsys.readouterr().err
