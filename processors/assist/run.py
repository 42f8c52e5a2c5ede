"""One run of smart assist: what to show a representative after a customer's message.

The rules, in their order: assistance is switched on; the channel has it; a representative serves
the conversation; the message is one that triggers; then the best articles are looked for, and each
candidate gets a verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from processors.assist.articles import ARTICLES, Article, ArticleBase
from processors.assist.card import article_card, percent
from processors.assist.retrieval import INDEX_VERSION, Match
from processors.assist.settings import DEFAULTS, SETTINGS, Kind, LoadedSettings
from processors.assist.shown import Listed, Shown
from processors.conversation.transcript import Utterance
from processors.machine import At
from schemas.records.assist import (
    Candidate,
    NothingFound,
    RecommendationIssued,
    RecommendationRefreshed,
)

KIND: Final = "knowledge_article"
EVERY_UP_TO: Final = 3
THEN_EVERY: Final = 3

SHOWN: Final = "shown"
REFRESHED: Final = "refreshed"
BELOW_THRESHOLD: Final = "below_threshold"
BEYOND_LIMIT: Final = "beyond_limit"
DISMISSED: Final = "dismissed"


class Occasion(msgspec.Struct, frozen=True):
    """The customer message that triggers a run, and where it stands."""

    tenant: str
    conversation_id: str
    ownership_epoch: int
    turn_id: str
    recorded_at_ms: int


class Recommended(msgspec.Struct, frozen=True):
    """One recommendation after a run: its event, and its place on the list."""

    event: RecommendationIssued | RecommendationRefreshed
    listed: Listed


class Result(msgspec.Struct, frozen=True):
    """What a run makes true: recommendations best first, or the reason there is none."""

    shown: Shown
    recommended: tuple[Recommended, ...] = ()
    nothing_found: NothingFound | None = None


def settings_of(references: Mapping[str, Any]) -> LoadedSettings:
    """Return the assist settings in force."""
    settings: LoadedSettings = references.get(SETTINGS, DEFAULTS)
    return settings


def is_wanted(loaded: LoadedSettings, *channels: str) -> bool:
    """Return whether a conversation on these channels is assisted at all."""
    settings = loaded.settings
    if not (settings.enabled and settings.kinds.knowledge_article.enabled):
        return False
    return loaded.excluded.isdisjoint(channel.casefold() for channel in channels)


def triggers(customer_message: int) -> bool:
    """Return whether the customer's n-th message since acceptance (from 1) starts a run."""
    return customer_message <= EVERY_UP_TO or customer_message % THEN_EVERY == 0


def run(shown: Shown, window: Sequence[Utterance], occasion: Occasion, at: At) -> Result:
    """Return what a triggered run makes true.

    Args:
        shown: What the conversation's representative was shown so far.
        window: The conversation's last messages, oldest first, the triggering one included.
        occasion: The triggering message.
        at: Where the input stands; `references` holds the article base and the settings.
    """
    loaded = settings_of(at.references)
    base: ArticleBase | None = at.references.get(ARTICLES)
    kind = loaded.settings.kinds.knowledge_article
    if base is None:
        because = "No article base is published for this tenant."
        return _nothing(shown, (), because, (occasion, at, None, loaded.digest))
    matches = base.index.search(window[-loaded.settings.window :])
    verdicts = _verdicts(matches, base.articles, shown, kind)
    candidates = tuple(
        Candidate(
            item_id=base.articles[match.document].article_id,
            title=base.articles[match.document].title,
            score=match.score,
            key_phrases=match.key_phrases,
            verdict=verdict,
        )
        for match, verdict in zip(matches, verdicts, strict=True)
    )
    if SHOWN not in verdicts and REFRESHED not in verdicts:
        because = _why_nothing(candidates, kind)
        return _nothing(shown, candidates, because, (occasion, at, base.digest, loaded.digest))
    chosen = [
        match
        for match, verdict in zip(matches, verdicts, strict=True)
        if verdict in {SHOWN, REFRESHED}
    ]
    return _found(shown, chosen, candidates, (occasion, at, base, loaded))


