"""A library to tell rules with, and mining results filled in where a test does not care."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from processors.intents.library import Attribute
from processors.library.processor import LibraryProcessor
from processors.miner.mined import Example, MinedIntent
from processors.testing import Scenario, Then, given
from processors.views import library as views
from schemas.records import library as records

ORDER = ("where is my order", "track my parcel please", "when does my parcel arrive")
REFUND = ("i want my money back", "how do i return a lamp", "please refund me")


class Shelf:
    """A library on its way: commands get ids, rows are read as screens read them."""

    def __init__(self, *, references: Mapping[str, Any] | None = None) -> None:
        self.scenario: Scenario = given(LibraryProcessor(), references=references)
        self.commands = 0

    def tell(self, record: type[Any], /, **fields: Any) -> Then:
        """Give an observation."""
        after_ms = fields.pop("after_ms", 1_000)
        made = record(tenant="demo", occurred_at_ms=0, **fields)
        return self.scenario.when(made, after_ms=after_ms)

    def ask(self, record: type[Any], /, **fields: Any) -> Then:
        """Give a command, as ann unless told otherwise."""
        self.commands += 1
        asked = {"command_id": f"c-{self.commands}", "actor_id": "ann", **fields}
        return self.tell(record, **asked)

    def row(self, table: str, own: str = "") -> Any:
        """Return a row, or None."""
        key = views.row_key("demo", own)
        values = [value for found, value in self.scenario.rows(table) if found == key]
        return views.decode(table, values[0]) if values else None

    def intent(self, intent_id: str) -> views.IntentView:
        """Return an intent that is there."""
        found = self.row(views.INTENT, intent_id)
        assert isinstance(found, views.IntentView)
        return found

    def every(self, table: str) -> list[Any]:
        """Return all rows of a table."""
        return [views.decode(table, value) for _, value in self.scenario.rows(table)]

    def add(self, intent_id: str, *examples: str, status: str = "approved", **fields: Any) -> None:
        """Have an intent, approved unless told otherwise."""
        name = fields.pop("name", intent_id)
        self.ask(
            records.AddIntent,
            intent_id=intent_id,
            name=name,
            examples=list(examples or (f"about {intent_id}",)),
            **fields,
        )
        if status != "pending":
            self.ask(records.ReviewIntents, intent_ids=[intent_id], status=status)

    def mine(
        self,
        *found: MinedIntent,
        run_id: str | None = None,
        tree: str = "{}",
        **start: Any,
    ) -> Then:
        """Have a whole run: asked for, begun, told, over."""
        if run_id is None:
            run_id = f"run-{self.commands}"
            self.ask(records.StartMining, run_id=run_id, **start)
        self.tell(records.MiningStarted, run_id=run_id, source="conversations")
        for index, one in enumerate(found):
            self.tell(records.IntentMined, run_id=run_id, index=index, content=content(one))
        return self.tell(
            records.MiningFinished, run_id=run_id, intents=len(found), tree=tree, encoder="static"
        )

    def publish(self, **fields: Any) -> Then:
        """Freeze a version."""
        return self.ask(records.PublishLibrary, **fields)

    def train(self, version: int, digest: str = "d-1") -> Then:
        """Have a version trained."""
        return self.tell(
            records.LibraryTrained, version=version, digest=digest, threshold=0.4, accuracy=0.9
        )


def mined(
    intent_id: str,
    examples: Sequence[str] = ORDER,
    *,
    change: Any = "new",
    conversations: int = 12,
    **fields: Any,
) -> MinedIntent:
    """Return an intent as mined; its turns are named after it."""
    given_fields = {
        "name": intent_id.replace("-", " "),
        "description": examples[0] if examples else "",
        "count": conversations * 2,
        **fields,
    }
    return MinedIntent(
        intent_id=intent_id,
        change=change,
        conversations=conversations,
        examples=tuple(
            Example(text, f"{intent_id}/t-{number}") for number, text in enumerate(examples)
        ),
        **given_fields,
    )


def attribute(attribute_id: str, question: str = "", **fields: Any) -> Attribute:
    """Return an attribute."""
    return Attribute(attribute_id, attribute_id.replace("_", " "), question=question, **fields)


def content(found: MinedIntent) -> str:
    """Return a mined intent as the log has it."""
    return msgspec.json.encode(found).decode()


def as_json(values: Sequence[Any]) -> str:
    """Return structs as JSON text."""
    return msgspec.json.encode(list(values)).decode()
