"""What to say next in an interview, why, and what may solve the wish.

The curated comes first: the question that is due, or the solution; then replies that others gave in
the same situation, ranked by the words they share with the last messages. The knowledge query is
made of the intent's and the answers' words, so the same interview always asks the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from processors.assist.articles import Article as BaseArticle, ArticleBase
from processors.assist.retrieval import INDEX_VERSION
from processors.assist.words import words_of
from processors.conversation.transcript import Utterance
from processors.intents.interview import known_of, missing_of, question_of
from processors.intents.interview_state import Answered, Article, Interview, Solution
from processors.intents.library import Attribute, Intent, PastReply

if TYPE_CHECKING:
    from processors.intents.loading import Library

RESULTS_MAX: Final = 3
SOLUTION_SCORE_MIN: Final = 0.35
"""Confidence an article needs when it was asked for; unasked ones need more (SA-30)."""
QUERY_CHARS_MAX: Final = 400
QUERY_DESCRIPTION_WORDS: Final = 12
REPLIES_MAX: Final = 3
REPLY_WINDOW: Final = 4
"""How many of the last messages a reply is held against."""
NAMED_MAX: Final = 4

Verdict = Literal["shown", "chosen", "below_threshold", "beyond_limit", "not_published"]


class Next(msgspec.Struct, frozen=True):
    """What is due.

    Attributes:
        kind: Ask a question, ask which of a group it is, look for a solution, or nothing.
        attribute_id: The attribute that the question is for.
        text: What to say; empty where a solution has to be looked for first.
    """

    kind: Literal["question", "clarify", "solution", "none"] = "none"
    attribute_id: str | None = None
    text: str = ""


class Response(msgspec.Struct, frozen=True):
    """One thing to say, and why."""

    kind: Literal["question", "clarify", "solution", "reply"]
    text: str
    why: str


class Considered(msgspec.Struct, frozen=True):
    """An article that was considered, and what became of it."""

    item_id: str
    title: str
    score: float
    key_phrases: tuple[str, ...]
    verdict: Verdict


class Solved(msgspec.Struct, frozen=True):
    """What was found, and everything that was considered.

    Attributes:
        index_version: What searched; None: nothing was searched.
    """

    solution: Solution
    considered: tuple[Considered, ...]
    index_version: str | None


def next_step(state: Interview, library: Library) -> Next:
    """Return what is due: the first required question that is not answered, never another."""
    intent = None if state.intent_id is None else library.intents.get(state.intent_id)
    if intent is not None:
        return _next_of(state, intent, missing_of(state, intent))
    if state.group_id is not None:
        return Next("clarify", None, clarifying_question(library, state))
    return Next()


def clarifying_question(library: Library, state: Interview, *, is_of_bot: bool = False) -> str:
    """Return what tells the intents of the known group apart: its own question, or their names.

    What was found wrong in the conversation is not named, nor by a bot what bots may not use.
    """
    group = library.groups.get(state.group_id or "")
    if group is None:
        return ""
    if group.clarifying_question.strip():
        return group.clarifying_question.strip()
    names = [
        one.name
        for one in library.content.intents
        if one.group_id == group.group_id
        and not state.is_blocked(one.intent_id)
        and (one.is_used_by_bots or not is_of_bot)
    ]
    if not 1 < len(names) <= NAMED_MAX:
        return f"What exactly can I do for you about {group.name}?"
    return f"Is it about {', '.join(names[:-1])} or {names[-1]}?"


def responses(
    state: Interview, library: Library, window: Sequence[Utterance]
) -> tuple[Response, ...]:
    """Return what may be said next, the best first.

    Args:
        state: The interview.
        library: The library in force.
        window: The last public messages, oldest first.
    """
    intent = None if state.intent_id is None else library.intents.get(state.intent_id)
    if intent is None:
        due = next_step(state, library)
        if due.kind != "clarify":
            return ()
        why = f"Only the group {state.group_name} is known: this tells its intents apart."
        return (Response("clarify", due.text, why),)
    missing = missing_of(state, intent)
    found: list[Response] = []
    if missing:
        left = f"; {len(missing) - 1} more to ask" if len(missing) > 1 else ""
        why = f"{missing[0].name} is needed for {intent.name} and not known yet{left}."
        found.append(Response("question", question_of(missing[0]), why))
    else:
        found += [
            Response("solution", one.text, f"It was written as the solution of {intent.name}.")
            for one in intent.solutions
            if one.kind == "text" and one.text
        ]
    if state.solution is not None:
        found += [
            Response("solution", _link(one), f"It fits the query with {one.score:.2f}.")
            for one in state.solution.articles
        ]
    return (*found, *ranked_replies(intent, window))


def ranked_replies(intent: Intent, window: Sequence[Utterance]) -> tuple[Response, ...]:
    """Return past replies that fit the last messages, the best first; ties by how often given.

    A reply scores the share of its words that the last messages have; three words more are counted
    as missing, so that a short one does not win by one word.
    """
    if not intent.replies:
        return ()
    recent = window[-REPLY_WINDOW:]
    said = {one.text for one in recent if one.author != "customer"}
    context = _stems_of(tuple(one.text for one in recent))
    ranked = []
    for place, reply in enumerate(intent.replies):
        if reply.text in said:
            continue
        words = _words(reply.text)
        if words:
            score = len(context & words.keys()) / (len(words) + 3)
            ranked.append((-score, -reply.count, place))
    ranked.sort()
    return tuple(
        Response("reply", intent.replies[place].text, _why(intent.replies[place], intent, context))
        for _, _, place in ranked[:REPLIES_MAX]
    )


def solution_query(intent: Intent, known: Sequence[Answered]) -> str:
    """Return what to look for: the intent's words and what is known, at most 400 characters."""
    return " ".join(_parts(intent, known))[:QUERY_CHARS_MAX].strip()


