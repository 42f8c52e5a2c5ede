"""The inbox, the supervisor's board and the customer's window as people use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from tests.journeys.desk import PATIENCE_MS, Desk

ASKS_FOR_A_PERSON: Final = "I want to talk to a person"
"""What makes the self-service bot give a conversation away."""


class Inbox(Desk):
    """The desk of a representative whom routing gives work to."""

    def go_online(self) -> None:
        """Be connected and available, so that offers may come."""
        expect(self.presence()).to_be_visible(timeout=PATIENCE_MS)
        if self.page.locator("cs-presence [data-verb=connect]").is_visible():
            self.page.locator("cs-presence [data-verb=connect]").click()
            expect(self.page.locator("cs-presence [data-load]")).to_be_visible()
        self.presence().select_option("available")
        expect(self.presence()).to_have_attribute("data-presence", re.compile("available|busy"))

    def be_alone(self, presences: Mapping[str, str] | None = None) -> None:
        """Send everybody else away, so that what comes is offered to this representative.

        `presences` names who is something else than away.
        """
        wanted = presences or {}
        me = self._get("/v1/me")["user"]
        for row in self._get("/v1/representatives")["items"]:
            presence = wanted.get(row["id"], "away")
            if row["id"] != me and row["is_connected"] and row["base_presence"] != presence:
                self.set_presence(row["id"], presence)

    def set_presence(self, representative: str, presence: str) -> None:
        """Choose somebody else's presence, as a supervisor."""
        given = {"representative": representative, "presence": presence}
        self._post("/v1/supervise/presence", given)

    def supervise(self, verb: str, conversation_id: str, **given: object) -> None:
        """Do something with somebody's item through the API, as another supervisor would."""
        self._post(f"/v1/supervise/{verb}", {"item_id": conversation_id, **given})

    def item_json(self, conversation_id: str) -> dict[str, Any]:
        """A work item as the API says it stands; empty while there is none."""
        found = self._get_maybe(f"/v1/items/one?item_id={quote(conversation_id)}")
        return dict(found or {})

    def open_items(self) -> list[str]:
        """Ids of the items that are not closed."""
        rows = self._get("/v1/items?limit=200")["items"]
        return [row["item_id"] for row in rows if row["state"] != "closed"]

    def ask_for_a_person(self, customer_name: str) -> str:
        """Let a customer ask the bot for a person at once; return the conversation."""
        opened = {"channel": "live_chat", "customer_name": customer_name, "locale": "en-US"}
        answer = self._post(
            "/v1/conversations", {**opened, "bot_id": "shop-bot", "is_routed": True}
        )
        conversation_id = str(answer["conversation_id"])
        self.until(lambda: self._get_maybe(f"/v1/conversations/{quote(conversation_id)}"))
        self.say(conversation_id, ASKS_FOR_A_PERSON)
        self.until(lambda: self.item_json(conversation_id).get("queue"))
        return conversation_id

    def presence(self) -> Locator:
        """The picker in the page's head."""
        return self.page.get_by_label("Presence", exact=True)

    def offer(self, conversation_id: str) -> Locator:
        """The offer of a conversation."""
        return self.page.locator(f'cs-inbox [data-offer="{conversation_id}"]')

    def item(self, conversation_id: str) -> Locator:
        """A conversation of mine, in the inbox."""
        return self.page.locator(f'cs-inbox [data-item="{conversation_id}"]')

    def seconds_left(self, conversation_id: str) -> int:
        """What the ring of an offer says."""
        words = self.offer(conversation_id).get_by_role("timer").get_attribute("aria-label") or ""
        found = re.match(r"\d+", words)
        assert found is not None, words
        return int(found[0])

    def offers(self, conversation_id: str) -> list[str]:
        """Ids of the offers of a conversation to this representative, as the API lists them."""
        rows = self._get("/v1/desk")["offers"]
        return [row["offer_id"] for row in rows if row["item_id"] == conversation_id]

    def queue_of(self, conversation_id: str) -> str:
        """The queue a conversation waits in, as the API says."""
        path = f"/v1/items/one?item_id={quote(conversation_id)}"
        self.until(lambda: (self._get_maybe(path) or {}).get("queue"))
        return str(self._get(path)["queue"])

    def accept_offer(self, conversation_id: str) -> None:
        """Accept, and wait until the conversation is open and ours."""
        self.offer(conversation_id).get_by_role("button", name="Accept").click()
        self.expect_served(conversation_id)

    def expect_served(self, conversation_id: str) -> None:
        """Wait until the conversation is open and ours."""
        expect(self.item(conversation_id)).to_have_attribute("data-state", "active")
        expect(self.page.locator("cs-work [data-work=active]")).to_be_visible()
        expect(self.page.get_by_role("textbox", name="Write a reply")).to_be_visible()

    def reply(self, text: str) -> None:
        """Answer the customer of the open conversation."""
        field = self.page.get_by_role("textbox", name="Write a reply")
        field.fill(text)
        field.press("Enter")

    def do(self, verb: str) -> None:
        """Press a button of the strip under the conversation's head."""
        self.page.locator(f"cs-work [data-verb={verb}]").click()

    def finish(self, conversation_id: str) -> None:
        """End what is ours and wrap it up, so that the next journey finds free capacity."""
        self.page.goto(f"{self.origin}/#/c/{conversation_id}")
        self.page.get_by_role("button", name="End", exact=True).click()
        self.page.locator("[data-verb=confirm-end]").click()
        expect(self.item(conversation_id)).to_have_attribute("data-state", "wrap_up")
        self.do("close")
        expect(self.item(conversation_id)).to_have_count(0)


