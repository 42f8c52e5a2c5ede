"""The rows of the `library` processor: intents, groups, lines of business, mining, publications.

They are its whole state and what screens, the mining service and the publisher read. Row keys are
`{tenant}`, NUL, and the row's own key:

- `library`: nothing more; settings and counters
- `intent`: intent id; also discarded ones and those that became part of another
- `intent_group`: group id
- `line_of_business`: line id
- `mining_run`: run id; the newest runs
- `mined_intent`: run id, NUL, its place in the result as six digits
- `publication`: the version as eight digits
- `library_command`: command id; what was answered, for the newest commands
- `forgotten_turn`: digest of a turn id whose examples were erased

A value is msgpack; the fields of a view in their order and without their names, so a new field goes
last and has a default. `decode` reads one.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from processors.intents.library import Attribute, PastReply, Solution
from processors.miner.mined import Granularity, SubIntent
from processors.views import coding
from processors.wide import NUL

PROCESSOR: Final = "library"
"""Whose rows these are."""

LIBRARY: Final = "library"
INTENT: Final = "intent"
GROUP: Final = "intent_group"
LINE: Final = "line_of_business"
RUN: Final = "mining_run"
MINED: Final = "mined_intent"
PUBLICATION: Final = "publication"
COMMAND: Final = "library_command"
FORGOTTEN: Final = "forgotten_turn"

Status = Literal["pending", "approved", "discarded"]
Source = Literal["discovered", "edited"]
RunState = Literal["due", "running", "done", "failed"]
PublicationState = Literal["due", "done", "failed"]


class Settings(msgspec.Struct, frozen=True, array_like=True):
    """How a tenant's intents are discovered and told.

    Attributes:
        name: Of the discovery, for people.
        granularity: Of a discovery that does not say another.
        status_for_new: What newly discovered intents and groups are.
        is_discovering: History is mined every day.
        daily_at_minute: When, as minutes after midnight on the wall.
        time_zone: Whose wall.
        rejected_share: Share of held-out examples that the threshold may reject.
        group_margin: Best and second intent closer than this: only the group is known.
        shift_margin: By how much a new intent must beat the present one.
        instructions: The organisation's, used where no line of business has any.
    """

    name: str = "Discovery"
    granularity: Granularity = "medium"
    status_for_new: Status = "pending"
    is_discovering: bool = False
    daily_at_minute: int = 120
    time_zone: str = "UTC"
    rejected_share: float = 0.05
    group_margin: float = 0.08
    shift_margin: float = 0.1
    instructions: str = ""


class LibraryView(msgspec.Struct, frozen=True, array_like=True):
    """A tenant's library as a whole.

    Attributes:
        settings: How intents are discovered and told.
        published_version: The version in force; 0: none.
        publications: How many versions were ever frozen; the newest one's number.
        changes: How many changes the history has; the newest one's number.
        commands: How many commands were taken; the newest one's number.
        runs: How many mining runs were asked for; the newest one's number.
        daily_due_ms: When the next daily run is due; 0: it is off.
        changed_at_ms: When anything of it changed last.
    """

    settings: Settings = Settings()
    published_version: int = 0
    publications: int = 0
    changes: int = 0
    commands: int = 0
    runs: int = 0
    daily_due_ms: int = 0
    changed_at_ms: int = 0


class ExampleView(msgspec.Struct, frozen=True, array_like=True):
    """Something customers say, redacted.

    Attributes:
        example_id: Follows from the text: the same text has the same id everywhere.
        text: The text.
        turn_id: The turn it comes from; empty when it was written by hand.
    """

    example_id: str
    text: str
    turn_id: str = ""


class Lineage(msgspec.Struct, frozen=True, array_like=True):
    """One change in an intent's history.

    Attributes:
        at_ms: When.
        change: added, mined, merged, became_part, split, split_from, renamed, approved, pending,
            discarded, edited, or forgot.
        by: Who asked; None: mining.
        from_ids: Other intents it is about.
        because: What happened, as a sentence.
        number: Its number among all changes of the library.
    """

    at_ms: int
    change: str
    by: str | None
    from_ids: tuple[str, ...] = ()
    because: str = ""
    number: int = 0


class IntentView(msgspec.Struct, frozen=True, array_like=True):
    """One intent.

    Attributes:
        intent_id: Stays for ever, and is never given to another.
        name: For people.
        description: What it is about.
        status: pending, approved or discarded; only approved ones are published.
        source: discovered, or edited by somebody.
        group_id: The group it belongs to.
        line_of_business: The line of business it belongs to; None: all.
        parent_id: The intent it was split from.
        merged_into: The intent it became part of; then it is no intent of its own any more.
        is_used_by_bots: Bots may use it; only approved ones.
        instructions: At most 2,000 characters.
        examples: What customers say, typical first.
        attributes: What to know, in the order to ask.
        solutions: What may solve it; with articles here only these are offered.
        replies: What representatives answered, most frequent first.
        sub_intents: The finer clusters of the newest mining.
        count: Utterances of it in the newest mining.
        conversations: Conversations it occurred in.
        edited: Fields that somebody edited: mining leaves them alone.
        removed_examples: Ids of examples somebody removed: mining does not bring them back.
        removed_attributes: Ids of attributes somebody removed: nor these.
        lineage: Its history, oldest first; the newest part of it.
        run_id: The mining run that told of it last.
        created_at_ms: When it came to be.
        updated_at_ms: When it changed last.
    """

    intent_id: str
    name: str
    description: str = ""
    status: Status = "pending"
    source: Source = "discovered"
    group_id: str | None = None
    line_of_business: str | None = None
    parent_id: str | None = None
    merged_into: str | None = None
    is_used_by_bots: bool = False
    instructions: str = ""
    examples: tuple[ExampleView, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    solutions: tuple[Solution, ...] = ()
    replies: tuple[PastReply, ...] = ()
    sub_intents: tuple[SubIntent, ...] = ()
    count: int = 0
    conversations: int = 0
    edited: tuple[str, ...] = ()
    removed_examples: tuple[str, ...] = ()
    removed_attributes: tuple[str, ...] = ()
    lineage: tuple[Lineage, ...] = ()
    run_id: str = ""
    created_at_ms: int = 0
    updated_at_ms: int = 0


class GroupView(msgspec.Struct, frozen=True, array_like=True):
    """Intents that the same expertise solves; each intent says which group it is in.

    Attributes:
        group_id: Unique in the library.
        name: For people.
        status: pending, approved or discarded; a discarded one has no intents.
        source: discovered, or edited by somebody.
        clarifying_question: Asked when only the group is known.
        instructions: At most 2,000 characters.
        line_of_business: The line of business it belongs to; None: all.
        updated_at_ms: When it changed last.
    """

    group_id: str
    name: str
    status: Status = "pending"
    source: Source = "discovered"
    clarifying_question: str = ""
    instructions: str = ""
    line_of_business: str | None = None
    updated_at_ms: int = 0


class LineRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which work belongs to a line of business.

    Attributes:
        applies_to: conversation or case; a line has at most one rule for each.
        workstream: The workstream a conversation must come from; a rule for conversations names it.
        conditions: Further fields and the values they must have.
    """

    applies_to: Literal["conversation", "case"]
    workstream: str = ""
    conditions: dict[str, str] = {}


