"""The `library` processor: what mining found and what people make of it in, the library out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from processors.assist.articles import ARTICLES, parse_articles
from processors.library import curation, daily, forgetting, groups, merging, mining, publishing
from processors.library.state import IntentLibrary, Making
from processors.machine import At, Outcome, Rejection, RowReader, Traits
from processors.on_contracts import OnContracts
from processors.routing.setup import SETUP
from schemas import catalogue, codec
from schemas.records import library as records

LOG: Final = "library.commands.v1"
LIBRARY: Final = "intent.library.v1"

Rule = Callable[[Making, Any], Rejection | None]

_RULE_OF: Final[Mapping[type, Rule]] = {
    records.StartMining: mining.start,
    records.MiningStarted: mining.started,
    records.MiningProgressed: mining.progressed,
    records.IntentMined: mining.mined,
    records.MiningFinished: mining.finished,
    records.MiningFailed: mining.broke_off,
    records.AddIntent: curation.add,
    records.ReviewIntents: curation.review,
    records.RenameIntent: curation.rename,
    records.EditIntent: curation.edit,
    records.UseInBots: curation.use_in_bots,
    records.MergeIntents: merging.merge,
    records.SplitIntent: merging.split,
    records.ChangeExamples: curation.change_examples,
    records.SaveGroup: groups.save_group,
    records.AddToGroup: groups.add_to_group,
    records.RemoveFromGroup: groups.remove_from_group,
    records.SaveLineOfBusiness: groups.save_line,
    records.ChangeLibrarySettings: daily.change_settings,
    records.ForgetExamples: forgetting.forget,
    records.PublishLibrary: publishing.publish,
    records.LibraryTrained: publishing.trained,
    records.PublicationFailed: publishing.failed,
}


class LibraryProcessor(OnContracts):
    """Implements `processors.machine.WideProcessor` for a tenant's library of intents."""

    name = "library"
    version = 1
    log = LOG
    derives: tuple[str, ...] = (LIBRARY,)
    feeds: tuple[str, ...] = ()
    traits = Traits(prepares=False, has_upstreams=False, is_wide=True)

    def key(self, record: Any) -> bytes | None:
        """Return `{tenant}`, or None for inputs meant for the partition."""
        return catalogue.key_of(record) if type(record) in _RULE_OF else None

    def handle(self, state: IntentLibrary | None, record: Any, at: At) -> Outcome:
        """Return what `record` makes true; records that no rule knows change nothing."""
        assert state is not None
        rule = _RULE_OF.get(type(record))
        if rule is None:
            return Outcome(state)
        command_id: str | None = getattr(record, "command_id", None)
        if command_id is not None and command_id in state.commands:
            return Outcome(state)
        m = Making(state, record.tenant, at, getattr(record, "actor_id", None))
        rejection = rule(m, record)
        if rejection is not None:
            return Outcome(state, rejection=rejection)
        return m.outcome(command_id)

    def on_timer(self, state: IntentLibrary | None, key: bytes, name: str, at: At) -> Outcome:
        """Return what the timer `name` makes true."""
        assert state is not None
        m = Making(state, key.decode(), at)
        if name == daily.TIMER:
            mining.start_daily(m)
        elif name == mining.OVERDUE:
            mining.overdue(m)
        return m.outcome()

    def open_state(self, key: bytes, read: RowReader) -> IntentLibrary:
        """Return the state that the tenant's rows give."""
        return IntentLibrary.opened(key, read)

    def load_reference(self, reference: str, content: bytes) -> Any:
        """Return the ids of published articles, or the routing setup; nothing else is looked at.

        Raises `processors.errors.InvalidReferenceError`.
        """
        if reference == ARTICLES:
            found = parse_articles(content)
            return frozenset(one.article_id for one in found if one.status == "published")
        return super().load_reference(reference, content) if reference == SETUP else None

    def encode_state(self, state: IntentLibrary) -> bytes:
        """Never called: a wide state is its rows. Raises TypeError."""
        raise TypeError("a library is wide: its rows are what is kept")

    def decode_state(self, data: bytes) -> IntentLibrary:
        """Never called: a wide state is its rows. Raises TypeError."""
        raise TypeError("a library is wide: its rows are what is kept")

    def encode_event(self, event: Any) -> tuple[str, bytes, bytes | None, str, str]:
        """Return `(topic, value, key, type name, subject)` of a derived event."""
        key = catalogue.key_of(event)
        subject = key.decode() if key is not None else ""
        return LIBRARY, codec.encode(event), key, event.FULL_NAME, subject
