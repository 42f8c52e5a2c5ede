"""The Agent desktop in a real browser, on a real worker over a real log."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys import hostile
from tests.journeys.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

BROKEN_LAMP = "the lamp I ordered came with a cracked glass, I want a new one"
LATE_REFUND = "when do I get my money back for the returned shoes"
LOST_PASSWORD = "I forgot my password and cannot log in"
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
"""


def with_first_card(desk: Desk) -> str:
    """Open a served conversation in which the customer has asked for something we know about."""
    conversation_id = desk.served_conversation()
    desk.choose(conversation_id)
    desk.say(conversation_id, BROKEN_LAMP)
    expect(desk.cards().first).to_be_visible()
    return conversation_id


@pytest.mark.rule("SA-01", "SA-03")
def test_the_first_recommendation_appears_beside_the_conversation_without_a_reload(desk: Desk):
    conversation_id = desk.served_conversation("Amara Okafor")
    desk.choose(conversation_id)
    expect(desk.turns()).to_have_count(2)
    expect(desk.cards()).to_have_count(0)
    said = desk.say(conversation_id, BROKEN_LAMP)
    expect(desk.turn(said)).to_have_text(BROKEN_LAMP)
    card = desk.cards().first
    expect(card).to_contain_text("Replace an item that arrived damaged")
    expect(card.locator(".ac-adaptiveCard")).to_be_visible()
    expect(card.locator(".score")).to_contain_text("%")
    expect(card.locator(".phrases li").first).to_be_visible()
    spoken = desk.page.get_by_role("status").filter(has_text="New recommendation: Replace an item")
    expect(spoken).to_have_count(1)


@pytest.mark.rule("SA-06")
def test_a_newer_recommendation_stands_on_top_of_the_older_ones(desk: Desk):
    conversation_id = with_first_card(desk)
    older = desk.card_ids()
    desk.say(conversation_id, LOST_PASSWORD)
    desk.until(lambda: desk.card_ids()[:1] != older[:1])
    listed = desk.recommendation_ids(conversation_id)
    assert listed[0] not in older
    desk.until(lambda: desk.card_ids() == listed)
    desk.page.reload()
    desk.until(lambda: desk.card_ids() == listed)


@pytest.mark.rule("SA-35")
def test_when_nothing_is_found_the_panel_says_so_until_something_is(desk: Desk):
    conversation_id = desk.served_conversation()
    desk.choose(conversation_id)
    desk.say(conversation_id, "zirconium marmalade")
    empty = desk.page.locator("[data-nothing=knowledge_article]")
    expect(empty).to_contain_text("nothing found")
    desk.say(conversation_id, BROKEN_LAMP)
    expect(desk.cards().first).to_be_visible()
    expect(empty).to_have_count(0)


@pytest.mark.rule("SA-07")
def test_a_dismissed_card_leaves_at_once_and_stays_gone_after_a_reload(desk: Desk):
    conversation_id = with_first_card(desk)
    gone = desk.card_ids()[0]
    desk.card(gone).get_by_role("button", name="Dismiss").click()
    expect(desk.card(gone)).to_have_count(0, timeout=500)
    desk.until(lambda: gone not in desk.recommendation_ids(conversation_id))
    desk.page.reload()
    expect(desk.turns().first).to_be_visible()
    desk.until(lambda: desk.card_ids() == desk.recommendation_ids(conversation_id))
    expect(desk.card(gone)).to_have_count(0)


def test_a_dismissal_that_fails_brings_the_card_back_and_says_so(desk: Desk):
    with_first_card(desk)
    kept = desk.card_ids()[0]
    desk.page.route("**/v1/recommendations/dismiss", lambda route: route.abort())
    desk.card(kept).get_by_role("button", name="Dismiss").click()
    expect(desk.page.get_by_role("alert")).to_contain_text("could not be dismissed")
    expect(desk.card(kept)).to_be_visible()


