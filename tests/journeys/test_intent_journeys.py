"""From past conversations to a library in force and the next conversation, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.desk import PATIENCE_MS
from tests.journeys.intent_views import MINED_S_MAX, PAPER_ARTICLE, Library, Wanted

pytestmark = [pytest.mark.browser, pytest.mark.kafka]


@pytest.fixture
def library(page: Page, console_url: str) -> Library:
    """The page of intents, open and live."""
    opened = Library(page, console_url)
    opened.open()
    return opened


@pytest.mark.rule("CI-01")
@pytest.mark.rule("CI-02")
def test_history_is_mined_reviewed_published_and_the_next_conversation_shows_the_intent(
    library: Library,
):
    page = library.page
    library.bring_history()
    if not library.runs():
        mine_for_the_first_time(library)
    library.have_mined()

    library.show()
    expect(library.rows().first).to_be_visible()
    before = library.head()["published"]
    if before is None:
        publish_with_nothing_approved(library)
    refund = library.about("refund")
    name = rename(library, refund["intent_id"], f"Money back {len(library.versions()) + 1}")
    review(library)

    library.publish("first review")
    expect(page.locator("[data-publication]")).to_contain_text("in force")
    library.go("Versions")
    version = library.head()["published"]["version"]
    line = page.locator(f'[data-versions] tr[data-version="{version}"]')
    expect(line).to_contain_text("In force")
    expect(line).to_contain_text("first review")

    question_is_taken_by_tab_and_answered(library, name)


def mine_for_the_first_time(library: Library) -> None:
    """A fresh tenant is told what to do; whoever leaves while it mines finds it going on."""
    page = library.page
    library.show()
    expect(page.locator("[data-welcome]")).to_be_visible()
    page.get_by_role("button", name="Mine history").click()
    expect(page.locator("cs-mining [data-run]").first).to_be_visible()
    run_id = str(library.runs()[0]["run_id"])
    expect(page).to_have_url(re.compile(run_id))
    library.leave()
    library.come_back()
    library.go("Mining")
    page.locator(f'cs-mining [data-run="{run_id}"]').click()
    expect(page.locator("cs-cluster-map [data-bubble]").first).to_be_visible(
        timeout=MINED_S_MAX * 1_000
    )


def publish_with_nothing_approved(library: Library) -> None:
    """Nothing goes into force by mistake: the sheet warns, and the rules refuse with a sentence."""
    assert library.head()["counts"]["approved"] == 0
    library.do("publish")
    sheet = library.sheet()
    expect(sheet.locator("[data-empty]")).to_contain_text("Nothing is approved")
    sheet.locator("[data-verb=confirm-publish]").click()
    expect(sheet.locator("[data-refusal]")).to_contain_text("approve", ignore_case=True)
    library.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    assert library.head()["published"] is None


def rename(library: Library, intent_id: str, name: str) -> str:
    """A name is not taken away by mistake; another one is in the list at once."""
    detail = library.open_intent(intent_id)
    leave_with_something_unsaved(library, detail)
    detail.locator("[data-verb=rename]").click()
    field = detail.get_by_label("Name", exact=True)
    expect(field).to_be_focused()
    expect(detail.locator("#accuracy")).to_be_visible()
    field.fill("  ")
    field.press("Enter")
    expect(detail.get_by_role("alert")).to_have_text("An intent needs a name.")
    field.fill(name)
    field.press("Enter")
    expect(detail.locator("#title")).to_have_text(name)
    expect(library.intent_row(intent_id)).to_contain_text(name)
    return name


def leave_with_something_unsaved(library: Library, detail: Locator) -> None:
    """What was typed is still there, too long or not, until it is saved or taken back."""
    field = detail.locator("[data-field=instructions]")
    before = field.input_value()
    field.fill("x" * 2_001)
    expect(detail.locator("[data-left]")).to_have_text("1 character too many")
    expect(detail.locator("[data-verb=save-about]")).to_be_disabled()
    library.go("Versions")
    library.page.go_back()
    expect(field).to_have_value("x" * 2_001)
    detail.get_by_role("button", name="Revert").click()
    expect(field).to_have_value(before)


def review(library: Library) -> None:
    """Approve everything, use one in bots, discard it against a warning, and take it back."""
    page = library.page
    page.get_by_label("Choose every intent shown").check()
    library.do("approve")
    pending = page.locator("cs-intent-list [data-status=pending]")
    expect(pending).to_contain_text("0", timeout=PATIENCE_MS)
    last = library.intents()[-1]["intent_id"]
    row = library.intent_row(last)
    row.get_by_role("checkbox").check()
    library.do("use")
    expect(row).to_contain_text("bot")
    row.get_by_role("checkbox").check()
    library.do("discard")
    sheet = library.sheet()
    expect(sheet).to_contain_text("Bots use")
    sheet.get_by_role("button", name="Keep").click()
    expect(row).to_contain_text("Approved")
    library.do("discard")
    library.sheet().locator("[data-verb=confirm]").click()
    expect(row).to_contain_text("Discarded")
    row.get_by_role("checkbox").check()
    library.do("approve")
    expect(row).to_contain_text("Approved")
    merge_with_itself(library, last)


def merge_with_itself(library: Library, intent_id: str) -> None:
    """An intent is not among those it can go into."""
    row = library.intent_row(intent_id)
    row.get_by_role("checkbox").check()
    library.do("merge")
    sheet = library.sheet()
    expect(sheet.locator("[data-verb=confirm-merge]")).to_be_disabled()
    names = sheet.locator("input[name=into]").evaluate_all("items => items.map(item => item.value)")
    assert intent_id not in names
    assert names
    library.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    row.get_by_role("checkbox").uncheck()


def question_is_taken_by_tab_and_answered(library: Library, name: str) -> None:
    """The next conversation shows the intent; its question goes into the box by Tab."""
    page = library.page
    conversation_id = library.served_conversation("Rita Vance")
    page.goto(f"{library.origin}/#/c/{conversation_id}")
    wanted = Wanted(page)
    library.say(conversation_id, "I want to return the lantern and get a refund please")
    expect(wanted.name()).to_have_text(name)
    expect(library.row(conversation_id).locator("[data-intent-name]")).to_have_text(name)

    expect(wanted.box).to_have_attribute("data-ghost", re.compile(r"\S"))
    question = wanted.ghost()
    expect(wanted.missing().first).to_contain_text(question)
    attribute_id = wanted.missing().first.get_attribute("data-attribute") or ""
    wanted.box.press("Tab")
    expect(wanted.box).to_have_value(question)
    expect(wanted.box).to_be_focused()
    wanted.box.press("Enter")
    expect(library.turns().last).to_have_text(question)

    library.say(conversation_id, "the order number is 48213 and I bought it on 3 March")
    known = wanted.attribute(attribute_id)
    expect(known).to_have_attribute("data-known", "yes")
    expect(wanted.box).not_to_have_attribute("data-ghost", question)

    wanted.pane.locator("[data-verb=dismiss-intent]").click()
    expect(wanted.name().filter(has_text=name)).to_have_count(0)
    expect(known).to_have_count(0)
    library.say(conversation_id, "so can I have my money back for the lantern?")
    expect(library.turns().last).to_contain_text("so can I have my money back")
    expect(wanted.name().filter(has_text=name)).to_have_count(0)


@pytest.fixture
def mined(library: Library) -> str:
    """The newest mining of the shop's past."""
    return library.have_mined()