class LineView(msgspec.Struct, frozen=True, array_like=True):
    """A line of business.

    Attributes:
        line_id: Unique in the library.
        name: For people.
        instructions: At most 4,000 characters.
        workstreams: Its workstreams; none of them is another line's.
        queues: Its queues; none of them is another line's.
        rules: Which work belongs to it.
        updated_at_ms: When it changed last.
    """

    line_id: str
    name: str
    instructions: str = ""
    workstreams: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    rules: tuple[LineRule, ...] = ()
    updated_at_ms: int = 0


class RunView(msgspec.Struct, frozen=True, array_like=True):
    """A mining run. The service takes every row that is `due` and tells what becomes of it.

    Attributes:
        run_id: The run.
        number: Its number among all runs.
        state: due, running, done or failed.
        is_simulation: It changes nothing in the library.
        is_daily: It was asked for by the clock.
        granularity: Of its result.
        records_max: At most so many of the newest records; 0: all.
        since_ms: Only conversations from then on; 0: all.
        source: What is read.
        requested_at_ms: When it was asked for.
        requested_by: Who asked; None: the clock.
        started_at_ms: When it was begun.
        finished_at_ms: When it was over.
        phase: What is being done.
        done: How much of it is done.
        total: How much there is; 0: not known.
        intents: Intents it found.
        added: How many of them are new in the library.
        updated: How many of them were known.
        left_out: How many did not become part of the library.
        figures: What it saw, a JSON object of counts.
        tree: The merge tree, a JSON object of leaves, merges, cut and cuts.
        encoder: Fingerprint of the encoder.
        because: Why it failed.
        spans: What of the log is read, as in `MiningStarted.spans`; empty: not begun, or no log.
        attempts: How often it was begun.
    """

    run_id: str
    number: int
    state: RunState
    is_simulation: bool
    is_daily: bool
    granularity: Granularity
    records_max: int = 0
    since_ms: int = 0
    source: str = "conversations"
    requested_at_ms: int = 0
    requested_by: str | None = None
    started_at_ms: int = 0
    finished_at_ms: int = 0
    phase: str = ""
    done: int = 0
    total: int = 0
    intents: int = 0
    added: int = 0
    updated: int = 0
    left_out: int = 0
    figures: str = "{}"
    tree: str = "{}"
    encoder: str = ""
    because: str = ""
    spans: str = ""
    attempts: int = 0


