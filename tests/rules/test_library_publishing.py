"""Publishing: what is frozen, what comes into force, what a publish would change."""

from __future__ import annotations

import msgspec
import pytest

from processors.intents.library import LibraryContent
from processors.library import content as contents
from processors.testing import event
from processors.views import library as views
from processors.views.library import publication_key
from schemas.records import library as records
from tests.rules.libraries import ORDER, REFUND, Shelf, mined


@pytest.fixture
def shelf() -> Shelf:
    """Return a library with two approved intents."""
    made = Shelf()
    made.add("order", *ORDER)
    made.add("refund", *REFUND)
    return made


def frozen(shelf: Shelf, version: int) -> LibraryContent:
    """Return what was frozen."""
    row = shelf.row(views.PUBLICATION, publication_key(version))
    return msgspec.json.decode(row.content, type=LibraryContent)


def changed(shelf: Shelf) -> list[str]:
    """Return what a publish would change."""
    own = shelf.row(views.LIBRARY)
    content = contents.frozen(
        shelf.every(views.INTENT), shelf.every(views.GROUP), shelf.every(views.LINE), own.settings
    )
    published = shelf.row(views.PUBLICATION, publication_key(own.published_version))
    return contents.changed_parts(published.parts if published else (), contents.parts(content))


@pytest.mark.rule("CI-16")
def test_only_approved_intents_and_groups_are_frozen(shelf: Shelf):
    shelf.add("hours", status="pending")
    shelf.add("spam", status="discarded")
    shelf.add("parcel", "my parcel is late")
    shelf.ask(records.MergeIntents, into="order", intent_ids=["parcel"])
    shelf.ask(records.SaveGroup, name="Waits", intent_ids=["refund"])
    shelf.ask(records.SaveGroup, name="Shipping", status="approved", intent_ids=["order"])
    shelf.ask(records.UseInBots, intent_ids=["order"], is_used=True)
    shelf.publish()
    content = frozen(shelf, 1)
    assert [one.intent_id for one in content.intents] == ["order", "refund"]
    (group,) = content.groups
    assert [one.group_id for one in content.intents] == [group.group_id, None]
    assert [one.is_used_by_bots for one in content.intents] == [True, False]
    assert len(content.intents[0].examples) == len(ORDER) + 1
    assert content.model == b""


def test_settings_and_lines_of_business_are_frozen_too(shelf: Shelf):
    shelf.ask(
        records.ChangeLibrarySettings, rejected_share=0.1, group_margin=0.2, instructions="Be kind."
    )
    shelf.ask(records.SaveLineOfBusiness, name="Retail", workstreams='["chat"]')
    shelf.publish()
    content = frozen(shelf, 1)
    assert (content.detection.rejected_share, content.detection.group_margin) == (0.1, 0.2)
    assert content.instructions == "Be kind."
    assert [one.workstreams for one in content.lines_of_business] == [("chat",)]


def test_a_version_is_due_until_it_was_trained_and_then_in_force(shelf: Shelf):
    shelf.publish(note="first").then(event(records.PublicationDue, version=1, intents=2))
    row = shelf.row(views.PUBLICATION, publication_key(1))
    assert (row.state, row.by, row.note) == ("due", "ann", "first")
    assert shelf.row(views.LIBRARY).published_version == 0
    shelf.train(1, "d-1").then(
        event(
            records.LibraryPublished,
            version=1,
            digest="d-1",
            content_digest=row.content_digest,
            intents=2,
            note="first",
            actor_id="ann",
        )
    )
    row = shelf.row(views.PUBLICATION, publication_key(1))
    assert (row.state, row.digest, row.content) == ("done", "d-1", "")
    assert shelf.row(views.LIBRARY).published_version == 1
    shelf.train(1, "d-1").nothing()


def test_publishing_with_nothing_approved_is_refused():
    shelf = Shelf()
    shelf.add("order", status="pending")
    shelf.publish().refused("library.nothing_approved", "approve")


