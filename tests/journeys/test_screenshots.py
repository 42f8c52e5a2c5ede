"""What the README shows, of the real system; `make screenshots` takes the pictures again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.board_views import ASKS_FOR_A_PERSON, Board, Customer, Inbox, Why
from tests.journeys.intent_views import Library, Wanted
from tests.journeys.pictures import small

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

SCREENSHOTS: Final = Path(__file__).parents[2] / "ops" / "screenshots"
BYTES_MAX: Final = 150_000
IS_SAVED: Final = os.environ.get("SAVE_SCREENSHOTS") == "1"
NAMES: Final = (
    "Jon Pereira",
    "Li Wei",
    "Nora Lind",
    "Sven Holt",
    "Ines Duarte",
    "Tom Byrne",
    "Zoe Marsh",
    "Karl Vogel",
    "Ana Costa",
)


@pytest.fixture
def inbox(page: Page, console_url: str) -> Iterator[Inbox]:
    """The desk of the only representative who is available; what is open is closed afterwards."""
    desk = Inbox(page, console_url)
    desk.open()
    desk.be_alone({"ben": "do_not_disturb"})
    desk.go_online()
    yield desk
    desk.be_alone()
    for conversation_id in desk.open_items():
        desk.supervise("close", conversation_id, reason="the picture is taken")


def test_screenshots_of_a_hand_off_its_reasons_and_a_busy_floor(
    inbox: Inbox, context: BrowserContext, console_url: str, tmp_path: Path
):
    page = inbox.page
    window = context.new_page()
    customer = Customer(window, console_url)
    customer.open()
    conversation_id = customer.begin("Mia Keller")
    for number, text in enumerate(
        ("my parcel has not arrived", "70441", ASKS_FOR_A_PERSON), start=1
    ):
        customer.say(text)
        expect(customer.said_by("bot").nth(number)).to_be_visible()
    inbox.accept_offer(conversation_id)
    inbox.reply("Hello Mia, I see your order 70441. What happened?")
    expect(customer.said_by("representative")).to_have_count(1)
    customer.say("it came today, and the lamp has a cracked glass, I want a new one")
    expect(inbox.cards().first).to_be_visible()
    _save(window, tmp_path, "customer-light")

    offered = inbox.ask_for_a_person("Amara Okafor")
    expect(inbox.offer(offered)).to_be_visible()
    page.emulate_media(color_scheme="dark")
    _save(page, tmp_path, "agent-desktop-dark")
    page.emulate_media(color_scheme="light")
    _save(page, tmp_path, "agent-desktop-light")

    inbox.do("why")
    why = Why(page)
    expect(why.candidates().first).to_be_visible()
    expect(why.sheet.locator("[data-trace=classification] li").first).to_be_visible()
    expect(why.sheet.locator("[data-trace=route] li").first).to_be_visible()
    _save(page, tmp_path, "why-light")
    page.keyboard.press("Escape")

    board = Board(inbox)
    board.open()
    waiting = [inbox.ask_for_a_person(name) for name in NAMES]
    queue_id = inbox.queue_of(waiting[-1])
    board.open_queue(queue_id)
    expect(board.waiting(waiting[-1])).to_be_visible()
    if IS_SAVED:
        # A picture is worth a wait: lines are drawn of what was seen every few seconds.
        oldest = board.queue(queue_id).locator("[data-oldest]")
        expect(oldest).to_have_text(re.compile(r"0:(1[4-9]|[2-5]\d)"), timeout=30_000)
    _save(page, tmp_path, "board-light")


CURATED: Final = {
    ("refund",): "Refund",
    ("cancel",): "Cancel an order",
    ("invoice",): "Copy of an invoice",
    ("address",): "Change of address",
    ("open",): "Opening hours",
    ("warranty",): "Warranty",
    ("crack",): "Damaged item",
    ("arrived",): "Where is my order",
}
"""What a curator would call what was mined, by words of its examples."""


def test_screenshots_of_the_library_its_map_and_an_intent_in_a_conversation(
    inbox: Inbox, context: BrowserContext, console_url: str, tmp_path: Path
):
    page = inbox.page
    library = Library(page, console_url)
    run_id = library.have_mined()
    for words, name in CURATED.items():
        library.call(name, *words)
    library.have_published(with_changes=True)
    waiting = [row["intent_id"] for row in library.intents()[3::5]]
    library.review(waiting, "pending")
    library.show("library", library.intents()[0]["intent_id"])
    expect(library.opened().locator("[data-example]").first).to_be_visible()
    _save(page, tmp_path, "intents-light")
    library.show("mining", run_id)
    bubble = page.locator("cs-cluster-map [data-bubble]").nth(2)
    bubble.hover()
    expect(page.locator("cs-cluster-map [data-caption]")).to_contain_text("“")
    _save(page, tmp_path, "intents-map-light")
    library.review(waiting, "approved")

    window = context.new_page()
    customer = Customer(window, console_url)
    customer.open()
    conversation_id = customer.begin("Mia Keller")
    for number, text in enumerate(
        ("my parcel has not arrived yet", "70441", ASKS_FOR_A_PERSON), start=1
    ):
        customer.say(text)
        expect(customer.said_by("bot").nth(number)).to_be_visible()
    page.goto(console_url)
    inbox.go_online()
    inbox.accept_offer(conversation_id)
    inbox.reply("Hello Mia, I am looking for your parcel.")
    expect(customer.said_by("representative")).to_have_count(1)
    customer.say("it is here now, but the paper lantern is not what I expected. Can you refund it?")
    wanted = Wanted(page)
    expect(wanted.name()).to_have_text("Refund")
    expect(wanted.missing().first).to_be_visible()
    expect(wanted.box).to_have_attribute("data-ghost", re.compile(r"\S"))
    _save(page, tmp_path, "agent-desktop-intent-light")


def _save(page: Page, tmp_path: Path, name: str) -> None:
    picture = page.screenshot(animations="disabled")
    if not IS_SAVED:
        (tmp_path / f"{name}.png").write_bytes(picture)
        return
    made = small(picture)
    assert len(made) < BYTES_MAX, f"{name}.png has {len(made)} bytes"
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / f"{name}.png").write_bytes(made)
