"""Overflow before and in a queue, and the waits customers are told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from processors.errors import InvalidReferenceError
from processors.routing.classify import Routed, route
from processors.routing.overflow import (
    AVERAGE_EVERY_MS,
    BATCH_ITEMS_MAX,
    Due,
    WaitAverage,
    answered,
    as_of,
    expected_wait_ms,
    in_batches,
    next_rule,
    position_every_ms,
    shown_wait_ms,
    wait_notice,
)
from processors.routing.setup import Action, PreOverflow, Setup
from tests.rules.setups import DAY_MS, MINUTE_MS, load, queue, routed_by, setup

HOURS = [
    {"id": "early", "time_zone": "UTC", "shifts": [{"opens": "06:00", "closes": "12:00"}]},
    {"id": "late", "time_zone": "UTC", "shifts": [{"opens": "10:00", "closes": "18:00"}]},
]
DO_OF = {
    "voice": {"assign_anyway", "callback", "end", "queue", "external_number", "voicemail"},
    "messaging": {"end", "queue", "assign_anyway"},
    "record": {"assign_anyway", "queue"},
}
IN_DO_OF = {
    "voice": {"callback", "queue", "external_number", "voicemail"},
    "messaging": {"end", "queue"},
    "record": {"queue"},
}
EVERY_DO = sorted(DO_OF["voice"])


def at(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(datetime(2026, 6, 3, int(hour), int(minute), tzinfo=UTC).timestamp() * 1_000)


def action(do: str) -> dict:
    more = {"queue": {"queue": "other"}, "external_number": {"number": "18005550100"}}
    return {"do": do, **more.get(do, {})}


def before(when: str, do: str = "queue", **given) -> dict:
    return {"when": when, "action": action(do), **given}


def made(*rules: dict, kind: str = "messaging", waiting=(), **given) -> Setup:
    """Return a setup whose workstream leads to the queue `one`, which overflows by `rules`."""
    overflow = {"before": list(rules), "waiting": list(waiting)}
    return setup(
        hours=HOURS,
        queues=[queue("one", kind, overflow=overflow, **given), queue("other", kind)],
        workstreams=[routed_by({"queue": "one"}, kind=kind)],
    )


def sent(made_: Setup, clock: str = "09:00", busy=None, **given) -> Routed:
    return route(
        made_, made_.workstreams["work"], {"item_id": "c-1"}, busy or load(), at(clock), **given
    )


def refused(*rules: dict, **given) -> InvalidReferenceError:
    with pytest.raises(InvalidReferenceError) as caught:
        made(*rules, **given)
    return caught.value


# Before a queue


@pytest.mark.rule("UR-42")
def test_with_a_limit_of_two_the_third_arrival_overflows():
    limited = made(before("waiting_items", limit=2))
    assert [sent(limited, busy=load(one=n)).overflow is not None for n in (0, 1, 2, 3)] == [
        False,
        False,
        True,
        True,
    ]
    assert sent(limited, busy=load(one=2)).queue_id == "other"


@pytest.mark.rule("UR-42")
def test_a_call_overflows_when_the_expected_wait_exceeds_the_limit():
    slow = made(before("average_wait", "callback", exceeds_ms=10 * MINUTE_MS), kind="voice")
    assert sent(slow, busy=load(one=(9, 10 * MINUTE_MS))).overflow is None
    routed = sent(slow, busy=load(one=(9, 15 * MINUTE_MS)))
    assert routed.overflow == Action("callback")
    assert (routed.queue_id, routed.condition) == ("one", "average_wait")
    # Too few were answered to tell a wait: then there is none to exceed.
    assert sent(slow, busy=load(one=9)).overflow is None


@pytest.mark.rule("UR-42")
@pytest.mark.parametrize(
    ("kind", "conditions"),
    [
        ("voice", {"out_of_hours", "waiting_items", "average_wait"}),
        ("messaging", {"out_of_hours", "waiting_items"}),
        ("record", {"out_of_hours"}),
    ],
)
def test_every_kind_knows_its_conditions_and_no_other(kind, conditions):
    limits = {"waiting_items": {"limit": 5}, "average_wait": {"exceeds_ms": 30_000}}
    for when in ("out_of_hours", "waiting_items", "average_wait"):
        rule = before(when, **limits.get(when, {}))
        if when in conditions:
            rules = made(rule, kind=kind, hours="early").queues["one"].pre_overflow
            assert when in {one.when for one in rules}
        else:
            error = refused(rule, kind=kind, hours="early")
            assert error.field == "queues[0].overflow.before[0].when"


@pytest.mark.rule("UR-42")
@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("waiting_items", {"limit": (1, 100)}, {"limit": (0, 101)}),
        (
            "average_wait",
            {"exceeds_ms": (30_000, 60 * MINUTE_MS)},
            {"exceeds_ms": (29_999, 60 * MINUTE_MS + 1)},
        ),
    ],
)
def test_limits_lie_between_their_numbers(name, good, bad):
    for field, values in good.items():
        for value in values:
            made(before(name, **{field: value}), kind="voice")
    for field, values in bad.items():
        for value in values:
            error = refused(before(name, **{field: value}), kind="voice")
            assert error.field == f"queues[0].overflow.before[0].{field}"


@pytest.mark.rule("UR-42")
def test_of_several_conditions_the_hours_count_first_and_then_the_listed_order():
    rules = (
        before("average_wait", "callback", exceeds_ms=MINUTE_MS),
        before("waiting_items", "end", limit=1),
        before("out_of_hours", "voicemail"),
    )
    held = made(*rules, kind="voice", hours="early")
    busy = load(one=(5, 2 * MINUTE_MS))
    assert sent(held, "13:00", busy).overflow == Action("voicemail")
    assert sent(held, "09:00", busy).overflow == Action("callback")
    turned = made(*rules[::-1], kind="voice", hours="early")
    assert sent(turned, "13:00", busy).overflow == Action("voicemail")
    assert sent(turned, "09:00", busy).overflow == Action("end")


@pytest.mark.rule("UR-43")
@pytest.mark.parametrize("kind", ["voice", "messaging", "record"])
@pytest.mark.parametrize("do", EVERY_DO)
def test_every_kind_knows_its_pre_queue_actions_and_no_other(kind, do):
    rule = before("out_of_hours", do)
    if do in DO_OF[kind]:
        found = made(rule, kind=kind, hours="early").queues["one"].pre_overflow
        assert [(one.when, one.action.do) for one in found] == [("out_of_hours", do)]
    else:
        error = refused(rule, kind=kind, hours="early")
        assert error.field == "queues[0].overflow.before[0].action.do"


@pytest.mark.rule("UR-43")
def test_a_call_is_assigned_anyway_out_of_hours_only():
    error = refused(before("waiting_items", "assign_anyway", limit=5), kind="voice")
    assert error.field == "queues[0].overflow.before[0].action.do"
    made(before("waiting_items", "assign_anyway", limit=5), kind="messaging")


@pytest.mark.rule("UR-43")
def test_a_queue_with_hours_takes_items_anyway_unless_it_says_otherwise():
    silent = made(before("waiting_items", limit=2), hours="early")
    assert silent.queues["one"].pre_overflow == (
        PreOverflow("out_of_hours", Action("assign_anyway")),
        PreOverflow("waiting_items", Action("queue", queue="other"), limit=2),
    )
    routed = sent(silent, "13:00")
    assert routed.overflow == Action("assign_anyway")
    assert routed.queue_id == "one"
    assert sent(silent, "09:00").overflow is None
    assert made().queues["one"].pre_overflow == ()


@pytest.mark.rule("UR-41")
def test_an_item_whose_overflow_was_looked_at_before_is_not_looked_at_again():
    limited = made(before("waiting_items", limit=1))
    assert sent(limited, busy=load(one=5)).overflow is not None
    again = sent(limited, busy=load(one=5), checks_overflow=False)
    assert (again.queue_id, again.overflow) == ("one", None)


@pytest.mark.rule("UR-41")
def test_the_queue_an_item_overflows_into_is_not_looked_at():
    rule = before("waiting_items", limit=1)
    full = {"before": [{"when": "waiting_items", "limit": 1, "action": {"do": "end"}}]}
    both = setup(
        queues=[queue("one", overflow={"before": [rule]}), queue("other", overflow=full)],
        workstreams=[routed_by({"queue": "one"})],
    )
    routed = sent(both, busy=load(one=9, other=9))
    assert (routed.queue_id, routed.overflowed_queue) == ("other", "one")


def two(first: str | None, second: str | None) -> Setup:
    """Return two matching queues with hours, both limited to one item."""
    return setup(
        hours=HOURS,
        queues=[
            queue(
                "one",
                hours=first,
                overflow={"before": [before("waiting_items", "end", limit=1)]},
            ),
            queue("two", hours=second, overflow={"before": [before("waiting_items", limit=1)]}),
            queue("other"),
        ],
        workstreams=[routed_by({"queue": "one"}, {"queue": "two"})],
    )


@pytest.mark.rule("UR-06")
def test_when_all_overflow_an_open_queue_gets_the_item_and_its_action_runs():
    closed_first = two("late", "early")
    routed = sent(closed_first, "09:00", load(one=1, two=1))
    assert routed.outcome == "overflowing"
    assert (routed.overflowed_queue, routed.overflow) == ("two", Action("queue", queue="other"))
    assert routed.queue_id == "other"
    assert [one.is_open for one in routed.candidates] == [False, True]
    both_open = sent(closed_first, "11:00", load(one=1, two=1))
    assert (both_open.overflowed_queue, both_open.overflow) == ("one", Action("end"))


@pytest.mark.rule("UR-06")
def test_when_all_overflow_and_none_is_open_the_one_that_opens_first_gets_it():
    for first, second in (("late", "early"), ("early", "late")):
        held = two(first, second)
        # At 20:00 the early one opens first (at 06:00); both take items anyway out of hours.
        routed = sent(held, "20:00")
        assert routed.overflow == Action("assign_anyway")
        assert routed.queue_id == ("two" if second == "early" else "one")
        assert "opens first" in routed.why


@pytest.mark.rule("UR-45")
def test_the_overflow_of_a_rule_overrides_the_queues_own():
    own = {"before": [{"when": "waiting_items", "limit": 1, "action": {"do": "end"}}]}
    lenient = [{"when": "waiting_items", "limit": 5, "action": {"do": "assign_anyway"}}]
    held = setup(
        queues=[queue("one", overflow=own)],
        workstreams=[
            routed_by(
                {
                    "queue": "one",
                    "overflow": lenient,
                    "when": {"field": "tier", "is": "equals", "value": "gold"},
                },
                {"queue": "one"},
            )
        ],
    )

    def overflow_of(tier: str, waiting: int) -> tuple[Action | None, ...]:
        facts = {"item_id": "c-1", "tier": tier}
        routed = route(held, held.workstreams["work"], facts, load(one=waiting), at("09:00"))
        return tuple(one.overflow for one in routed.candidates)

    assert overflow_of("silver", 3) == (Action("end"),)
    assert overflow_of("gold", 3) == (None, Action("end"))
    assert overflow_of("gold", 5) == (Action("assign_anyway"), Action("end"))
    never = {"queue": "one", "overflow": []}
    free = setup(queues=[queue("one", overflow=own)], workstreams=[routed_by(never)])
    assert sent(free, busy=load(one=9)).overflow is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (before("out_of_hours"), "when"),
        ({"when": "waiting_items", "action": {"do": "end"}}, "limit"),
        ({"when": "waiting_items", "limit": 5, "action": {"do": "queue"}}, "action.queue"),
        (
            {"when": "waiting_items", "limit": 5, "action": {"do": "queue", "queue": "one"}},
            "action.queue",
        ),
        (
            {"when": "waiting_items", "limit": 5, "action": {"do": "queue", "queue": "calls"}},
            "action.queue",
        ),
        (
            {"when": "waiting_items", "limit": 5, "action": {"do": "end", "queue": "other"}},
            "action.queue",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_its_field(wrong, field):
    with pytest.raises(InvalidReferenceError) as caught:
        setup(
            queues=[
                queue("one", overflow={"before": [wrong]}),
                queue("other"),
                queue("calls", "voice"),
            ]
        )
    assert caught.value.field == f"queues[0].overflow.before[0].{field}"


def test_a_number_with_a_plus_is_refused():
    rule = {"when": "waiting_items", "limit": 5}
    wrong = rule | {"action": {"do": "external_number", "number": "+18005550100"}}
    error = refused(wrong, kind="voice")
    assert error.field == "queues[0].overflow.before[0].action.number"
    assert "plus" in error.because


# In a queue


@pytest.mark.rule("UR-44")
@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("voice", MINUTE_MS, 60 * MINUTE_MS),
        ("messaging", MINUTE_MS, 2 * DAY_MS),
        ("record", 3 * MINUTE_MS, 2 * DAY_MS),
    ],
)
def test_every_kind_has_a_shortest_and_a_longest_wait(kind, low, high):
    for exceeds_ms in (low, high):
        rule = {"exceeds_ms": exceeds_ms, "action": action("queue")}
        assert made(kind=kind, waiting=[rule]).queues["one"].in_overflow[0].exceeds_ms == exceeds_ms
    for exceeds_ms in (low - 1, high + 1):
        error = refused(kind=kind, waiting=[{"exceeds_ms": exceeds_ms, "action": action("queue")}])
        assert error.field == "queues[0].overflow.waiting[0].exceeds_ms"


@pytest.mark.rule("UR-44")
@pytest.mark.parametrize("kind", ["voice", "messaging", "record"])
@pytest.mark.parametrize("do", EVERY_DO)
def test_every_kind_knows_its_in_queue_actions_and_no_other(kind, do):
    rule = {"exceeds_ms": 10 * MINUTE_MS, "action": action(do)}
    if do in IN_DO_OF[kind]:
        assert made(kind=kind, waiting=[rule]).queues["one"].in_overflow[0].action.do == do
    else:
        error = refused(kind=kind, waiting=[rule])
        assert error.field == "queues[0].overflow.waiting[0].action.do"


@pytest.mark.rule("UR-44")
def test_rules_come_due_from_the_shortest_wait_to_the_longest():
    waiting = [
        {"exceeds_ms": 9 * MINUTE_MS, "action": action("end")},
        {"exceeds_ms": 2 * MINUTE_MS, "action": action("queue")},
    ]
    one = made(waiting=waiting).queues["one"]
    first = next_rule(one, -1, was_moved=False)
    assert first is not None
    assert (first.exceeds_ms, first.action.do) == (2 * MINUTE_MS, "queue")
    second = next_rule(one, first.exceeds_ms, was_moved=False)
    assert second is not None
    assert (second.exceeds_ms, second.action.do) == (9 * MINUTE_MS, "end")
    assert next_rule(one, second.exceeds_ms, was_moved=False) is None


@pytest.mark.rule("UR-44")
def test_a_call_that_was_moved_knows_other_queues_and_outside_numbers_only():
    kinds = ("callback", "voicemail", "queue", "external_number")
    waiting = [
        {"exceeds_ms": n * MINUTE_MS, "action": action(do)} for n, do in enumerate(kinds, start=1)
    ]
    one = made(kind="voice", waiting=waiting).queues["one"]

    def actions(*, was_moved: bool) -> list[str]:
        found, after_ms = [], -1
        while (rule := next_rule(one, after_ms, was_moved=was_moved)) is not None:
            found.append(rule.action.do)
            after_ms = rule.exceeds_ms
        return found

    assert actions(was_moved=False) == list(kinds)
    assert actions(was_moved=True) == ["queue", "external_number"]
    chat = made(waiting=[{"exceeds_ms": MINUTE_MS, "action": action("end")}]).queues["one"]
    assert next_rule(chat, -1, was_moved=True) is not None


@pytest.mark.rule("UR-44")
def test_more_than_twenty_a_minute_go_in_batches_the_shorter_configured_wait_first():
    slow = [Due(f"s{n:02}", "slow", 5 * MINUTE_MS, n) for n in range(15)]
    quick = [Due(f"q{n:02}", "quick", MINUTE_MS, n) for n in range(15)]
    batches = in_batches(slow + quick)
    assert [len(batch) for batch in batches] == [20, 10]
    assert [one.item_id for one in batches[0]] == [one.item_id for one in quick + slow[:5]]
    assert len(in_batches(slow + quick[:5])) == 1
    assert len(in_batches(slow + quick[:6])) == 2
    assert in_batches([]) == ()


@pytest.mark.rule("UR-44")
def test_queues_of_the_same_wait_take_turns_and_give_their_oldest_first():
    due = [
        Due("b1", "b", MINUTE_MS, 30),
        Due("a2", "a", MINUTE_MS, 20),
        Due("a9", "a", MINUTE_MS, 10),
        Due("a3", "a", MINUTE_MS, 20),
        Due("c1", "c", MINUTE_MS, 5),
    ]
    (batch,) = in_batches(due)
    assert [one.item_id for one in batch] == ["a9", "b1", "c1", "a2", "a3"]


dues = st.lists(
    st.builds(
        Due,
        st.uuids().map(str),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([60_000, 120_000]),
        st.integers(0, 100),
    ),
    max_size=70,
    unique_by=lambda one: one.item_id,
)


@pytest.mark.rule("UR-44")
@given(dues, st.randoms(use_true_random=False))
def test_batches_hold_every_item_once_whatever_order_they_came_in(due, random):
    batches = in_batches(due)
    assert sorted(one.item_id for batch in batches for one in batch) == sorted(
        one.item_id for one in due
    )
    assert all(len(batch) == BATCH_ITEMS_MAX for batch in batches[:-1])
    shuffled = list(due)
    random.shuffle(shuffled)
    assert in_batches(shuffled) == batches


# Waits


def after(waits: list[int], every_ms: int = 1_000, start_ms: int = 0) -> WaitAverage:
    average = WaitAverage()
    for n, waited_ms in enumerate(waits):
        average = answered(average, waited_ms, start_ms + n * every_ms)
    return average


@pytest.mark.rule("UR-51")
def test_a_wait_is_known_after_twenty_answers_and_the_next_ten_minute_mark():
    for answers, expected in ((19, None), (20, 90_000)):
        average = after([90_000] * answers)
        assert expected_wait_ms(average, AVERAGE_EVERY_MS - 1) is None
        assert expected_wait_ms(average, AVERAGE_EVERY_MS) == expected
    assert AVERAGE_EVERY_MS == 10 * MINUTE_MS


@pytest.mark.rule("UR-51")
def test_the_average_moves_at_ten_minute_marks_and_old_answers_fade():
    average = after([100_000] * 20)
    average = answered(average, 200_000, AVERAGE_EVERY_MS + 1)
    assert expected_wait_ms(average, AVERAGE_EVERY_MS + 2) == 100_000
    assert expected_wait_ms(average, 2 * AVERAGE_EVERY_MS - 1) == 100_000
    assert expected_wait_ms(average, 2 * AVERAGE_EVERY_MS) == 120_000
    # Without answers the average stays what it is.
    assert expected_wait_ms(average, 9 * AVERAGE_EVERY_MS) == 120_000


@pytest.mark.rule("UR-51")
def test_after_seven_idle_days_it_begins_anew():
    average = after([90_000] * 30, every_ms=0)
    assert expected_wait_ms(average, 7 * DAY_MS - 1) == 90_000
    assert expected_wait_ms(average, 7 * DAY_MS) is None
    assert as_of(average, 7 * DAY_MS) == WaitAverage()


@pytest.mark.rule("UR-51")
def test_a_customer_is_told_waits_above_a_minute_only():
    for waited_ms, shown in ((60_000, None), (60_001, 60_001)):
        average = after([waited_ms] * 20)
        assert shown_wait_ms(average, AVERAGE_EVERY_MS) == shown
    assert wait_notice(60_001) == ("average_wait_minutes", {"WaitMinutes": "2"})
    assert wait_notice(60 * MINUTE_MS) == ("average_wait_hours", {"WaitHours": "1"})
    assert wait_notice(61 * MINUTE_MS) == (
        "average_wait_hours_minutes",
        {"WaitHours": "1", "WaitMinutes": "1"},
    )


@pytest.mark.rule("UR-51")
def test_a_position_is_told_every_thirty_seconds_and_every_sixty_above_150():
    assert [position_every_ms(waiting) for waiting in (1, 150, 151)] == [30_000, 30_000, 60_000]


@given(st.lists(st.tuples(st.integers(0, 600_000), st.integers(0, 3_000_000)), max_size=60))
def test_the_expected_wait_lies_between_the_shortest_and_the_longest_answered(answers):
    average, now_ms = WaitAverage(), 0
    for waited_ms, after_ms in answers:
        now_ms += after_ms
        average = answered(average, waited_ms, now_ms)
    expected_ms = expected_wait_ms(average, now_ms + AVERAGE_EVERY_MS)
    if expected_ms is not None:
        waits = [waited_ms for waited_ms, _ in answers]
        assert min(waits) <= expected_ms <= max(waits)
    else:
        assert len(answers) < 20
    assert as_of(as_of(average, now_ms), now_ms) == as_of(average, now_ms)