@pytest.fixture
def wanted(library: Library) -> Wanted:
    """The pane of the desk, with everything that was mined in force."""
    library.have_mined()
    library.have_paper_work()
    return Wanted(library.page)


def talk_of(library: Library, wanted: Wanted, *words: str) -> tuple[str, str]:
    """Let a customer say something of an intent; return the conversation and the intent's name."""
    found = library.about(*words)
    conversation_id = library.served_conversation("Noor Haddad")
    library.page.goto(f"{library.origin}/#/c/{conversation_id}")
    library.say(conversation_id, found["examples"][0]["text"])
    expect(wanted.name()).to_have_text(found["name"], timeout=PATIENCE_MS)
    return conversation_id, str(found["name"])


def test_the_slider_cuts_the_tree_by_the_keyboard_and_the_map_follows(library: Library, mined: str):
    page = library.page
    library.show("mining", mined)
    slider = library.slider()
    slider.focus()
    medium = library.clusters()
    bubbles = page.locator("cs-cluster-map [data-bubble]").count()
    assert 1 < medium <= bubbles
    page.keyboard.press("Home")
    assert library.clusters() == 1
    expect(page.locator("cs-mined [data-cluster]")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    assert library.clusters() == 2
    page.keyboard.press("End")
    assert library.clusters() == bubbles
    expect(page.locator("cs-mined [data-cluster]")).to_have_count(bubbles)
    assert (slider.get_attribute("aria-valuetext") or "").startswith(f"{bubbles} intents")
    page.locator("[data-stop=medium]").click()
    assert library.clusters() == medium
    assert page.locator("cs-cluster-map [data-bubble]").count() == bubbles

    page.locator("cs-cluster-map [data-bubble][tabindex='0']").focus()
    caption = page.locator("cs-cluster-map [data-caption]")
    first = caption.inner_text()
    assert "“" in first
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        if caption.inner_text() != first:
            break
    assert caption.inner_text() != first
    expect(page.locator("cs-mined .cluster.lit")).to_have_count(1)


@pytest.mark.rule("CI-14")
def test_a_simulation_changes_nothing_and_its_result_is_exported(library: Library, mined: str):
    page = library.page
    before = library.intents()
    changes = library.head()["changes_since_publish"]
    library.show("mining", mined)
    page.locator("cs-mining").get_by_role("radio", name=re.compile("simulation")).check()
    page.locator("[data-granularity=low]").click()
    page.locator("cs-mining [data-verb=mine]").click()
    simulation = page.locator("cs-mined [data-simulation]")
    expect(simulation).to_be_visible(timeout=MINED_S_MAX * 1_000)
    run = library.runs()[0]
    assert (run["is_simulation"], run["granularity"]) == (True, "low")
    expect(page.locator("cs-mined [data-diff]")).to_contain_text("new")
    with page.expect_download() as waiting:
        page.locator("[data-verb=export]").click()
    table = waiting.value.path().read_text().splitlines()
    assert len(table) >= run["intents"] > 0
    assert library.intents() == before
    assert library.head()["changes_since_publish"] == changes


@pytest.mark.rule("CI-28")
@pytest.mark.rule("CI-29")
def test_a_question_waits_in_the_empty_box_and_one_that_is_answered_early_is_never_asked(
    library: Library, wanted: Wanted
):
    page = library.page
    conversation_id, _ = talk_of(library, wanted, "invoice")
    expect(wanted.box).to_have_attribute("data-ghost", re.compile(r"\S"))
    question = wanted.ghost()
    page.get_by_role("button", name="Note").click()
    note = page.get_by_role("textbox", name="Write a note")
    expect(note).not_to_have_attribute("data-ghost", question)
    page.get_by_role("button", name="Reply").click()
    wanted.box.press("x")
    expect(wanted.box).not_to_have_attribute("data-ghost", question)
    wanted.box.fill("")
    wanted.box.press("Escape")
    expect(wanted.box).not_to_have_attribute("data-ghost", question)
    wanted.box.press("Tab")
    expect(wanted.box).not_to_be_focused()
    expect(wanted.box).to_have_value("")

    second = wanted.missing().nth(1)
    expect(second).to_be_visible()
    text = second.locator(".question").inner_text()
    second.locator("[data-insert]").click()
    expect(wanted.box).to_have_value(text)
    wanted.box.fill("")

    mail = wanted.attribute("e_mail")
    expect(mail).to_have_attribute("data-known", "no")
    library.say(conversation_id, "noor@example.com")
    expect(mail).to_have_attribute("data-known", "yes")
    expect(mail).to_contain_text("noor@example.com")
    expect(mail.locator("[data-insert]")).to_have_count(0)
    expect(wanted.box).to_have_attribute("data-ghost", "What is the order number?")


@pytest.mark.rule("CI-10")
@pytest.mark.rule("CI-25")
@pytest.mark.rule("CI-31")
def test_a_chosen_article_alone_is_found_on_request_and_goes_into_the_box(
    library: Library, wanted: Wanted
):
    talk_of(library, wanted, "invoice")
    expect(wanted.missing().first).to_be_visible()
    expect(wanted.pane.locator("[data-response=reply]").first).to_be_visible()
    request = wanted.pane.locator("[data-verb=request-solution]")
    expect(wanted.pane.locator("[data-query]")).to_have_count(0)
    request.click()
    expect(wanted.pane.locator("[data-query]")).to_be_visible()
    expect(request).to_be_enabled()
    found = wanted.pane.locator("[data-solution]")
    expect(found).to_have_count(1)
    expect(found).to_have_attribute("data-solution", PAPER_ARTICLE)
    found.get_by_role("button").click()
    expect(wanted.box).to_have_value(re.compile(r"\S"))


@pytest.mark.rule("CI-30")
def test_when_the_customer_wants_something_else_what_was_known_stays_in_sight(
    library: Library, wanted: Wanted
):
    conversation_id, name = talk_of(library, wanted, "invoice")
    library.say(conversation_id, "noor@example.com")
    expect(wanted.pane.locator("[data-known=yes]")).to_have_count(1)
    other = library.about("open")
    library.say(conversation_id, other["examples"][0]["text"])
    expect(wanted.name()).to_have_text(other["name"])
    earlier = wanted.pane.locator("[data-earlier]")
    expect(earlier).to_contain_text(name)
    earlier.locator("summary").click()
    expect(earlier).to_contain_text("noor@example.com")


@pytest.mark.rule("CI-27")
def test_what_nobody_serves_has_no_suggestions_and_the_empty_start_says_it_is_looking(
    library: Library, wanted: Wanted
):
    page = library.page
    conversation_id = library.open_conversation("Ola Brand")
    library.say(conversation_id, "hello")
    page.goto(f"{library.origin}/#/c/{conversation_id}")
    expect(wanted.pane.locator("[data-issue=unavailable]")).to_have_text("Suggestions unavailable")
    library.accept(conversation_id)
    expect(wanted.pane.locator("[data-issue=looking]")).to_have_text("Looking for suggestions")
    assert wanted.ghost() == ""


def test_a_group_is_made_of_chosen_intents_and_an_intent_is_split_and_merged_again(
    library: Library, mined: str
):
    page = library.page
    assert mined
    library.show("groups")
    page.get_by_label("New group").click()
    form = page.locator("[data-form=group]")
    form.locator("[data-verb=save-group]").click()
    expect(form.get_by_role("alert")).to_have_text("A group needs a name.")
    form.get_by_label("Name").fill("Paper work")
    chosen = library.about("invoice")
    form.get_by_label(chosen["name"]).check()
    form.locator("[data-verb=save-group]").click()
    expect(page.locator("cs-groups [data-member]")).to_have_count(1)
    expect(page.locator("cs-groups [data-group][aria-current=true]")).to_contain_text("edited")

    library.show("library", chosen["intent_id"])
    detail = library.opened()
    examples = detail.locator("[data-example]")
    before = examples.count()
    for number in range(2):
        examples.nth(number).get_by_role("checkbox").check()
    detail.locator("[data-verb=split]").click()
    expect(detail.get_by_role("alert")).to_have_text("The new intent needs a name.")
    detail.get_by_label("Name of the new intent").fill("Second copy")
    detail.locator("[data-verb=split]").click()
    part = library.rows().filter(has_text="Second copy")
    expect(part).to_have_count(1)
    expect(examples).to_have_count(before - 2)

    part.get_by_role("checkbox").check()
    library.intent_row(chosen["intent_id"]).get_by_role("checkbox").check()
    library.do("merge")
    sheet = library.sheet()
    sheet.locator(f"input[value='{chosen['intent_id']}']").check()
    expect(sheet.locator("[data-consequences]")).to_contain_text("“Second copy”")
    sheet.locator("[data-verb=confirm-merge]").click()
    expect(part).to_have_count(0)
    expect(examples).to_have_count(before)
    detail.get_by_text("What happened to it").click()
    expect(detail.locator("[data-step]").first).to_be_visible()


def test_an_article_is_chosen_by_its_title(library: Library):
    page = library.page
    name = f"Another size {len(library.intents())}"
    library.add(name, ["i need my shirt in another size"])
    intent_id = next(row["intent_id"] for row in library.intents() if row["name"] == name)
    library.show("library", intent_id)
    detail = library.opened()
    detail.locator("summary", has_text="Solutions").click()
    box = detail.get_by_label("Title of an article")
    add = detail.locator("[data-verb=add-solution]")

    box.fill("exchange cl")
    title = "Exchange clothes for another size or colour"
    options = detail.locator("datalist option")
    expect(options).to_have_count(1)
    expect(options).to_have_attribute("value", title)
    box.fill(title)
    add.click()
    chosen = detail.locator('[data-solution="KB-105"]')
    expect(chosen).to_contain_text(title)

    box.fill("no such thing at all")
    add.click()
    expect(detail.get_by_role("alert")).to_contain_text("No article is called")
    page.reload()
    expect(library.opened().locator('[data-solution="KB-105"]')).to_contain_text(title)
    library.review([intent_id], "discarded")