@pytest.mark.rule("SA-31")
def test_why_shows_the_records_and_every_candidate_with_its_verdict(desk: Desk):
    with_first_card(desk)
    card = desk.cards().first
    recommendation_id = desk.card_ids()[0]
    card.get_by_role("button", name="Why").click()
    sheet = desk.page.get_by_role("dialog")
    expect(sheet).to_contain_text("TurnSaid")
    expect(sheet).to_contain_text("RecommendationIssued")
    expect(sheet).to_contain_text("conversation.turns.v1 · partition")
    verdicts = sheet.locator("[data-candidate] .verdict")
    expect(verdicts.first).to_be_visible()
    assert "Shown" in verdicts.all_inner_texts()
    expect(sheet.locator("code")).to_have_text(f"cuestream explain '{recommendation_id}'")
    desk.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_a_representative_works_with_the_keyboard_alone(desk: Desk):
    conversation_id = desk.open_conversation("Li Wei")
    first = desk.say(conversation_id, "hello")
    page = desk.page
    page.get_by_role("button", name="All").press("Enter")
    expect(desk.row(conversation_id)).to_be_visible()
    page.locator("body").press("j")
    desk.until(lambda: _walk_to(desk, conversation_id))
    expect(desk.turn(first)).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("[data-mark=accepted]")).to_contain_text("accepted")
    page.keyboard.press("r")
    page.keyboard.type("Hello, how can I help?")
    page.keyboard.press("Enter")
    expect(desk.turns()).to_have_text(["hello", "Hello, how can I help?"])
    expect(page.locator("[data-pending]")).to_have_count(0)
    page.keyboard.press("Escape")
    desk.say(conversation_id, BROKEN_LAMP)
    expect(desk.cards().first).to_be_visible()
    gone = desk.card_ids()[0]
    page.keyboard.press("d")
    expect(desk.card(gone)).to_be_focused()
    page.keyboard.press("d")
    expect(desk.card(gone)).to_have_count(0)
    desk.until(lambda: gone not in desk.recommendation_ids(conversation_id))


def _walk_to(desk: Desk, conversation_id: str) -> bool:
    """Move one line down unless the conversation is open already."""
    if desk.row(conversation_id).get_attribute("aria-current") == "true":
        return True
    desk.page.keyboard.press("j")
    return False


def test_what_is_said_while_the_connection_is_lost_is_there_once_it_is_back(desk: Desk):
    conversation_id = with_first_card(desk)
    desk.page.context.set_offline(True)
    desk.expect_connection("Offline")
    expect(desk.page.locator("[data-banner]")).to_contain_text("ago")
    missed = [desk.say(conversation_id, text) for text in (LATE_REFUND, "are you still there?")]
    desk.until(lambda: desk.turn_ids(conversation_id)[-2:] == missed)
    expect(desk.turn(missed[0])).to_have_count(0)
    desk.page.context.set_offline(False)
    desk.expect_connection("Live")
    expect(desk.turn(missed[1])).to_be_visible()
    shown = desk.page.locator("cs-transcript article[data-turn]").evaluate_all(
        "turns => turns.map(turn => turn.dataset.turn)"
    )
    assert shown == desk.turn_ids(conversation_id)
    desk.until(lambda: desk.card_ids() == desk.recommendation_ids(conversation_id))
    last = desk.say(conversation_id, "hello again")
    expect(desk.turn(last)).to_have_count(1)


def test_a_reply_that_cannot_be_sent_is_kept_and_is_sent_once_on_the_second_try(desk: Desk):
    conversation_id = desk.served_conversation()
    desk.choose(conversation_id)
    field = desk.page.get_by_role("textbox", name="Write a reply")
    answers = f"**/v1/conversations/{conversation_id}/turns"
    desk.page.route(answers, _refuse_posts)
    field.fill("We replace it today.")
    field.press("Enter")
    expect(desk.page.get_by_role("alert")).to_contain_text("Not sent.")
    desk.page.unroute(answers)
    desk.page.get_by_role("button", name="Try again").click()
    expect(desk.turns().last).to_have_text("We replace it today.")
    expect(desk.page.locator("[data-pending]")).to_have_count(0)