class Customer:
    """The customer's chat window, in a tab of its own."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.desk = Desk(page, url)

    def open(self) -> None:
        """Open the window where a chat is begun."""
        self.page.goto(self.desk.url)
        self.desk.expect_connection("Live")
        self.page.goto(f"{self.desk.origin}/#/customer")
        expect(self.page.locator("[data-bots=loaded]")).to_be_visible()

    def begin(self, name: str) -> str:
        """Begin a chat with the first bot; return its id."""
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("Talk to").select_option(index=0)
        self.page.get_by_role("button", name="Start chat").click()
        expect(self.page.get_by_role("textbox", name="Message")).to_be_visible()
        return self.page.url.rpartition("/")[2]

    def say(self, text: str) -> None:
        """Write something and send it."""
        field = self.page.get_by_role("textbox", name="Message")
        field.fill(text)
        field.press("Enter")
        expect(self.said_by("customer").last).to_contain_text(text)

    def said_by(self, author: str) -> Locator:
        """What one side has said."""
        return self.page.locator(f"cs-customer [data-author={author}] .bubble")

    def partner(self) -> Locator:
        """Whom the customer is told to talk to."""
        return self.page.locator("cs-customer [data-partner]")


class Board:
    """The supervisor's board."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.page = desk.page

    def open(self) -> None:
        """Go there by the rail."""
        self.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Board").click()
        expect(self.page.locator("cs-board [data-queue]").first).to_be_visible()

    def queue(self, queue_id: str) -> Locator:
        """The line of a queue."""
        return self.page.locator(f'cs-board tr[data-queue="{queue_id}"]')

    def open_queue(self, queue_id: str) -> None:
        """Show what waits in a queue."""
        self.queue(queue_id).get_by_role("link").click()
        expect(self.page.locator("cs-drawer")).to_be_visible()

    def waiting(self, conversation_id: str) -> Locator:
        """An item in the drawer."""
        return self.page.locator(f'cs-drawer [data-item="{conversation_id}"]')


class Why:
    """The sheet that explains who got something, and asks what if."""

    def __init__(self, page: Page) -> None:
        self.sheet = page.get_by_role("dialog")

    def candidates(self) -> Locator:
        """Everybody who was considered."""
        return self.sheet.locator("[data-candidate]")

    def chosen(self) -> str:
        """Id of whoever was chosen."""
        return self.sheet.locator("[data-chosen]").get_attribute("data-chosen") or ""

    def start(self) -> None:
        """Begin to ask what if."""
        self.sheet.locator("[data-verb=what-if]").click()

    def field(self, name: str) -> Locator:
        """An input of the representative that is shown, by its recorded name."""
        return self.sheet.locator(f'[data-input="{name}"]').last

    def decide_again(self) -> Locator:
        """Ask; return the answer, which says whether it is the same."""
        self.sheet.get_by_role("button", name="Decide again").click()
        outcome = self.sheet.locator(".outcome")
        expect(outcome).to_be_visible()
        return outcome
