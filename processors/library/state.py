"""A tenant's library as rows, and the making of one outcome.

The state is the rows of `processors.views.library`; look-ups beside them follow from those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b, sha256
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from processors.machine import At, Outcome, Rejection, RowReader
from processors.views import library as views
from processors.views.library import GroupView, IntentView, LibraryView, Lineage, LineView, Refused
from processors.wide import Wide
from schemas.records import library as records

COMMANDS_KEPT: Final = 512
"""Commands whose answers are remembered."""
LINEAGE_KEPT: Final = 100
"""Changes that an intent's row tells; all of them are events."""
OWN: Final = ""
"""Key of the library's own row."""

_json: Final = msgspec.json.Encoder(order="deterministic").encode


class IntentLibrary(Wide):
    """Everything one tenant has in its library."""

    def __init__(self, key: bytes) -> None:
        """Make an empty state.

        Args:
            key: `{tenant}`.
        """
        super().__init__(key)
        self._own = self.table(views.LIBRARY, LibraryView)
        self.intents = self.table(views.INTENT, IntentView)
        self.groups = self.table(views.GROUP, GroupView)
        self.lines = self.table(views.LINE, LineView)
        self.runs = self.table(views.RUN, views.RunView)
        self.mined = self.table(views.MINED, views.MinedView)
        self.publications = self.table(views.PUBLICATION, views.PublicationView)
        self.commands = self.table(views.COMMAND, views.CommandView)
        self.forgotten = self.table(views.FORGOTTEN, views.ForgottenView)
        self._by_number: dict[int, str] = {}

    @classmethod
    def opened(cls, key: bytes, read: RowReader) -> IntentLibrary:
        """Return the state that committed rows give."""
        state = cls(key)
        state.load(read)
        state._by_number = {row.number: own for own, row in state.commands.items()}
        return state

    @property
    def own(self) -> LibraryView:
        """Return the library's own row; an empty one when nothing has happened yet."""
        return self._own.get(OWN) or LibraryView()

    @own.setter
    def own(self, row: LibraryView) -> None:
        self._own.put(OWN, row)

    def resolved(self, intent_id: str) -> str:
        """Return the intent an id stands for: what a merged one became part of, or itself."""
        found = self.intents.get(intent_id)
        while found is not None and found.merged_into is not None:
            intent_id = found.merged_into
            found = self.intents.get(intent_id)
        return intent_id

    def members(self, group_id: str) -> list[IntentView]:
        """Return a group's intents, in order of id."""
        return [one for one in self.intents.values() if one.group_id == group_id]

    def run_under_way(self) -> views.RunView | None:
        """Return the mining run that is due or running; there is at most one."""
        for run in self.runs.values():
            if run.state in {"due", "running"}:
                return run
        return None

    def remember(self, command_id: str, answer: views.CommandView) -> None:
        """Note a command as taken, and forget the oldest."""
        self.commands.put(command_id, answer)
        self._by_number[answer.number] = command_id
        oldest = self._by_number.pop(answer.number - COMMANDS_KEPT, None)
        if oldest is not None:
            self.commands.drop(oldest)


