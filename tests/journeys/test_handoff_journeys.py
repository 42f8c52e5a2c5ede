"""From the customer's first word over a bot and routing to a human, and back, in real browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.journeys.board_views import ASKS_FOR_A_PERSON, Board, Customer, Inbox, Why
from tests.journeys.desk import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

OFFER_S_MAX = 130
WATCH = (Path(__file__).parent / "watch.js").read_text()


@pytest.fixture
def inbox(page: Page, console_url: str) -> Inbox:
    """The desk of a representative who is online and available."""
    desk = Inbox(page, console_url)
    desk.open()
    desk.be_alone()
    desk.go_online()
    return desk


@pytest.fixture
def customer(context: BrowserContext, console_url: str) -> Iterator[Customer]:
    """A customer in a tab of their own."""
    page = context.new_page()
    opened = Customer(page, console_url)
    opened.open()
    yield opened
    page.close()


def handed_over(customer: Customer, inbox: Inbox, name: str) -> str:
    """Let a customer ask the bot for a person; return the conversation once it is offered."""
    conversation_id = customer.begin(name)
    customer.say("hello")
    expect(customer.said_by("bot").first).to_be_visible()
    customer.say(ASKS_FOR_A_PERSON)
    expect(inbox.offer(conversation_id)).to_be_visible(timeout=PATIENCE_MS)
    return conversation_id


def test_a_customer_goes_from_bot_to_human_to_bot_and_nothing_is_lost(
    inbox: Inbox, customer: Customer
):
    conversation_id = handed_over(customer, inbox, "Mia Keller")
    expect(customer.page.locator("cs-customer")).to_contain_text("Customer service")
    before = customer.said_by("bot").count()
    customer.say("are you still there?")
    inbox.accept_offer(conversation_id)
    transcript = inbox.page.locator("cs-transcript")
    expect(transcript).to_contain_text(ASKS_FOR_A_PERSON)
    expect(transcript).to_contain_text("are you still there?")
    expect(transcript.locator("[data-mark=handoff]")).to_contain_text("Handed over by")
    expect(inbox.page.locator("cs-context [data-variable=va_Phrases]")).to_contain_text(
        ASKS_FOR_A_PERSON
    )
    inbox.reply("Hello Mia, how can I help?")
    expect(customer.said_by("representative").last).to_have_text("Hello Mia, how can I help?")
    expect(customer.said_by("bot")).to_have_count(before)
    with_human = customer.partner().inner_text()
    inbox.do("transfer")
    sheet = inbox.page.get_by_role("dialog")
    sheet.get_by_role("button", name="Bot", exact=True).click()
    sheet.locator("[data-target]").first.click()
    expect(inbox.page.locator("cs-composer [data-lost]")).to_contain_text("has this conversation")
    expect(inbox.item(conversation_id)).to_have_count(0)
    expect(customer.partner()).not_to_have_text(with_human)
    customer.say("thank you, that was all")
    expect(customer.said_by("bot")).not_to_have_count(before)


def test_a_declined_offer_goes_back_and_is_offered_anew(inbox: Inbox, customer: Customer):
    conversation_id = handed_over(customer, inbox, "Jon Pereira")
    first = inbox.offers(conversation_id)
    inbox.offer(conversation_id).get_by_role("button", name="Decline").click()
    inbox.until(lambda: inbox.offers(conversation_id) not in ([], first))
    expect(inbox.offer(conversation_id)).to_be_visible()
    inbox.accept_offer(conversation_id)
    inbox.finish(conversation_id)


def test_a_supervisor_asks_why_and_what_if(inbox: Inbox, customer: Customer):
    conversation_id = handed_over(customer, inbox, "Amara Okafor")
    inbox.accept_offer(conversation_id)
    inbox.do("why")
    why = Why(inbox.page)
    expect(why.candidates().first).to_be_visible()
    chosen = why.chosen()
    assert chosen != ""
    row = why.sheet.locator(f'[data-candidate="{chosen}"]')
    expect(row).to_contain_text("Chosen")
    verdicts = why.candidates().locator("td:last-child")
    assert [words for words in verdicts.all_inner_texts() if words.strip() == ""] == []
    why.start()
    why.field("presence").select_option("do_not_disturb")
    outcome = why.decide_again()
    expect(outcome).to_have_attribute("data-same", "false")
    expect(outcome.locator("[data-before]")).to_have_attribute("data-before", chosen)
    expect(outcome.locator("[data-after]")).not_to_have_attribute("data-after", chosen)
    expect(outcome).to_contain_text("do not disturb")
    inbox.page.keyboard.press("Escape")
    expect(inbox.page.locator("cs-work [data-work=active]")).to_be_visible()
    inbox.finish(conversation_id)


def test_an_offer_is_found_accepted_and_answered_by_the_keyboard_alone(
    inbox: Inbox, customer: Customer
):
    conversation_id = handed_over(customer, inbox, "Li Wei")
    page = inbox.page
    spoken = page.get_by_role("status").filter(has_text="New offer: Li Wei")
    expect(spoken).to_have_count(1)
    page.locator("body").press("o")
    expect(inbox.offer(conversation_id)).to_be_focused()
    page.keyboard.press("a")
    inbox.expect_served(conversation_id)
    page.keyboard.press("r")
    page.keyboard.type("Hello Li, I am here.")
    page.keyboard.press("Enter")
    expect(customer.said_by("representative").last).to_have_text("Hello Li, I am here.")
    inbox.finish(conversation_id)


def test_an_offer_counts_down_and_is_taken_back_when_nobody_answers(
    inbox: Inbox, customer: Customer
):
    conversation_id = handed_over(customer, inbox, "Sven Holt")
    first = inbox.offers(conversation_id)
    left_s = inbox.seconds_left(conversation_id)
    assert 0 < left_s <= OFFER_S_MAX
    inbox.until(lambda: inbox.seconds_left(conversation_id) < left_s)
    taken_back = inbox.page.locator(f'cs-inbox [data-offer-id="{first[0]}"]')
    expect(taken_back).to_have_count(0, timeout=(left_s + 15) * 1_000)
    assert inbox.offers(conversation_id) != first
    # Whoever let an offer pass may have been set away; the next journey needs them back.
    inbox.go_online()
    expect(inbox.offer(conversation_id)).to_be_visible(timeout=(OFFER_S_MAX + 15) * 1_000)
    inbox.accept_offer(conversation_id)
    inbox.finish(conversation_id)


def test_the_board_shows_who_waits_and_a_supervisor_closes_it(inbox: Inbox, customer: Customer):
    inbox.presence().select_option("away")
    expect(inbox.presence()).to_have_attribute("data-presence", "away")
    conversation_id = customer.begin("Nora Test")
    customer.say(ASKS_FOR_A_PERSON)
    notice = customer.page.locator("cs-customer [data-queue-notice]")
    expect(notice.locator("[data-place]")).to_be_visible(timeout=PATIENCE_MS)
    board = Board(inbox)
    board.open()
    queue_id = inbox.queue_of(conversation_id)
    expect(board.queue(queue_id).locator("[data-oldest]")).to_have_text(re.compile(r"\d+:\d\d"))
    board.open_queue(queue_id)
    row = board.waiting(conversation_id)
    expect(row).to_contain_text("Nora Test")
    board.page.reload()
    expect(row).to_contain_text("Nora Test")
    row.get_by_role("button", name="Close…").click()
    sheet = board.page.get_by_role("dialog")
    sheet.get_by_label("Reason").fill("only a test")
    sheet.get_by_role("button", name="Close it").click()
    expect(row).to_have_count(0)
    expect(customer.page.locator("cs-customer")).to_contain_text("This chat is over")


def test_a_turn_that_comes_after_the_conversation_was_passed_on_is_shown_as_not_delivered(
    inbox: Inbox, customer: Customer
):
    conversation_id = handed_over(customer, inbox, "Late Lena")
    inbox.accept_offer(conversation_id)
    held: list[Route] = []
    inbox.page.route(
        "**/turns", lambda route: held.append(route) if _is_post(route) else route.continue_()
    )
    inbox.reply("I will look into it.")
    pending = inbox.page.locator("cs-transcript [data-pending]")
    expect(pending).to_contain_text("Sending…")
    inbox.until(lambda: held)
    inbox.do("transfer")
    sheet = inbox.page.get_by_role("dialog")
    sheet.get_by_role("button", name="Bot", exact=True).click()
    sheet.locator("[data-target]").first.click()
    expect(inbox.page.locator("cs-composer [data-lost]")).to_be_visible()
    held[0].continue_()
    expect(pending.get_by_role("alert")).to_contain_text("Not delivered.")
    expect(pending.get_by_role("alert")).to_contain_text("has this conversation now.")
    expect(pending.get_by_role("button", name="Try again")).to_have_count(0)
    expect(customer.said_by("representative")).to_have_count(0)
    pending.get_by_role("button", name="Discard").click()
    expect(pending).to_have_count(0)


def _is_post(route: Route) -> bool:
    return route.request.method == "POST"


@pytest.mark.rule("QM-11")
def test_a_supervisor_reads_along_takes_part_and_leaves(inbox: Inbox):
    conversation_id = inbox.ask_for_a_person("Ole Brandt")
    inbox.set_presence("ben", "available")
    inbox.supervise("assign", conversation_id, representative="ben", over_capacity=True)
    inbox.until(lambda: inbox.item_json(conversation_id)["state"] == "active")
    page = inbox.page
    page.goto(f"{inbox.origin}/#/c/{conversation_id}")
    strip = page.locator("cs-work [data-supervised]")
    strip.get_by_role("button", name="Monitor").click()
    expect(strip).to_have_attribute("data-supervised", "monitor")
    assert inbox.item_json(conversation_id)["observers"] == ["monitor:ann"]
    strip.get_by_role("button", name="Join").click()
    expect(strip).to_have_attribute("data-supervised", "join")
    inbox.reply("I am listening, too.")
    expect(inbox.turns().last).to_have_text("I am listening, too.")
    strip.get_by_role("button", name="Leave").click()
    expect(strip).to_have_attribute("data-supervised", "")
    board = Board(inbox)
    board.open()
    board.open_queue(inbox.queue_of(conversation_id))
    row = board.waiting(conversation_id)
    row.get_by_role("button", name="Monitor").click()
    row.get_by_role("button", name="Leave").click()
    expect(row.get_by_role("button", name="Monitor")).to_be_visible()
    assert inbox.item_json(conversation_id)["observers"] == []
    inbox.supervise("close", conversation_id, reason="the journey is over")
    inbox.set_presence("ben", "away")


def test_a_tab_never_has_more_than_one_stream_open(inbox: Inbox):
    streams: dict[str, set[int]] = {"open": set(), "most": set()}

    def begun(request: Request) -> None:
        if "/v1/stream" in request.url:
            streams["open"].add(id(request))
            streams["most"].add(len(streams["open"]))

    def over(request: Request) -> None:
        streams["open"].discard(id(request))

    page = inbox.page
    page.on("request", begun)
    page.on("requestfailed", over)
    page.on("requestfinished", over)
    page.reload()
    for place in ("#/board", "#/board/deliveries", "#/customer", "#/", "#/board"):
        page.goto(f"{inbox.origin}/{place}")
        inbox.until(lambda: len(streams["open"]) == 1)
        inbox.expect_connection("Live")
    # The board is live by that one stream.
    expect(page.locator("cs-board [data-queue]").first).to_be_visible()
    offered = page.locator("cs-board [data-tile=Offered] dd")
    expect(offered).to_have_text("0")
    conversation_id = inbox.ask_for_a_person("Ada Live")
    expect(offered).to_have_text("1")
    inbox.supervise("close", conversation_id, reason="the journey is over")
    expect(offered).to_have_text("0")
    assert streams["most"] == {1}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_views_keep_the_content_security_policy_and_fit_their_window(inbox: Inbox, scheme: str):
    page = inbox.page
    errors: list[str] = []
    page.on("console", lambda entry: errors.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(WATCH)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for place in ("#/", "#/board", "#/board/representatives", "#/board/deliveries", "#/customer"):
        page.goto(f"{inbox.origin}/{place}")
        page.reload()
        inbox.expect_connection("Live")
        assert page.url.endswith(place)
        for width in (1280, 900, 400):
            page.set_viewport_size({"width": width, "height": 760})
            assert page.evaluate(overflow) == 0, (place, width)
        assert page.evaluate("window.violations") == []
    assert errors == []