def _verdicts(
    matches: Sequence[Match], articles: Sequence[Article], shown: Shown, kind: Kind
) -> list[str]:
    listed = {one.item_id for one in shown.listed}
    dismissed = {one.item_id for one in shown.dismissed}
    verdicts = []
    left = kind.maximum
    for match in matches:
        item_id = articles[match.document].article_id
        if match.score < kind.threshold:
            verdict = BELOW_THRESHOLD
        elif item_id in dismissed:
            verdict = DISMISSED
        elif left == 0:
            verdict = BEYOND_LIMIT
        else:
            verdict = REFRESHED if item_id in listed else SHOWN
            left -= 1
        verdicts.append(verdict)
    return verdicts


def _found(
    shown: Shown,
    chosen: Sequence[Match],
    candidates: tuple[Candidate, ...],
    context: tuple[Occasion, At, ArticleBase, LoadedSettings],
) -> Result:
    occasion, at, base, loaded = context
    on_list = {one.item_id: one for one in shown.listed}
    fresh = sum(base.articles[match.document].article_id not in on_list for match in chosen)
    order = shown.issued + fresh
    recommended = []
    for index, match in enumerate(chosen):
        article = base.articles[match.document]
        listed = on_list.get(article.article_id)
        record = RecommendationRefreshed if listed else RecommendationIssued
        if listed is None:
            listed = Listed(order, at.event_id(index), article.article_id, at.now_ms)
            order -= 1
        kind = loaded.settings.kinds.knowledge_article
        is_highly_relevant = match.score > kind.highly_relevant
        event = record(
            tenant=occasion.tenant,
            occurred_at_ms=at.now_ms,
            recorded_at_ms=at.now_ms,
            causation_id=at.cause,
            correlation_id=occasion.conversation_id,
            ownership_epoch=occasion.ownership_epoch,
            conversation_id=occasion.conversation_id,
            recommendation_id=listed.recommendation_id,
            kind=KIND,
            item_id=article.article_id,
            title=article.title,
            score=match.score,
            is_highly_relevant=is_highly_relevant,
            key_phrases=match.key_phrases,
            reason=_why(match),
            card=article_card(
                article,
                score=match.score,
                is_highly_relevant=is_highly_relevant,
                key_phrases=match.key_phrases,
                conversation_id=occasion.conversation_id,
                recommendation_id=listed.recommendation_id,
            ),
            trigger_turn_id=occasion.turn_id,
            reference_digest=base.digest,
            settings_digest=loaded.digest,
            index_version=INDEX_VERSION,
            candidates=candidates,
        )
        recommended.append(Recommended(event, listed))
    added = [one.listed for one in recommended if one.listed.item_id not in on_list]
    return Result(
        shown=msgspec.structs.replace(
            shown,
            issued=shown.issued + fresh,
            listed=(*shown.listed, *reversed(added)),
            nothing_found=(),
        ),
        recommended=tuple(recommended),
    )


def _nothing(
    shown: Shown,
    candidates: tuple[Candidate, ...],
    because: str,
    context: tuple[Occasion, At, str | None, str | None],
) -> Result:
    occasion, at, articles_digest, settings_digest = context
    event = NothingFound(
        tenant=occasion.tenant,
        occurred_at_ms=at.now_ms,
        recorded_at_ms=at.now_ms,
        causation_id=at.cause,
        correlation_id=occasion.conversation_id,
        ownership_epoch=occasion.ownership_epoch,
        conversation_id=occasion.conversation_id,
        kind=KIND,
        reason=because,
        trigger_turn_id=occasion.turn_id,
        reference_digest=articles_digest,
        settings_digest=settings_digest,
        index_version=INDEX_VERSION if articles_digest else None,
        candidates=candidates,
    )
    return Result(msgspec.structs.replace(shown, nothing_found=(KIND,)), nothing_found=event)


def _why(match: Match) -> str:
    named = _quoted(match.key_phrases)
    return f"The conversation mentions {named}; confidence {percent(match.score)}."


def _why_nothing(candidates: Sequence[Candidate], kind: Kind) -> str:
    if not candidates:
        return "No published article shares a word with the last messages."
    if any(candidate.verdict == DISMISSED for candidate in candidates):
        return "Every article that fits was dismissed in this conversation."
    best = candidates[0]
    return (
        f"No article reaches {percent(kind.threshold)}; "
        f'the nearest, "{best.title}", has {percent(best.score)}.'
    )


def _quoted(texts: Sequence[str]) -> str:
    quoted = [f'"{text}"' for text in texts]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