class MinedView(msgspec.Struct, frozen=True, array_like=True):
    """One intent of a mining run.

    Attributes:
        run_id: The run.
        index: Its place in the result, from 0.
        content: JSON of `processors.miner.mined.MinedIntent`.
    """

    run_id: str
    index: int
    content: str


class PublicationView(msgspec.Struct, frozen=True, array_like=True):
    """A frozen version of the library. The publisher takes the row that is `due`.

    Attributes:
        version: From 1.
        state: due, done or failed.
        content: JSON of `processors.intents.library.LibraryContent` without model; empty once it is
            trained or given up.
        content_digest: SHA-256 of it.
        parts: Digest of every intent, group, line and of the settings in it: what changed since.
        intents: Intents in it.
        examples: Examples it was trained on.
        note: What changed, for people.
        by: Who asked.
        requested_at_ms: When it was asked for.
        ended_at_ms: When it came into force, or failed.
        digest: Of the artefact `intent.library`.
        threshold: Score that a message must reach, as the model has it.
        accuracy: Share of held-out examples told rightly; None: not measured.
        encoder: Fingerprint of the encoder.
        because: Why it failed.
    """

    version: int
    state: PublicationState
    content: str
    content_digest: str
    parts: tuple[tuple[str, str], ...] = ()
    intents: int = 0
    examples: int = 0
    note: str = ""
    by: str | None = None
    requested_at_ms: int = 0
    ended_at_ms: int = 0
    digest: str = ""
    threshold: float = 0.0
    accuracy: float | None = None
    encoder: str = ""
    because: str = ""


class Refused(msgspec.Struct, frozen=True, array_like=True):
    """A part of a command that was refused.

    Attributes:
        item_id: What it was about.
        code: What kind of refusal.
        because: Why, as a sentence.
    """

    item_id: str
    code: str
    because: str


class CommandView(msgspec.Struct, frozen=True, array_like=True):
    """What was answered to a command; the same command id changes nothing any more.

    Attributes:
        number: Its number among all commands.
        done_ids: What it changed or made.
        refused: What it could not change.
        warnings: What to know about the consequences, a sentence each.
        at_ms: When it was taken.
    """

    number: int
    done_ids: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    warnings: tuple[str, ...] = ()
    at_ms: int = 0


class ForgottenView(msgspec.Struct, frozen=True, array_like=True):
    """A turn whose examples were erased and do not come back; its id is kept as a digest only."""

    at_ms: int


View = (
    LibraryView
    | IntentView
    | GroupView
    | LineView
    | RunView
    | MinedView
    | PublicationView
    | CommandView
    | ForgottenView
)

VIEWS: Final[dict[str, type[View]]] = {
    LIBRARY: LibraryView,
    INTENT: IntentView,
    GROUP: GroupView,
    LINE: LineView,
    RUN: RunView,
    MINED: MinedView,
    PUBLICATION: PublicationView,
    COMMAND: CommandView,
    FORGOTTEN: ForgottenView,
}
"""Table to the view its rows hold."""

_decode: Final = coding.decoder(VIEWS)


def encode(view: View) -> bytes:
    """Return a row's value."""
    return coding.encode(view)


def decode(table: str, value: bytes) -> Any:
    """Return the view behind a row of `table`, of the type that `VIEWS` says.

    Raises KeyError for a table that is not ours.
    """
    return _decode(table, value)


def row_key(tenant: str, own: str = "") -> bytes:
    """Return the row key of `own`; without it the prefix of all the tenant's rows."""
    return f"{tenant}{NUL}{own}".encode()


def mined_key(run_id: str, index: int) -> str:
    """Return the own key of a mined intent's row."""
    return f"{run_id}{NUL}{index:06}"


def publication_key(version: int) -> str:
    """Return the own key of a publication's row."""
    return f"{version:08}"
