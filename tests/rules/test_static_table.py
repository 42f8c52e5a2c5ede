"""The static table of the package: whole, small enough, and read as its teacher reads."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from processors.errors import InvalidReferenceError
from processors.intents.table import FILE, packed, static_table, unpacked
from processors.intents.vectors import UNIT, Vectoriser
from processors.intents.words import WORDS_MAX, words

CONTENT = files("processors.intents").joinpath(FILE).read_bytes()


def test_the_table_is_at_most_seven_megabytes_and_names_its_digest():
    assert len(CONTENT) <= 7_000_000
    assert unpacked(CONTENT).fingerprint == static_table().fingerprint


def test_the_notice_beside_it_names_teacher_text_and_licences():
    notice = files("processors.intents").joinpath("NOTICE").read_text()
    for wanted in ("all-MiniLM-L6-v2", "Apache License 2.0", "MultiDoGO", "CDLA", "SHA-256"):
        assert wanted in notice.replace("Community Data License Agreement", "CDLA")
    assert notice.count("\n    ") >= 4


def test_a_damaged_table_is_refused():
    broken = bytearray(CONTENT)
    broken[100_000] ^= 1
    for content in (bytes(broken), CONTENT[:-1], b"", b"CUESTTB1"):
        with pytest.raises(InvalidReferenceError, match="damaged"):
            unpacked(content)


def test_what_is_packed_comes_back():
    rows = np.array([[1, -2], [3, 127]], np.int8)
    table = unpacked(packed(["a", "##b"], rows, np.array([7, 1023], np.uint16)))
    assert table.pieces_of("ab") == [0, 1]
    assert table.row_of("ab").tolist() == [7 + 3 * 1023, -14 + 127 * 1023]


def test_words_are_cut_into_the_longest_pieces_from_the_left():
    table = static_table()
    names = {number: piece for piece, number in table.pieces.items()}
    assert [names[one] for one in table.pieces_of("refund")] == ["ref", "##und"]
    assert [names[one] for one in table.pieces_of("order")] == ["order"]
    assert table.pieces_of("我") == []


def test_every_lower_case_word_of_ascii_letters_can_be_cut():
    for word in ("a", "z", "zzzzqqqq", "x1y2z3", "xylophonist", "0"):
        assert static_table().pieces_of(word)


def test_words_of_like_meaning_lie_nearer_than_others():
    said = ["i lost my credit card", "my debit card was stolen", "play a jazz song"]
    first, second, third = Vectoriser(static_table(), None).vectors(said) / UNIT
    assert first @ second > 0.5
    assert first @ third < 0.3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Where's my PARCEL?", ["where", "'", "s", "my", "parcel", "?"]),
        ("Where\u2019s my parcel", ["where", "'", "s", "my", "parcel"]),
        ("café naïve", ["cafe", "naive"]),
        ("order 123456789 of 2024", ["order", "0000", "of", "2024"]),
        ("a_b-c", ["a", "_", "b", "-", "c"]),
        ("中文 ok", ["中", "文", "ok"]),
        ("", []),
    ],
)
def test_text_is_read_as_words(text, found):
    assert words(text) == found


def test_only_the_beginning_of_a_long_text_is_read():
    assert len(words("a " * 100_000)) == WORDS_MAX


def test_sums_of_the_longest_texts_stay_exact():
    table = static_table()
    heavy = max(table.pieces, key=lambda one: (table.multipliers[table.pieces[one]], one))
    text = " ".join([heavy.removeprefix("##")] * 2_000)
    vectoriser = Vectoriser(table, None)
    for said in (text, "zqzqzqzqzqzqzqzqzqzqzqzqzqzqzq " * 1_000):
        vector = vectoriser.vectors([said])[0]
        assert np.sqrt((vector * vector).sum()) == pytest.approx(UNIT, rel=0.01)
