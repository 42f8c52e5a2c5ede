"""Figures that need more than counting: focus, operating hours, tiles, days, ghosts (QM-06..10)."""

from __future__ import annotations

import pytest

from processors.routing import measures, rows
from processors.routing.capacity import Load, ProfileLoad
from processors.routing.hours import open_between_ms
from processors.routing.measures import HOUR_MS, Measure, hour_of
from processors.routing.presence import Presence
from processors.routing.rows import Item, Representative
from processors.views import routing as views
from schemas.records.routing import (
    CloseItem,
    EndItem,
    ItemClosed,
    ItemFocused,
    ItemUnfocused,
    ReleaseItem,
    RepresentativeDisconnected,
    StartConsult,
)
from tests.rules.pools import MINUTE_MS, SECOND_MS, Told, chats, members, one_of
from tests.rules.setups import DAY_MS, setup


def serving(*names: str, **parts: object) -> Told:
    """Return a pool in which ann serves c1, and wrap-up counts."""
    told = Told(
        queues=[members(*(names or ("ann",)))], workstreams=[chats(wrap_up="always")], **parts
    )
    told.connect("ann")
    told.served("c1", "ann")
    told.connect(*[name for name in names if name != "ann"] or ["ann"])
    return told


def handle_ms(told: Told, item_id: str = "c1") -> int:
    """End and close an item at once, and return what the handle time came to."""
    told.do(EndItem, item_id, "ann", after_ms=0)
    then = told.do(CloseItem, item_id, "ann", after_ms=0)
    found: int = one_of(then, ItemClosed).handle_ms
    return found


@pytest.mark.rule("QM-06")
def test_only_time_in_focus_counts_in_service_and_in_wrap_up():
    told = serving()
    told.do(ItemFocused, "c1", "ann", after_ms=10_000)
    told.do(ItemUnfocused, "c1", "ann", after_ms=30_000)
    told.do(EndItem, "c1", "ann", after_ms=60_000)
    told.do(ItemFocused, "c1", "ann", after_ms=5_000)
    then = told.do(CloseItem, "c1", "ann", after_ms=7_000)
    assert one_of(then, ItemClosed).handle_ms == 37_000
    assert views.figures(told.measure()).handle_time_ms == 37_000
    assert told.rep("ann").focused is None


@pytest.mark.rule("QM-06")
def test_turning_to_another_item_is_turning_away_from_the_first():
    told = serving()
    told.served("c2", "ann")
    told.do(ItemFocused, "c1", "ann")
    told.do(ItemFocused, "c2", "ann", after_ms=20_000)
    told.do(ItemFocused, "c1", "ann", after_ms=3_000)
    told.do(ItemFocused, "c1", "ann", after_ms=1_000)
    told.later(4_000)
    assert handle_ms(told, "c2") == 3_000
    assert handle_ms(told, "c1") == 25_000


@pytest.mark.rule("QM-06")
def test_who_vanishes_looks_at_nothing():
    told = serving()
    told.do(ItemFocused, "c1", "ann", after_ms=0)
    told.take(RepresentativeDisconnected, representative_id="ann", after_ms=9_000)
    assert told.rep("ann").focused is None
    told.do(ItemFocused, "c1", "ann", after_ms=1_000)
    assert told.rep("ann").focused is None
    told.connect("ann")
    assert handle_ms(told) == 9_000


@pytest.mark.rule("QM-06")
def test_time_of_a_consultation_counts_for_nobody_who_is_asked():
    told = serving("ann", "bob")
    told.do(StartConsult, "c1", "ann", consulted_id="bob")
    told.do(ItemFocused, "c1", "ann", after_ms=0)
    told.do(ItemFocused, "c1", "bob", after_ms=0)
    told.do(ItemUnfocused, "c1", "ann", after_ms=4_000)
    told.later(50_000)
    assert handle_ms(told) == 4_000
    assert told.measure().handled == 1