class Making:
    """One outcome in the making: the state it changes, what it says, the timers it sets.

    Nothing may be changed before a rule knows that it will not refuse.

    Attributes:
        state: The tenant's library, changed in place.
        tenant: The tenant.
        at: Where the input stands.
        actor_id: Who asks; None: mining, or time.
        done_ids: What the command changed or made.
    """

    def __init__(
        self, state: IntentLibrary, tenant: str, at: At, actor_id: str | None = None
    ) -> None:
        """Begin.

        Args:
            state: The tenant's library.
            tenant: The tenant.
            at: Where the input stands.
            actor_id: Who asks.
        """
        self.state, self.tenant, self.at, self.actor_id = state, tenant, at, actor_id
        self.done_ids: list[str] = []
        self._refused: list[Refused] = []
        self._warnings: list[str] = []
        self._events: list[Any] = []
        self._timers: dict[str, int | None] = {}
        self._because: dict[str, str] = {}
        self._groups: dict[str, str] = {}

    # What is said

    def emit(self, record: type[Any], /, **fields: Any) -> None:
        """Say something; the envelope is filled in."""
        self._events.append(
            record(
                tenant=self.tenant,
                occurred_at_ms=self.at.now_ms,
                recorded_at_ms=self.at.now_ms,
                causation_id=self.at.cause,
                **fields,
            )
        )

    def warn(self, sentence: str) -> None:
        """Say what to know about the consequences, once."""
        if sentence not in self._warnings:
            self._warnings.append(sentence)

    @property
    def warnings(self) -> list[str]:
        """Return the warnings so far."""
        return list(self._warnings)

    def refuse_part(self, item_id: str, no: Rejection) -> None:
        """Say that a part of a command cannot be done, while others can."""
        self._refused.append(Refused(item_id, no.code, no.because))

    def none_done(self) -> Rejection | None:
        """Return the refusal of a command of which no part can be done, naming each."""
        if not self._refused or self.done_ids:
            return None
        because = "; ".join(one.because for one in self._refused)
        return Rejection(self._refused[0].code, because)

    def set_timer(self, name: str, due_ms: int | None) -> None:
        """Set a timer; None cancels it."""
        self._timers[name] = due_ms

    # What is changed

    def change_own(self, **fields: Any) -> LibraryView:
        """Set fields of the library's own row."""
        self.state.own = replace(self.state.own, **fields)
        return self.state.own

    def next_change(self) -> int:
        """Return the number of a new change in the library's history."""
        return self.change_own(changes=self.state.own.changes + 1).changes

    def put(
        self,
        intent: IntentView,
        change: str,
        because: str,
        *,
        from_ids: Sequence[str] = (),
        number: int | None = None,
    ) -> None:
        """Set an intent's row and add a line to its history.

        Args:
            intent: The intent as it is now.
            change: As in `Lineage`.
            because: What happened, as a sentence.
            from_ids: Other intents it is about.
            number: Number of the change; None: a new one.
        """
        if number is None:
            number = self.next_change()
        line = Lineage(
            self.at.now_ms, change, self.actor_id, tuple(from_ids), because, number=number
        )
        before = self.state.intents.get(intent.intent_id)
        now_ms = self.at.now_ms
        intent = replace(
            intent,
            lineage=(*intent.lineage, line)[-LINEAGE_KEPT:],
            created_at_ms=intent.created_at_ms or now_ms,
            updated_at_ms=now_ms,
        )
        self.state.intents.put(intent.intent_id, intent)
        self._because[intent.intent_id] = because
        left = before.group_id if before is not None else None
        if left != intent.group_id:
            for group_id in (left, intent.group_id):
                if group_id is not None:
                    self._groups.setdefault(group_id, because)

    def put_group(self, group: GroupView, because: str) -> None:
        """Set a group's row."""
        self.state.groups.put(group.group_id, replace(group, updated_at_ms=self.at.now_ms))
        self._groups[group.group_id] = because

    # The end

    def answer(self) -> views.CommandView:
        """Return what is answered to the command."""
        number = self.change_own(commands=self.state.own.commands + 1).commands
        return views.CommandView(
            number,
            tuple(self.done_ids),
            tuple(self._refused),
            tuple(self._warnings),
            self.at.now_ms,
        )

    def is_idle(self) -> bool:
        """Return whether nothing was said, refused or set."""
        return not (self._events or self._timers or self._because or self._groups or self._refused)

    def outcome(self, command_id: str | None = None) -> Outcome:
        """Return what was made true.

        Args:
            command_id: The command to remember.
        """
        if command_id is not None and not self.is_idle():
            answer = self.answer()
            self.state.remember(command_id, answer)
            if answer.refused:
                self.emit(
                    records.LibraryCommandAnswered,
                    command_id=command_id,
                    done_ids=self.done_ids,
                    refused=[
                        records.RefusedPart(item_id=one.item_id, code=one.code, because=one.because)
                        for one in answer.refused
                    ],
                    warnings=self.warnings,
                    actor_id=self.actor_id,
                )
        for group_id in sorted(self._groups):
            self._tell_group(group_id, self._groups[group_id])
        # Last: compaction keeps the newest record of a key, and that is the whole intent.
        for intent_id in sorted(self._because):
            self._tell_intent(self.state.intents[intent_id], self._because[intent_id])
        if not self.is_idle():
            self.change_own(changed_at_ms=self.at.now_ms)
        rows = self.state.changes()
        return Outcome(self.state, events=tuple(self._events), timers=self._timers, rows=rows)

    def _tell_intent(self, intent: IntentView, because: str) -> None:
        self.emit(
            records.IntentChanged,
            intent_id=intent.intent_id,
            name=intent.name,
            description=intent.description,
            status=intent.status,
            source=intent.source,
            group_id=intent.group_id,
            line_of_business=intent.line_of_business,
            parent_id=intent.parent_id,
            merged_into=intent.merged_into,
            is_used_by_bots=intent.is_used_by_bots,
            instructions=intent.instructions,
            examples=[
                records.ExampleSaid(example_id=one.example_id, text=one.text, turn_id=one.turn_id)
                for one in intent.examples
            ],
            attributes=to_json(intent.attributes),
            solutions=to_json(intent.solutions),
            replies=to_json(intent.replies),
            count=intent.count,
            conversations=intent.conversations,
            warnings=self.warnings,
            because=because,
            actor_id=self.actor_id,
        )

    def _tell_group(self, group_id: str, because: str) -> None:
        group = self.state.groups.get(group_id)
        if group is None:
            return
        self.emit(
            records.GroupChanged,
            group_id=group_id,
            name=group.name,
            status=group.status,
            source=group.source,
            clarifying_question=group.clarifying_question,
            instructions=group.instructions,
            line_of_business=group.line_of_business,
            intent_ids=[one.intent_id for one in self.state.members(group_id)],
            warnings=self.warnings,
            because=because,
            actor_id=self.actor_id,
        )


def to_json(value: Any) -> str:
    """Return JSON text, the same for equal values."""
    return _json(value).decode()


def derived_id(kind: str, tenant: str, command_id: str) -> str:
    """Return the id of what a command makes: the same command makes the same, no other does.

    Args:
        kind: intent, group, line or run.
        tenant: The tenant.
        command_id: The command.
    """
    text = f"{kind}\0{tenant}\0{command_id}"
    return f"{kind}-{sha256(text.encode()).hexdigest()[:16]}"


def example_id_of(text: str) -> str:
    """Return the id of an example: of texts that differ in case and spaces only, the same."""
    return sha256(" ".join(text.casefold().split()).encode()).hexdigest()[:16]


def turn_digest(turn_id: str) -> str:
    """Return what is kept of a turn id whose examples were erased."""
    return blake2b(turn_id.encode(), digest_size=16).hexdigest()


def quoted(names: Iterable[str]) -> str:
    """Return names for a sentence."""
    return ", ".join(repr(name) for name in names)