def answers_in_order(state: Interview, intent: Intent) -> list[Answered]:
    """Return what is told of an intent, in the order of its attributes."""
    known = known_of(state, intent)
    return [known[one.attribute_id] for one in intent.attributes if one.attribute_id in known]


def solve(state: Interview, intent: Intent, base: ArticleBase | None, at_ms: int) -> Solved:
    """Return what the article base has for an intent and its answers.

    Articles that were chosen for the intent are the only ones, in their order; a chosen one that is
    not published is left out. Without any, the base is searched.
    """
    known = answers_in_order(state, intent)
    query = solution_query(intent, known)
    digest = "" if base is None else base.digest
    chosen = [one.item_id for one in intent.solutions if one.kind == "article" and one.item_id]
    if chosen:
        considered = _chosen(chosen, base)
        index_version = None
    elif base is None:
        return Solved(Solution(query, (), at_ms, digest), (), None)
    else:
        considered = _searched(base, intent, known)
        index_version = INDEX_VERSION
    by_id = {one.article_id: one for one in base.articles} if base is not None else {}
    articles = tuple(
        _article(by_id[one.item_id], one.score)
        for one in considered
        if one.verdict in {"shown", "chosen"}
    )
    return Solved(Solution(query, articles, at_ms, digest), tuple(considered), index_version)


def _chosen(chosen: Sequence[str], base: ArticleBase | None) -> list[Considered]:
    by_id = {one.article_id: one for one in base.articles} if base is not None else {}
    considered: list[Considered] = []
    left = RESULTS_MAX
    for item_id in dict.fromkeys(chosen):
        article = by_id.get(item_id)
        verdict: Verdict = "not_published"
        if article is not None:
            verdict = "chosen" if left else "beyond_limit"
            left -= left > 0
        title = article.title if article is not None else item_id
        considered.append(Considered(item_id, title, 1.0, (), verdict))
    return considered


def _searched(base: ArticleBase, intent: Intent, known: Sequence[Answered]) -> list[Considered]:
    # Each part is a message of its own: an article explains the wish, hardly an order number.
    parts = _parts(intent, known)
    messages = [Utterance("customer", part) for part in (*reversed(parts[1:]), parts[0])]
    considered: list[Considered] = []
    left = RESULTS_MAX
    for match in base.index.search(messages):
        article = base.articles[match.document]
        verdict: Verdict = "below_threshold"
        if match.score >= SOLUTION_SCORE_MIN:
            verdict = "shown" if left else "beyond_limit"
            left -= left > 0
        considered.append(
            Considered(article.article_id, article.title, match.score, match.key_phrases, verdict)
        )
    return considered


def _next_of(state: Interview, intent: Intent, missing: Sequence[Attribute]) -> Next:
    if missing:
        return Next("question", missing[0].attribute_id, question_of(missing[0]))
    if state.solution is not None:
        return Next()
    texts = [one.text for one in intent.solutions if one.kind == "text" and one.text]
    return Next("solution", None, texts[0] if texts else "")


def _parts(intent: Intent, known: Sequence[Answered]) -> list[str]:
    """Return the words of the wish, then those of each answer."""
    named = _words(intent.name)
    described = [word for stem, word in _words(intent.description).items() if stem not in named]
    more = described[:QUERY_DESCRIPTION_WORDS]
    return [" ".join((intent.name, *more)), *(f"{one.name} {one.value}" for one in known)]


def _article(found: BaseArticle, score: float) -> Article:
    return Article(found.article_id, found.title, found.shown_summary(), found.link(), score)


def _link(article: Article) -> str:
    return f"{article.title}: {article.url}" if article.url else article.title


def _why(reply: PastReply, intent: Intent, context: frozenset[str]) -> str:
    times = "once" if reply.count == 1 else f"{reply.count} times"
    told = f"Representatives said this {times} for {intent.name}"
    shared = [word for stem, word in _words(reply.text).items() if stem in context]
    if not shared:
        return f"{told}."
    named = ", ".join(f'"{word}"' for word in shared[:3])
    return f"{told}; it shares {named} with the last messages."


def _stems_of(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(_words(text) for text in texts))


@lru_cache(maxsize=8_192)
def _words(text: str) -> dict[str, str]:
    """Return the words that say something, by stem, in the order they first stand."""
    found: dict[str, str] = {}
    for stem, word in words_of(text):
        found.setdefault(stem, word)
    return found
