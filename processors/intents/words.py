"""From a message to words: the one reading of text that table, features and model share.

As the teacher's tokenizer reads: lower case, no accents, punctuation on its own. Long numbers
(orders, phones, cards) say nothing about the wish and all read as one word.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

CHARS_MAX: Final = 4_000
"""Characters of a message that count: its beginning."""

WORDS_MAX: Final = 400
"""Words of a message that count."""

NUMBER: Final = "0000"
"""What every number of five digits or more reads as."""

_WORD: Final = re.compile(r"[^\W_]+|[^\w\s]|_")
_LONG_NUMBER: Final = re.compile(r"[0-9]{5,}")
_APART: Final = re.compile("([\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])")
"""Characters that are words by themselves."""

_PLAIN: Final = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")


def words(text: str) -> list[str]:
    """Return the words of a message in order, punctuation marks among them."""
    text = text[:CHARS_MAX]
    if text.isascii():
        text = text.lower()
    else:
        decomposed = unicodedata.normalize("NFD", text.translate(_PLAIN).lower())
        text = "".join(one for one in decomposed if unicodedata.category(one) not in {"Mn", "Cf"})
        text = _APART.sub(r" \1 ", text)
    found = _WORD.findall(_LONG_NUMBER.sub(NUMBER, text))
    return found[:WORDS_MAX]
