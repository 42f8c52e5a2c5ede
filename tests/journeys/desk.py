"""The Agent desktop as a person uses it, and the other side of its conversations."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.sync_api import APIResponse, Locator, Page, expect

PATIENCE_MS = 15_000


class Desk:
    """Page object over roles and the few marks that elements carry for it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.token = url.partition("token=")[2]

    # The page

    def open(self) -> None:
        """Open the address that `cuestream up` prints, and wait for the feed."""
        self.page.goto(self.url)
        self.expect_connection("Live")

    def expect_connection(self, words: str) -> None:
        """Wait until the header says so."""
        expect(self.page.locator("[data-connection]")).to_have_text(words, timeout=PATIENCE_MS)

    def choose(self, conversation_id: str) -> None:
        """Open a conversation from the list of all."""
        self.page.get_by_role("button", name="All", exact=False).first.click()
        self.row(conversation_id).click()
        expect(self.row(conversation_id)).to_have_attribute("aria-current", "true")

    def row(self, conversation_id: str) -> Locator:
        """The conversation's line in the list."""
        return self.page.locator(f'cs-conversations [data-conversation="{conversation_id}"]')

    def turns(self) -> Locator:
        """What was said, without what is still being sent."""
        return self.page.locator("cs-transcript article[data-turn] .bubble")

    def turn(self, turn_id: str) -> Locator:
        """The bubble of one turn."""
        return self.page.locator(f'cs-transcript [data-turn="{turn_id}"] .bubble')

    def cards(self) -> Locator:
        """The recommendations, as they stand from top to bottom."""
        return self.page.locator("cs-assist li[data-recommendation]")

    def card(self, recommendation_id: str) -> Locator:
        """One recommendation."""
        return self.page.locator(f'cs-assist li[data-recommendation="{recommendation_id}"]')

    def card_ids(self) -> list[str]:
        """Ids of the recommendations on the page, from top to bottom."""
        ids: list[str] = self.cards().evaluate_all(
            "items => items.map(item => item.dataset.recommendation)"
        )
        return ids

    # The other side

    def open_conversation(self, customer_name: str = "Mia Keller") -> str:
        """Let a customer begin a conversation; return its id once it can be read."""
        answer = self._post(
            "/v1/conversations", {"channel": "live_chat", "customer_name": customer_name}
        )
        conversation_id = str(answer["conversation_id"])
        self.until(lambda: self._get_maybe(f"/v1/conversations/{quote(conversation_id)}"))
        return conversation_id

    def say(self, conversation_id: str, text: str, author: str = "customer") -> str:
        """Let somebody say something; return the turn's id."""
        turn_id = f"t-{uuid.uuid4().hex}"
        body = {"text": text, "author": author, "turn_id": turn_id}
        self._post(f"/v1/conversations/{quote(conversation_id)}/turns", body)
        return turn_id

    def say_formatted(self, conversation_id: str, text: str, text_format: str) -> str:
        """Let an adapter bring in a customer's turn in its format; return the turn's id."""
        turn_id = f"t-{uuid.uuid4().hex}"
        now_ms = time.time_ns() // 1_000_000
        data = {
            "tenant": "demo",
            "occurred_at_ms": now_ms,
            "conversation_id": conversation_id,
            "turn_id": turn_id,
            "author": "customer",
            "text": text,
            "text_format": text_format,
        }
        self._post("/v1/events", {"type": "cuestream.conversation.TurnSaid", "data": data})
        return turn_id

    def accept(self, conversation_id: str) -> None:
        """Accept through the API, as another screen of the same representative would."""
        self._post(f"/v1/conversations/{quote(conversation_id)}/accept", {})

    def served_conversation(self, customer_name: str = "Mia Keller") -> str:
        """Return a conversation that is accepted and answered, so that recommendations may come."""
        conversation_id = self.open_conversation(customer_name)
        self.say(conversation_id, "hello")
        self.accept(conversation_id)
        self.say(conversation_id, "Hello, how can I help?", "representative")
        return conversation_id

    def recommendation_ids(self, conversation_id: str) -> list[str]:
        """Ids as the API lists them, newest first."""
        page = self._get(f"/v1/conversations/{quote(conversation_id)}/recommendations")
        return [row["recommendation_id"] for row in page["items"]]

    def turn_ids(self, conversation_id: str) -> list[str]:
        """Ids as the API lists them, in order."""
        page = self._get(f"/v1/conversations/{quote(conversation_id)}/turns?limit=200")
        return [row["turn_id"] for row in page["items"]]

    def until(self, holds: Callable[[], Any]) -> None:
        """Wait until what is asked for is there."""
        deadline_s = time.monotonic() + PATIENCE_MS / 1_000
        while not holds():
            if time.monotonic() > deadline_s:
                message = f"did not come true within {PATIENCE_MS} ms: {holds}"
                raise AssertionError(message)
            self.page.wait_for_timeout(50)

    def _post(self, path: str, body: Any) -> Any:
        return self._body(self._request(path, method="POST", data=body))

    def _get(self, path: str) -> Any:
        return self._body(self._request(path))

    def _get_maybe(self, path: str) -> Any:
        answer = self._request(path)
        return answer.json() if answer.ok else None

    def _request(self, path: str, **given: Any) -> APIResponse:
        # A script signs in by the token; the cookie is for the pages alone.
        headers = {"authorization": f"Bearer {self.token}"}
        return self.page.request.fetch(self.origin + path, headers=headers, **given)

    @staticmethod
    def _body(answer: APIResponse) -> Any:
        assert answer.ok, f"{answer.url}: {answer.status} {answer.text()}"
        return answer.json()