@pytest.mark.rule("QM-06")
def test_where_no_desk_says_anything_all_the_time_counts_session_by_session():
    told = serving()
    told.later(9_000)  # and a second in serving()
    told.do(ReleaseItem, "c1", "ann", after_ms=0)
    told.accept("c1", after_ms=0)
    told.do(ItemFocused, "c1", "ann", after_ms=20_000)
    told.do(ItemUnfocused, "c1", "ann", after_ms=3_000)
    assert told.measure().handle_ms == 10_000
    assert handle_ms(told) == 13_000
    assert views.figures(told.measure()).handle_time_ms == 13_000 // 2


def test_looking_at_what_is_not_theirs_changes_nothing_but_looking_away():
    told = serving("ann", "bob")
    told.do(ItemFocused, "c1", "ann", after_ms=0)
    assert not told.do(ItemFocused, "nothing", "bob").events
    told.do(ItemFocused, "nothing", "ann", after_ms=5_000)
    told.later(60_000)
    assert handle_ms(told) == 6_000


NINE_TO_FIVE = {
    "id": "office",
    "time_zone": "UTC",
    "shifts": [{"opens": "09:00", "closes": "17:00"}],
}


@pytest.mark.rule("QM-08")
@pytest.mark.parametrize(
    ("from_h", "until_h", "open_h"),
    [(10, 11, 1), (8, 10, 1), (16, 18, 1), (16, 34, 2), (18, 32, 0), (0, 48, 16), (9, 9, 0)],
)
def test_time_within_operating_hours_is_counted(from_h: int, until_h: int, open_h: int):
    hours = setup(hours=[NINE_TO_FIVE]).hours["office"]
    assert open_between_ms(hours, from_h * HOUR_MS, until_h * HOUR_MS) == open_h * HOUR_MS
    assert (
        open_between_ms(None, from_h * HOUR_MS, until_h * HOUR_MS) == (until_h - from_h) * HOUR_MS
    )


@pytest.mark.rule("QM-08")
def test_responses_are_measured_in_the_queues_operating_hours():
    told = Told(
        queues=[members("ann", hours="office")],
        hours=[NINE_TO_FIVE],
        workstreams=[chats(is_synchronous=False)],
    )
    told.connect("ann")
    until_five_ms = 17 * HOUR_MS - told.now_ms % DAY_MS
    told.arrive("c1", after_ms=until_five_ms - 20 * SECOND_MS)
    told.accept("c1", after_ms=0)
    # 20 seconds before five, then the night, then 15 seconds after nine.
    told.activity("c1", "representative_wrote", "ann", after_ms=16 * HOUR_MS + 35 * SECOND_MS)
    assert views.figures(told.measure()).first_response_ms == 35_000
    told.activity("c1", "customer_wrote", after_ms=8 * HOUR_MS)
    told.activity("c1", "representative_wrote", "ann", after_ms=16 * HOUR_MS + MINUTE_MS)
    found = views.figures(told.measure())
    assert found.response_ms == 60_000 + 15_000
    assert found.response_level == 0.0


def someone(
    name: str, base: str, since_ms: int, load: Load, lost: int | None = None
) -> Representative:
    """Return the row of somebody with one item."""
    presence = Presence(base, base, "by_hand", since_ms, lost)  # type: ignore[arg-type]
    return Representative(name, presence=presence, load=load, items=("c1",))


@pytest.mark.rule("QM-09")
def test_tiles_show_presence_its_duration_and_capacity_in_units_and_profiles():
    chat = ProfileLoad("chat", 3, 1)
    ann = someone("ann", "busy", 1_000, Load(10, 4, (chat,)))
    bob = someone("bob", "away", 2_000, Load(5, 7, (ProfileLoad("chat", 2, 2),)))
    cay = someone("cay", "available", 0, Load(8, 0, (chat,)), lost=9_000)
    dan = Representative("dan")
    assert views.tile(ann, 61_000) == views.Tile(
        representative_id="ann",
        presence="busy",
        present_ms=60_000,
        is_signed_in=True,
        units_total=10,
        units_used=4,
        units_free=6,
        profiles={"chat": (3, 1, 2)},
        items=1,
    )
    lost = views.tile(cay, 10_000)
    assert (lost.presence, lost.present_ms, lost.is_signed_in) == ("offline", 1_000, False)
    found = views.staff([ann, bob, cay, dan], 61_000, total=7)
    assert (found.total, found.signed_in) == (7, 2)
    assert found.presences == {"away": 1, "busy": 1}
    assert (found.units_total, found.units_used, found.units_free) == (15, 11, 6)
    assert found.profiles == {"chat": (5, 3, 2)}


