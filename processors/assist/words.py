"""Text to words: lower case, without the words every English sentence has, stemmed.

One rule for articles and for conversations, or they would not meet.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import Stemmer

VERSION: Final = f"snowball-{Stemmer.version()}"

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")

_SAYS_NOTHING: Final = """
    a about actually again ah all already also alright always am an and another any anybody anyone
    anything are aren't around as ask at away back be because been before being best better both bye
    but by can can't cannot certainly come could couldn't course dear did didn't different do does
    doesn't doing don't done each either else even ever every everybody everyone everything few find
    fine first for from get gets getting give go goes going good got great had hadn't has hasn't
    have haven't having he he's hello help her here hers hey hi him himself his hmm how i i'd i'll
    i'm i've if im in into is isn't it it's its itself just keep kind know known let let's like
    likes ll look looking looks lot m made make makes many may maybe me mean might mine more most
    much must my myself need needs never next nice no nobody none not nothing now of off oh ok okay
    old on once one ones only or other others our ours out over own perfect please put quite rather
    re really right s said same say see seems shall she should so some somebody something soon sorry
    still such sure t take tell than thank thanks that that's thats the their theirs them themselves
    then there there's these they they're thing things think this those though through time to today
    together told tomorrow tonight too two try u um under until up upon us use used using ve very
    want wanted wants was wasn't way we we'd we'll we're we've welcome well went were weren't what
    what's whatever when where whether which while who whom whose why will wish with within without
    won't would wouldn't yeah yep yes yesterday yet you you'd you'll you're you've your yours
    yourself
"""
_STOP_WORDS: Final = frozenset(_SAYS_NOTHING.split())

_stemmer: Final = Stemmer.Stemmer("english", 0)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of a lower-case word, or an empty text for a word that says nothing."""
    if word in _STOP_WORDS:
        return ""
    stemmed: str = _stemmer.stemWord(word)
    return stemmed


def words_of(text: str) -> list[tuple[str, str]]:
    """Return `(stem, word)` of every word that says something, in the text's order."""
    found = _WORD.findall(text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return [(stemmed, word) for word in found if (stemmed := stem(word))]
