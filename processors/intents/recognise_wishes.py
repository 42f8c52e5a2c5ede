"""Whether a message says a wish in so many words, and whether it says nothing but values.

`bearing` weighs how a message is put; after a question that is not enough, since an answer ("I
changed my mind") is put like a wish. These two look for what only a wish has: wanting, asking,
telling somebody to do something. English only, like `bearing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from processors.intents.recognise_message import WORD, is_question
from processors.intents.recognise_values import TEXT_MAX, Value, recognise

ONLY_VALUES_CHARS_MAX: Final = 240
"""A longer message says more than values."""
VALUE_WORDS_MAX: Final = 10
"""So do more words than these that are no fillers."""

_OPENS: Final = (
    r"(?:^|[.!?;,\n]\s*|\b(?:and|but|so|then|also|ok|okay|yes|no|well|sorry|hi|hello|please)\s+)"
)
_WISH: Final = re.compile(
    r"\b(?:i|we)(?:'?d|'?ll| would| will|'?m| am|'?ve| have)?(?: (?:really|just|also|still|actually"
    r"|now|rather|only))* (?:want(?:ed)?|need(?:ed)?|wish|love|like|prefer|have|must|got|looking"
    r"|trying|going|calling|writing|hoping|wondering)"
    r" (?:to|for|a|an|my|the|your|you|this|that|it|some|another|help|if|about)\b"
    rf"|{_OPENS}(?:(?:can|could|would|will|may|might|shall) (?:you|i|we|it|this|that|they"
    r"|some(?:one|body)|my|the)"
    r"|(?:how|why|when|where|what|which|who) (?:do|does|did|is|are|was|were|can|could|would|will"
    r"|shall|should|has|have|to|long|late|much|many|about|if|time)"
    r"|(?:is|are|was|were|do|does|did|has|have) (?:there|it|you|my|the|your|we|i|this|that|they))"
    r"\b"
    rf"|{_OPENS}(?:cancel|change|update|send|stop|track|refund|return|replace|exchange|swap|book"
    r"|check|show|find|help|remove|delete|add|transfer|connect|call|open|close|reset|give|tell|get"
    r"|make|pay|order|buy|deliver|activate|block|unblock|renew|correct|fix|repair|resend|forward"
    r"|let|put|explain|look|speak|talk|confirm|report)"
    r" (?:my|the|this|it|a|an|me|to|us|your|all|that|everything|what|another|for|into|with|up)\b"
    r"|\bhow (?:do|can|could|would) (?:i|we)\b|\bwhat do i\b",
    re.IGNORECASE,
)
_WANTS_NOTHING: Final = re.compile(
    r"\b(?:i|we)(?:'?d| would)? (?:like|love|have|got|prefer)"
    r" (?:a|an|my|the|your|this|that|it|some)\b",
    re.IGNORECASE,
)
"""What one has or likes; it is wanted only with "I'd"."""
_WOULD: Final = re.compile(r"\b(?:i|we)(?:'?d| would)\b", re.IGNORECASE)

_WORDS_OF_FILLERS: Final = """
    a about account address am an and are at booking by called can card case claim code company
    confirmation contact contract current customer date day email e-mail fine first for from full
    good have hello here here's hey hi i i'm id in invoice is it it's its last mail member
    membership mobile mr mrs ms my name new no number of ok okay old on one or order our personal
    phone please policy post postcode private receipt ref reference sent serial since sir so street
    sure telephone thank thanks that that's the these this those thats ticket time to tracking
    under until was we well with work yes zip zipcode think guess yeah
"""
_FILLERS: Final = frozenset(_WORDS_OF_FILLERS.split())
"""Words that stand beside values and say nothing by themselves."""


def states_wish(text: str) -> bool:
    """Tell whether a message says that something is wanted, asks something or tells one to do it.

    A question that is asked back to understand ("the old one?") is none.
    """
    text = text[:TEXT_MAX].replace("\u2019", "'")
    for found in _WISH.finditer(text):
        if not _WANTS_NOTHING.match(found[0]) or _WOULD.match(found[0]):
            return True
    return False


def is_filler(word: str) -> bool:
    """Tell whether a lower-case word stands beside values and says nothing by itself."""
    return word.replace("\u2019", "'") in _FILLERS


def besides(text: str, said: Iterable[str]) -> str:
    """Return what is left of a message without some pieces of it, each cut out once."""
    for piece in said:
        if piece:
            text = text.replace(piece, " ", 1)
    return text


def says_only_values(text: str, values: tuple[Value, ...] | None = None) -> bool:
    """Tell whether a message is values and words that carry them: "it's AB-10033, thanks".

    Args:
        text: What the customer said.
        values: What is recognised in it, if that is known.
    """
    if not text.strip() or len(text) > ONLY_VALUES_CHARS_MAX or is_question(text):
        return False
    if sum(not is_filler(word) for word in WORD.findall(text.lower())) > VALUE_WORDS_MAX:
        return False
    values = recognise(text) if values is None else values
    # A capital letter alone makes no value: "Refund" is a wish.
    if all(one.kind == "proper_noun" for one in values):
        return False
    rest = besides(text, (one.text for one in values))
    return all(is_filler(word) for word in WORD.findall(rest.lower()))