THREE_AM_MS = 20_000 * DAY_MS + 3 * HOUR_MS + 25 * MINUTE_MS


@pytest.mark.rule("QM-10")
def test_today_begins_at_midnight_of_the_zone():
    now = hour_of(THREE_AM_MS)
    assert list(views.today(THREE_AM_MS)) == [now - 3, now - 2, now - 1, now]
    assert list(views.today(THREE_AM_MS, 120)) == list(range(now - 5, now + 1))
    # In New York it is still the evening before.
    assert list(views.today(THREE_AM_MS, -300)) == list(range(now - 22, now + 1))
    # In India midnight was at 18:30 UTC: the hour from 18:00 on counts.
    assert list(views.today(THREE_AM_MS, 330)) == list(range(now - 9, now + 1))


@pytest.mark.rule("QM-10")
def test_the_last_day_is_twenty_four_hours_with_the_present_one():
    now = hour_of(THREE_AM_MS)
    hours = views.last_day(THREE_AM_MS)
    assert (hours[0], hours[-1], len(hours)) == (now - 23, now, 24)
    assert hours[0] * HOUR_MS >= THREE_AM_MS - DAY_MS
    rows_of = [
        (now - 24, Measure(entered=1)),
        (now - 23, Measure(entered=2)),
        (now, Measure(entered=4)),
    ]
    assert views.over(rows_of, hours).entered == 6
    assert views.over(rows_of, views.today(THREE_AM_MS)).entered == 4


@pytest.mark.rule("QM-10")
def test_open_items_of_the_last_three_days_are_listed_too():
    today = views.today(THREE_AM_MS)

    def item(age_ms: int, state: rows.ItemState) -> Item:
        return Item("c1", 1, "messaging", state=state, arrived_at_ms=THREE_AM_MS - age_ms)

    assert views.is_listed(item(HOUR_MS, "closed"), today, THREE_AM_MS)
    assert views.is_listed(item(3 * DAY_MS, "active"), today, THREE_AM_MS)
    assert not views.is_listed(item(3 * DAY_MS + 1, "active"), today, THREE_AM_MS)
    assert not views.is_listed(item(DAY_MS, "closed"), today, THREE_AM_MS)


@pytest.mark.rule("QM-10")
def test_a_ghost_was_served_and_its_customer_never_did_anything():
    told = serving()
    handle_ms(told)
    assert views.figures(told.measure()).ghosts == 1
    told.served("c2", "ann")
    told.activity("c2", "customer_wrote")
    handle_ms(told, "c2")
    told.arrive("c3")
    told.activity("c3", "customer_wrote")
    told.accept("c3")
    handle_ms(told, "c3")
    # Talked to a bot before.
    told.served("c4", "ann", bot_id="helper", turns=3)
    handle_ms(told, "c4")
    # Nobody ever had it.
    told.sign_out("ann")
    told.arrive("c5")
    told.activity("c5", "customer_left")
    assert views.figures(told.measure()).ghosts == 1


def test_the_position_is_told_where_an_item_is_among_the_first():
    told = Told()
    for number in range(5):
        told.arrive(f"c{number}")
    keys = told.table(rows.WAITING)
    items = [told.item(f"c{number}") for number in range(5)]
    assert [views.position_in(keys, one) for one in items] == [1, 2, 3, 4, 5]
    assert views.position_in(keys[:3], items[3]) is None
    told.connect("ann")
    assert views.position_in(keys, told.item("c0")) is None
    assert [views.position_in(told.table(rows.WAITING), one) for one in items[2:]] == [1, 2, 3]
    assert measures.total([]) == measures.NOTHING_YET
