"""The page of intents, and what the Agent desktop shows of them, as people use both."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import msgspec
from playwright.sync_api import Locator, Page, expect

from streams.demo.history import past
from tests.journeys.desk import PATIENCE_MS, Desk

MINED_S_MAX: Final = 180.0
PUBLISHED_S_MAX: Final = 120.0
EVENTS_A_REQUEST: Final = 500
PAPER_ARTICLE: Final = "KB-301"
"""The article of the demo that is chosen for the intent about paper work."""


class NoSuchIntentError(AssertionError):
    """No mined intent is about something."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__(f"no intent is about {words}")


class Library(Desk):
    """The page of intents; what a journey only needs as a start is done through the API."""

    # What there has to be first

    def bring_history(self) -> None:
        """Let the log have the shop's past, once."""
        conversations = list(past(time.time_ns() // 1_000_000))
        if self._get_maybe(f"/v1/conversations/{conversations[-1].conversation_id}"):
            return
        events = [
            {
                "type": f"cuestream.conversation.{type(record).__name__}",
                "data": {
                    name: value
                    for name, value in msgspec.to_builtins(record).items()
                    if value is not None
                },
            }
            for conversation in conversations
            for record in conversation.records
        ]
        for start in range(0, len(events), EVENTS_A_REQUEST):
            self._post("/v1/events", events[start : start + EVENTS_A_REQUEST])
        last = conversations[-1].conversation_id
        self.until(lambda: self._get_maybe(f"/v1/conversations/{last}"))

    def have_mined(self) -> str:
        """Let the history be mined, once; return the run."""
        self.bring_history()
        done = [run for run in self.runs() if run["state"] == "done" and not run["is_simulation"]]
        if done:
            return str(done[0]["run_id"])
        run_id = str(self._post("/v1/mining/start", {"granularity": "medium"})["run_id"])
        self.wait_for_run(run_id)
        return run_id

    def have_published(self, *, with_changes: bool = False) -> None:
        """Let everything that was mined be approved and in force, once.

        `with_changes`: again, if something was changed since.
        """
        self.have_mined()
        head = self.head()
        if head["published"] and not (with_changes and head["changes_since_publish"]):
            return
        before = (head["published"] or {"version": 0})["version"]
        ids = [row["intent_id"] for row in self.intents() if row["merged_into"] is None]
        self.review(ids, "approved")
        self._post("/v1/library/publish", {"note": "all that was mined"})
        self.wait_until(
            lambda: (self.head()["published"] or {"version": 0})["version"] > before,
            PUBLISHED_S_MAX,
        )

    def have_paper_work(self) -> str:
        """Let one intent have questions and an article that somebody has chosen; return its name.

        What was mined is good for looking at; what a customer's answer fills must be certain.
        """
        found = self.about("invoice")
        wanted = [
            _attribute("e_mail", "E-mail address", "email", "Where may I e-mail it to?"),
            _attribute("order", "Order number", "reference", "What is the order number?"),
        ]
        if [row["attribute_id"] for row in found["attributes"]] != ["e_mail", "order"]:
            solutions = [{"kind": "article", "item_id": PAPER_ARTICLE}]
            given = {"attributes": wanted, "solutions": solutions}
            self._post("/v1/intents/edit", {"intent_id": found["intent_id"], **given})
        self.have_published(with_changes=True)
        return str(found["name"])

    def head(self) -> dict[str, Any]:
        """The library as a whole, as the API gives it."""
        return dict(self._get("/v1/library"))

    def intents(self) -> list[dict[str, Any]]:
        """Every intent, as the API lists them: most frequent first."""
        return list(self._get("/v1/intents?limit=1000")["items"])

    def intent(self, intent_id: str) -> dict[str, Any]:
        """One intent with everything."""
        return dict(self._get(f"/v1/intents/one?intent_id={quote(intent_id)}"))

    def about(self, *words: str) -> dict[str, Any]:
        """The most frequent intent that has an example with all these words."""
        for row in self.intents():
            if row["merged_into"] is None and row["status"] != "discarded":
                found = self.intent(row["intent_id"])
                texts = [example["text"].lower() for example in found["examples"]]
                hits = sum(all(word in text for word in words) for text in texts)
                if hits * 2 >= len(texts) > 0:
                    return found
        raise NoSuchIntentError(words)

    def add(self, name: str, examples: list[str]) -> None:
        """Write an intent by hand, and wait until it is there."""
        self._post("/v1/intents/add", {"name": name, "examples": examples})
        self.until(lambda: any(row["name"] == name for row in self.intents()))

    def call(self, name: str, *words: str) -> None:
        """Give the intent with these words a name, if there is one that has not got it."""
        with contextlib.suppress(NoSuchIntentError):
            found = self.about(*words)
            if found["name"] != name:
                given = {"intent_id": found["intent_id"], "name": name}
                self._post("/v1/intents/rename", given)

    def review(self, intent_ids: list[str], status: str) -> None:
        """Approve intents, discard them, or have them looked at again."""
        self._post("/v1/intents/review", {"intent_ids": intent_ids, "status": status})

    def runs(self) -> list[dict[str, Any]]:
        """Minings, newest first."""
        return list(self._get("/v1/mining/runs")["items"])

    def versions(self) -> list[dict[str, Any]]:
        """Versions, newest first."""
        return list(self._get("/v1/library/versions")["items"])

    def wait_for_run(self, run_id: str) -> None:
        """Wait until a mining is done."""

        def is_over() -> bool:
            run = next(run for run in self.runs() if run["run_id"] == run_id)
            assert run["state"] != "failed", run["because"]
            return bool(run["state"] == "done")

        self.wait_until(is_over, MINED_S_MAX)

    def wait_until(self, holds: Callable[[], bool], seconds_max: float) -> None:
        """Wait longer than for things of the moment."""
        deadline_s = time.monotonic() + seconds_max
        while not holds():
            assert time.monotonic() < deadline_s, f"did not come true within {seconds_max} s"
            self.page.wait_for_timeout(200)

    # The page

    def show(self, tab: str = "library", row: str = "") -> None:
        """Open a tab of the page, and one of its rows, by the address."""
        address = f"{self.origin}/#/intents/{tab}" + (f"/{quote(row, safe='')}" if row else "")
        self.page.goto(address)
        self.expect_connection("Live")
        expect(self.page.locator("cs-intents")).to_be_visible(timeout=PATIENCE_MS)

    def go(self, tab: str) -> None:
        """Press a tab."""
        self.page.get_by_role("navigation", name="Intents").get_by_role("link", name=tab).click()

    def leave(self) -> None:
        """Go to the desk by the rail."""
        self.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Desk").click()
        expect(self.page.locator("cs-conversations")).to_be_visible()

    def come_back(self) -> None:
        """Go to the page by the rail."""
        self.page.get_by_role("navigation", name="Pages").get_by_role(
            "link", name="Intents"
        ).click()
        expect(self.page.locator("cs-intents")).to_be_visible()

    def rows(self) -> Locator:
        """The intents of the list."""
        return self.page.locator("cs-intent-list tr[data-intent]")

    def intent_row(self, intent_id: str) -> Locator:
        """The line of an intent."""
        return self.page.locator(f'cs-intent-list tr[data-intent="{intent_id}"]')

    def open_intent(self, intent_id: str) -> Locator:
        """Open an intent beside the list; return what shows it."""
        self.intent_row(intent_id).get_by_role("link").click()
        return self.opened()

    def opened(self) -> Locator:
        """The intent that is open."""
        detail = self.page.locator("cs-intent")
        expect(detail.locator("#title")).to_be_visible()
        return detail

    def do(self, verb: str) -> None:
        """Press a button of the page."""
        self.page.locator(f"cs-intents [data-verb={verb}]").first.click()

    def sheet(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog")

    def slider(self) -> Locator:
        """The slider from few intents to many."""
        return self.page.get_by_role("slider", name="Granularity")

    def clusters(self) -> int:
        """How many intents the present cut makes, as the page says."""
        number = self.page.locator("cs-mined output").get_attribute("data-clusters")
        return int(number or 0)

    def publish(self, note: str) -> None:
        """Publish, and wait until it is in force."""
        self.do("publish")
        sheet = self.sheet()
        expect(sheet.locator("[data-dry-run]")).to_be_visible(timeout=60_000)
        sheet.get_by_label("Note").fill(note)
        sheet.locator("[data-verb=confirm-publish]").click()
        expect(sheet.locator("[data-in-force]")).to_be_visible(timeout=PUBLISHED_S_MAX * 1_000)
        sheet.get_by_role("button", name="Close").last.click()


def _attribute(attribute_id: str, name: str, recogniser: str, question: str) -> dict[str, Any]:
    given = {"attribute_id": attribute_id, "name": name, "recogniser": recogniser}
    return {**given, "kind": "string", "question": question, "is_required": True}


class Wanted:
    """What the Agent desktop shows of the customer's wish."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pane = page.locator("cs-issue")
        self.box = page.get_by_role("textbox", name="Write a reply")

    def name(self) -> Locator:
        """The intent, or the group."""
        return self.pane.locator("[data-issue-name]")

    def attribute(self, attribute_id: str) -> Locator:
        """One thing to know."""
        return self.pane.locator(f'[data-attribute="{attribute_id}"]')

    def missing(self) -> Locator:
        """What is not known yet, the next one first."""
        return self.pane.locator("[data-known=no]")

    def ghost(self) -> str:
        """The question that waits in the empty box."""
        return self.box.get_attribute("data-ghost") or ""