def _refuse_posts(route: Route) -> None:
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_the_content_security_policy_in_both_themes(
    desk: Desk, page: Page, scheme: Any
):
    errors: list[str] = []
    page.on("console", lambda entry: errors.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(WATCH)
    page.emulate_media(color_scheme=scheme)
    answer = page.goto(desk.url)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    desk.expect_connection("Live")
    conversation_id = with_first_card(desk)
    last = desk.say(conversation_id, "the photos: https://example.com/photos/70441")
    expect(desk.turn(last)).to_be_visible()
    desk.say_formatted(conversation_id, "order **70441**, `lamp`:\n\n- foot\n- shade", "markdown")
    html = '<p>Hello</p><p style="color: red">red</p><img src="x"><b>bold</b>'
    last = desk.say_formatted(conversation_id, html, "html")
    expect(desk.turn(last)).to_contain_text("bold")
    page.keyboard.press("w")
    expect(page.locator("[data-candidate]").first).to_be_visible()
    page.keyboard.press("Escape")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(_channels(background)) < 3 * 128) == (scheme == "dark")
    assert page.evaluate("window.violations") == []
    assert errors == []


def _channels(colour: str) -> list[int]:
    return [int(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]


def test_the_theme_can_be_chosen_against_the_system_and_is_remembered(desk: Desk, page: Page):
    page.emulate_media(color_scheme="light")
    button = page.locator("[data-verb=theme]")
    button.click()
    button.click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(_channels(dark)) < 3 * 128
    page.reload()
    desk.expect_connection("Live")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_hostile_plain_text_is_shown_as_the_text_it_is(desk: Desk, page: Page):
    conversation_id = desk.open_conversation("Mallory")
    desk.choose(conversation_id)
    for text in hostile.PLAIN:
        said = desk.say(conversation_id, text)
        expect(desk.turn(said)).to_have_text(text, use_inner_text=True)
    assert _foreign(page) == []
    assert page.evaluate("window.pwned") is None


@pytest.mark.parametrize("text_format", ["markdown", "html"])
def test_hostile_formatted_text_brings_no_markup_of_its_own(
    desk: Desk, page: Page, text_format: str
):
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    conversation_id = desk.open_conversation("Mallory")
    desk.choose(conversation_id)
    texts = hostile.MARKDOWN if text_format == "markdown" else hostile.HTML
    said = [desk.say_formatted(conversation_id, text, text_format) for text in texts]
    for turn_id in said:
        expect(desk.turn(turn_id)).to_have_count(1)
    assert _foreign(page) == []
    assert page.evaluate("window.pwned") is None
    assert [url for url in requested if not url.startswith(desk.origin)] == []


def _foreign(page: Page) -> list[str]:
    """Return everything in bubbles that is no plain formatting or safe link."""
    inside = page.locator("cs-transcript .bubble *")
    expect(inside).not_to_have_count(0)
    found: list[str] = inside.evaluate_all(
        """elements => elements.flatMap((element) => {
          const tags = "A B BLOCKQUOTE BR CODE DEL EM HR I LI OL P PRE S STRONG U UL".split(" ");
          const names = element.getAttributeNames().filter(
            (name) => element.tagName !== "A" || !["href", "target", "rel"].includes(name));
          const href = element.getAttribute("href") ?? "https:";
          const isSafe = tags.includes(element.tagName) && names.length === 0 &&
            /^(https?|mailto|tel):/i.test(href);
          return isSafe ? [] : [element.outerHTML];
        })"""
    )
    return found


def _replace_cards(card: object) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        page = route.fetch().json()
        for item in page["items"]:
            item["card"] = card
        route.fulfill(json=page)

    return answer


def test_a_card_that_cannot_be_drawn_is_shown_as_its_title_and_reason(desk: Desk, page: Page):
    with_first_card(desk)
    title = desk.cards().first.locator("article").get_attribute("aria-label")
    assert title is not None
    for name, card in hostile.CARDS.items():
        page.route("**/recommendations", _replace_cards(card))
        page.reload()
        plain = desk.cards().first.locator("[data-plain]")
        expect(plain, name).to_contain_text(title.split(",")[0])
        expect(plain, name).to_contain_text("card", ignore_case=True)
        page.unroute_all(behavior="wait")
    expect(desk.turns().first).to_be_visible()


def test_a_card_cannot_reach_out_of_the_page(desk: Desk, page: Page):
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    with_first_card(desk)
    page.route("**/recommendations", _replace_cards(json.loads(json.dumps(hostile.REACHING_CARD))))
    page.reload()
    card = desk.cards().first
    expect(card.get_by_role("link", name="Good")).to_be_visible()
    expect(card.get_by_text("Bad", exact=True)).to_have_count(0)
    assert (
        card.locator("a, img").evaluate_all(
            "found => found.map(one => one.href || one.src).filter(url => url.startsWith('java'))"
        )
        == []
    )
    card.get_by_role("button", name="Run macro").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot do")
    assert page.evaluate("window.pwned") is None
    assert [url for url in requested if not url.startswith(desk.origin)] == []


def test_a_test_conversation_is_driven_from_both_sides_and_ended(desk: Desk, page: Page):
    page.get_by_role("button", name="New test conversation").click()
    page.get_by_role("textbox", name="Customer's name").fill("Nora Test")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nora Test")).to_be_visible()
    expect(page.get_by_role("textbox", name="Write a reply")).to_have_count(0)
    page.get_by_role("button", name="As customer").click()
    page.keyboard.type("hello?")
    page.keyboard.press("Enter")
    expect(desk.turns()).to_have_text(["hello?"])
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("textbox", name="Write a reply").fill("Hello Nora.")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Note").click()
    page.keyboard.type("only a test")
    page.keyboard.press("Enter")
    expect(page.locator("cs-transcript .private[data-turn]")).to_contain_text("Private note")
    expect(desk.turns()).to_have_text(["hello?", "Hello Nora.", "only a test"])
    page.get_by_role("button", name="End", exact=True).press("Enter")
    expect(page.get_by_role("button", name="End", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-mark=ended]")).to_be_visible()
    expect(page.locator("cs-composer")).to_have_text("This conversation has ended.")


def test_a_note_that_is_begun_stays_a_note_whatever_happens_meanwhile(desk: Desk, page: Page):
    other = desk.open_conversation("Jon Pereira")
    conversation_id = desk.served_conversation("Mia Keller")
    desk.choose(conversation_id)
    page.get_by_role("button", name="Note").click()
    note = page.get_by_role("textbox", name="Write a note")
    note.fill("she sounds upset")
    said = desk.say(conversation_id, "are you there?")
    expect(desk.turn(said)).to_be_visible()
    expect(note).to_have_value("she sounds upset")
    desk.row(other).click()
    expect(page.get_by_role("textbox")).to_have_value("")
    desk.row(conversation_id).click()
    expect(note).to_have_value("she sounds upset")
    note.press("Enter")
    expect(page.locator("cs-transcript .private[data-turn]")).to_contain_text("she sounds upset")


def test_while_the_processors_start_the_page_says_what_is_waited_for(desk: Desk, page: Page):
    because = "2 of 4 partitions are recovered."
    page.route("**/readyz", lambda route: route.fulfill(status=503, json={"detail": because}))
    page.reload()
    desk.expect_connection("Processors starting")
    expect(page.locator("[data-banner]")).to_have_text(because)
    page.unroute_all(behavior="wait")
    desk.expect_connection("Live")
    expect(page.locator("[data-banner]")).to_have_count(0)


def test_without_a_token_the_page_says_how_to_sign_in(page: Page, console_url: str):
    desk = Desk(page, console_url)
    page.goto(f"{desk.origin}/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator("[data-connection]")).to_have_text("Signed out")
    token = console_url.partition("token=")[2]
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    desk.expect_connection("Live")


@pytest.mark.parametrize("width", [900, 400])
def test_the_page_fits_narrow_windows(desk: Desk, page: Page, width: int):
    with_first_card(desk)
    page.set_viewport_size({"width": width, "height": 760})
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0
    if width < 900:
        page.get_by_role("button", name="Assist").click()
        expect(desk.cards().first).to_be_in_viewport()
        page.get_by_role("button", name="Conversation", exact=True).click()
    expect(desk.turns().last).to_be_in_viewport()
    expect(page.get_by_role("textbox", name="Write a reply")).to_be_in_viewport()