def test_publishing_intents_without_any_example_is_refused():
    shelf = Shelf()
    shelf.ask(records.AddIntent, intent_id="bare", name="bare")
    shelf.ask(records.ReviewIntents, intent_ids=["bare"], status="approved")
    shelf.publish().refused("library.no_examples")


def test_publishing_the_same_again_says_so(shelf: Shelf):
    shelf.publish()
    shelf.train(1)
    shelf.publish().refused("library.already_published", "version 1", "exactly this content")
    shelf.ask(records.RenameIntent, intent_id="order", name="Parcels")
    shelf.publish().then(event(records.PublicationDue, version=2))


def test_one_version_is_trained_at_a_time(shelf: Shelf):
    shelf.publish()
    shelf.publish().refused("library.publishing", "version 1")


def test_a_version_that_failed_leaves_what_was_in_force(shelf: Shelf):
    shelf.publish()
    shelf.train(1)
    shelf.ask(records.RenameIntent, intent_id="order", name="Parcels")
    shelf.publish()
    failed = {"version": 2, "because": "too few examples"}
    shelf.tell(records.PublicationFailed, **failed).then(
        event(records.PublicationEnded, version=2, because="too few examples")
    )
    shelf.tell(records.PublicationFailed, **failed).nothing()
    assert shelf.row(views.LIBRARY).published_version == 1
    shelf.train(2).refused("library.version_over", "failed")
    shelf.publish().then(event(records.PublicationDue, version=3))


@pytest.mark.parametrize("record", [records.LibraryTrained, records.PublicationFailed])
def test_news_of_a_version_nobody_froze_are_refused(shelf: Shelf, record: type):
    fields = {"digest": "d"} if record is records.LibraryTrained else {"because": "x"}
    shelf.tell(record, version=7, **fields).refused("library.unknown_version", "7")


def test_what_a_publish_would_change_is_known_by_name(shelf: Shelf):
    assert changed(shelf) == ["intent/order", "intent/refund", "settings"]
    shelf.publish()
    shelf.train(1)
    assert changed(shelf) == []
    shelf.add("hours", status="pending")
    assert changed(shelf) == []
    shelf.ask(records.ChangeExamples, intent_id="order", add=["where is it"])
    shelf.ask(records.ReviewIntents, intent_ids=["refund"], status="discarded")
    shelf.ask(records.ReviewIntents, intent_ids=["hours"], status="approved")
    shelf.ask(records.ChangeLibrarySettings, shift_margin=0.3)
    assert changed(shelf) == ["intent/hours", "intent/order", "intent/refund", "settings"]


def test_counts_of_a_new_mining_are_no_change_to_what_is_published(shelf: Shelf):
    shelf.publish()
    shelf.train(1)
    shelf.mine(mined("order", ORDER, change="known", conversations=500))
    assert shelf.intent("order").conversations == 500
    assert changed(shelf) == []


def test_equal_content_has_equal_bytes_whatever_the_way_to_it(shelf: Shelf):
    other = Shelf()
    other.add("refund", *REFUND)
    other.add("order", *ORDER)
    other.ask(records.RenameIntent, intent_id="order", name="x")
    other.ask(records.RenameIntent, intent_id="order", name="order")
    digests = set()
    for one in (shelf, other):
        one.publish()
        digests.add(one.row(views.PUBLICATION, publication_key(1)).content_digest)
    assert len(digests) == 1


def test_a_mining_is_anchored_on_every_intent_but_merged_ones(shelf: Shelf):
    shelf.add("hours", status="pending")
    shelf.add("spam", status="discarded")
    shelf.ask(records.MergeIntents, into="order", intent_ids=["refund"])
    anchors = contents.anchors(shelf.every(views.INTENT))
    assert [one.intent_id for one in anchors.intents] == ["hours", "order", "spam"]
