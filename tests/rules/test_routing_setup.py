"""The setup of routing: its limits, its defaults, and the sentence for everything that is wrong."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import streams.demo
from processors import reference
from processors.errors import InvalidReferenceError
from processors.routing.classify import classify, facts_after, route
from processors.routing.setup import (
    BASE_PRESENCES,
    DEFAULT_QUEUES,
    EMPTY_SETUP,
    SETUP,
    CloseAfter,
    Setup,
)
from processors.routing.setup_changes import check_change
from processors.routing.setup_notices import NOTICES, rendered, text_of
from tests.rules.setups import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    RATED,
    content,
    load,
    queue,
    routed_by,
    setup,
    workstream,
)

DEMO = Path(streams.demo.__file__).parent / "routing.json"


def refused(**parts: Any) -> InvalidReferenceError:
    with pytest.raises(InvalidReferenceError) as caught:
        reference.validate(SETUP, content(**parts))
    return caught.value


def people(*ids: str, **given: Any) -> list[dict[str, Any]]:
    return [{"id": one, **given} for one in ids]


def one_workstream(**given: Any) -> Any:
    return setup(workstreams=[workstream(**given)]).workstreams["work"]


# The demo's


def test_the_demos_setup_has_what_a_demo_needs():
    held = reference.load(SETUP, DEMO.read_bytes())
    assert {one.kind for one in held.workstreams.values()} == {"messaging", "voice", "record"}
    assert held.workstreams["chat"].bot_id == "shop-bot"
    assert not held.workstreams["messages"].is_synchronous
    assert len([one for one in held.queues.values() if not one.is_default]) == 4
    assert len(held.representatives) == 6
    assert "ann" in held.representatives
    assert held.digest == hashlib.sha256(DEMO.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("facts", "queue_ids", "skills"),
    [
        ({"locale": "en"}, {"shop", "returns"}, {}),
        ({"locale": "de-DE"}, {"shop", "returns"}, {"german": 2}),
        ({"context.va_LastTopic": "Refund"}, {"returns"}, {"returns": 2}),
        (
            {"context.is_damaged": "true", "locale": "fr-FR"},
            {"returns"},
            {"returns": 3, "french": 2},
        ),
    ],
)
def test_the_demos_rules_lead_somewhere_sensible(facts, queue_ids, skills):
    held = reference.load(SETUP, DEMO.read_bytes())
    chat = held.workstreams["chat"]
    found = classify(held, chat, {"item_id": "lamp-1", **facts})
    assert found.skills == skills
    routed = route(held, chat, facts_after({"item_id": "lamp-1", **facts}, found), load(), 0)
    assert routed.queue_id in queue_ids


# What always holds


def test_nothing_said_is_a_setup_with_its_defaults():
    held = setup()
    assert held.workstreams == {}
    assert held.queues == EMPTY_SETUP.queues
    assert held.presences == BASE_PRESENCES
    assert set(held.notices) == set(NOTICES)


@pytest.mark.rule("UR-10")
def test_three_default_queues_are_always_there_with_every_representative():
    held = setup(
        representatives=[*people("zoe", "ann", "ben"), {"id": "bot", "is_bot": True}],
        queues=[queue("chat", members=["zoe"])],
    )
    for kind, queue_id in DEFAULT_QUEUES.items():
        assert held.queues[queue_id].kind == kind
        assert held.queues[queue_id].is_default
        assert held.queues[queue_id].members == ("zoe", "ann", "ben")
    assert set(DEFAULT_QUEUES.values()) == {"default-entity", "default-messaging", "default-voice"}


@pytest.mark.rule("UR-10")
def test_of_a_default_queue_the_method_may_be_chosen_and_nothing_else():
    held = setup(default_queues={"voice": {"method": "least_active"}})
    assert held.queues["default-voice"].method == "least_active"
    assert held.queues["default-entity"].method == "highest_capacity"
    error = refused(default_queues={"voice": {"priority": 1}})
    assert error.field == "default_queues.voice"
    error = refused(queues=[queue("default-voice", "voice")])
    assert error.field == "queues[0].id"
    error = refused(default_queues={"messaging": {"method": "least_active"}})
    assert error.field == "default_queues.messaging.method"


@pytest.mark.rule("HO-39")
def test_bots_are_members_of_queues_beside_people_but_never_alone():
    both = [{"id": "bot", "is_bot": True, "units": 1_000}, *people("ann")]
    held = setup(representatives=both, queues=[queue("chat", members=["bot", "ann"])])
    assert held.queues["chat"].members == ("bot", "ann")
    error = refused(representatives=both, queues=[queue("chat", members=["bot"])])
    assert error.field == "queues[0].members"


@pytest.mark.rule("UR-09")
def test_members_stand_in_the_order_they_were_added_and_queues_by_their_priority():
    held = setup(
        representatives=people("ann", "ben"),
        queues=[
            queue("late", priority=9, members=["ben", "ann"]),
            queue("soon", priority=1, members=["ann"]),
            queue("also", priority=9, members=["ann"]),
        ],
    )
    assert held.queues["late"].members == ("ben", "ann")
    assert held.queues_of["ann"] == (
        "soon",
        "also",
        "late",
        "default-entity",
        "default-messaging",
        "default-voice",
    )


@pytest.mark.rule("UR-09")
def test_thresholds_are_whole_seconds():
    held = setup(queues=[queue("q", service_level_ms=20_000, short_abandon_ms=3_000)])
    assert held.queues["q"].service_level_ms == 20_000
    assert held.queues["q"].short_abandon_ms == 3_000
    for name in ("service_level_ms", "short_abandon_ms"):
        assert refused(queues=[queue("q", **{name: 1_500})]).field == f"queues[0].{name}"


@pytest.mark.rule("UR-09")
@pytest.mark.parametrize(
    "parts",
    [
        {"workstreams": [workstream(fallback_queue="calls")]},
        {"workstreams": [routed_by({"queue": "calls"})]},
        {"workstreams": [routed_by({"shares": [{"queue": "calls", "percent": 100}]})]},
        {"workstreams": [workstream("record", fallback_queue="calls")]},
    ],
)
def test_nothing_leads_from_one_kind_of_work_into_a_queue_of_another(parts):
    error = refused(queues=[queue("calls", "voice")], **parts)
    assert "takes voice items" in error.because


# Workstreams


@pytest.mark.rule("UR-02")
def test_voice_is_pushed_and_messages_and_records_may_be_picked():
    assert refused(workstreams=[workstream("voice", mode="pick")]).field == "workstreams[0].mode"
    for kind in ("messaging", "record"):
        assert one_workstream(kind=kind, mode="pick").mode == "pick"


@pytest.mark.rule("UR-02", "UR-26")
def test_the_mode_of_a_workstream_and_the_reset_of_a_profile_never_change():
    before = setup(
        workstreams=[workstream(mode="push")],
        profiles=[{"id": "p", "limit": 2}],
        queues=[queue("q")],
    )
    check_change(before, before)
    check_change(before, setup())
    check_change(before, setup(profiles=[{"id": "p", "limit": 9}]))
    changes: list[tuple[str, dict[str, Any]]] = [
        ("workstreams work.mode", {"workstreams": [workstream(mode="pick")]}),
        ("workstreams work.kind", {"workstreams": [workstream("record")]}),
        ("profiles p.reset", {"profiles": [{"id": "p", "limit": 2, "reset": "end_of_day"}]}),
        ("queues q.kind", {"queues": [queue("q", "voice")]}),
    ]
    for field, parts in changes:
        with pytest.raises(InvalidReferenceError) as caught:
            check_change(before, setup(**parts))
        assert caught.value.field == field


@pytest.mark.rule("UR-02", "UR-25")
def test_capacity_is_counted_in_units_or_in_profiles_never_in_both():
    profiles = [{"id": "p", "limit": 2}]
    assert one_workstream().units == 1
    assert one_workstream(units=25).units == 25
    by_profile = setup(profiles=profiles, workstreams=[workstream(profiles=["p"])])
    assert by_profile.workstreams["work"].units == 0
    assert refused(profiles=profiles, workstreams=[workstream(profiles=["p"], units=2)]).field == (
        "workstreams[0].units"
    )
    ruleset = {"name": "r", "kind": "capacity_profiles"}
    assert refused(workstreams=[workstream(units=2, rulesets=[ruleset])]).field == (
        "workstreams[0].rulesets[0].kind"
    )


@pytest.mark.rule("UR-02")
def test_a_workstream_says_presences_and_skill_matching_with_defaults_by_kind():
    assert one_workstream().allowed_presences == ("available", "busy")
    assert one_workstream(kind="voice").allowed_presences == ("available",)
    assert one_workstream(allowed_presences=["away"]).allowed_presences == ("away",)
    assert one_workstream().skill_match == "none"
    for match in ("exact", "closest", "none"):
        assert one_workstream(skill_match=match).skill_match == match
    assert refused(workstreams=[workstream(allowed_presences=["inactive"])]).field == (
        "workstreams[0].allowed_presences[0]"
    )


@pytest.mark.rule("UR-30")
def test_wrap_up_blocks_always_never_or_from_thirty_seconds_to_an_hour():
    assert one_workstream().wrap_up == "always"
    for good in ("always", "never", 30_000, 60 * MINUTE_MS):
        assert one_workstream(wrap_up=good).wrap_up == good
    for bad in (29_999, 60 * MINUTE_MS + 1, 0):
        assert refused(workstreams=[workstream(wrap_up=bad)]).field == "workstreams[0].wrap_up"


@pytest.mark.rule("UR-36")
def test_an_offer_stands_for_two_minutes_unless_the_workstream_says_otherwise():
    assert one_workstream().offer_seconds == 120
    assert one_workstream(offer_seconds=30).offer_seconds == 30


@pytest.mark.rule("UR-37")
def test_declines_are_three_and_may_be_one_to_five_in_the_whole_organisation():
    assert one_workstream().declines_max == 3
    for good in (1, 5):
        held = setup(declines_max=good, workstreams=[workstream()])
        assert held.workstreams["work"].declines_max == good
    for bad in (0, 6):
        assert refused(declines_max=bad).field == "declines_max"
    assert setup().decliners_max == 100


@pytest.mark.rule("UR-38")
def test_automatic_assignments_and_records_cannot_be_declined():
    assert one_workstream().can_decline
    assert not one_workstream(offer="auto").can_decline
    assert not one_workstream(kind="record").can_decline
    assert not one_workstream(can_decline=False).can_decline
    for undeclinable in ({"offer": "auto"}, {"kind": "record"}):
        error = refused(workstreams=[workstream(**undeclinable, can_decline=True)])
        assert error.field == "workstreams[0].can_decline"
    assert one_workstream(offer="auto").auto_accept == "at_once"
    assert one_workstream(offer="auto", auto_accept="at_timeout").auto_accept == "at_timeout"


@pytest.mark.rule("UR-39")
def test_affinity_is_on_for_asynchronous_messaging_and_never_for_picked_work():
    assert one_workstream(is_synchronous=False).keep_same_representative
    assert one_workstream(is_persistent=True).keep_same_representative
    assert not one_workstream().keep_same_representative
    assert not one_workstream(kind="voice").keep_same_representative
    assert not one_workstream(
        is_synchronous=False, keep_same_representative=False
    ).keep_same_representative
    assert not one_workstream(is_synchronous=False, mode="pick").keep_same_representative
    assert refused(workstreams=[workstream(mode="pick", keep_same_representative=True)]).field == (
        "workstreams[0].keep_same_representative"
    )


@pytest.mark.rule("UR-40")
def test_up_to_three_preferred_representatives_are_looked_at():
    assert setup().preferred.is_enabled
    assert setup().preferred.representatives_max == 3
    held = setup(preferred={"is_enabled": False, "when_none_free": "wait"})
    assert not held.preferred.is_enabled
    assert held.preferred.when_none_free == "wait"
    for bad in (0, 4):
        assert refused(preferred={"representatives_max": bad}).field == (
            "preferred.representatives_max"
        )


@pytest.mark.rule("UR-49")
def test_conversations_close_by_themselves_after_the_times_of_their_kind():
    chat = CloseAfter(open_ms=20 * MINUTE_MS, active_ms=None, wrap_up_ms=15 * MINUTE_MS)
    voice = CloseAfter(open_ms=30 * DAY_MS, active_ms=2 * HOUR_MS, wrap_up_ms=DAY_MS)
    later = CloseAfter(open_ms=30 * DAY_MS, active_ms=30 * DAY_MS, wrap_up_ms=DAY_MS)
    persistent = CloseAfter(open_ms=30 * DAY_MS, wrap_up_ms=DAY_MS)
    assert one_workstream().close_after == chat
    assert one_workstream(kind="voice").close_after == voice
    assert one_workstream(is_synchronous=False).close_after == later
    assert one_workstream(is_persistent=True).close_after == persistent
    assert one_workstream(kind="record").close_after == CloseAfter()
    waits = one_workstream(is_synchronous=False, auto_close_ms=DAY_MS)
    assert waits.close_after.waiting_ms == waits.auto_close_ms == DAY_MS
    chosen = one_workstream(close_after={"open_ms": None, "active_ms": HOUR_MS})
    assert chosen.close_after == CloseAfter(None, HOUR_MS, None, 15 * MINUTE_MS)


@pytest.mark.rule("UR-02")
def test_only_asynchronous_channels_wait_for_the_customer():
    error = refused(workstreams=[workstream(auto_close_ms=DAY_MS)])
    assert error.field == "workstreams[0].auto_close_ms"


@pytest.mark.rule("HO-38")
def test_a_bot_gets_conversations_of_push_workstreams_only():
    assert one_workstream(bot_id="shop-bot").bot_id == "shop-bot"
    error = refused(workstreams=[workstream(mode="pick", bot_id="shop-bot")])
    assert error.field == "workstreams[0].bot_id"


@pytest.mark.rule("HO-48")
def test_a_live_chat_may_be_disconnected_for_three_minutes():
    assert one_workstream().reconnect_ms == 3 * MINUTE_MS


def test_an_item_finds_its_workstream_by_name_by_channel_or_as_the_one_for_all():
    held = setup(
        workstreams=[
            {"id": "sms", "kind": "messaging", "channels": ["SMS"], "is_synchronous": False},
            {"id": "rest", "kind": "messaging"},
            {"id": "calls", "kind": "voice", "channels": ["voice"]},
        ]
    )

    def found(kind: str, channel: str, named: str | None = None) -> str | None:
        workstream_ = held.workstream_of(kind, channel, named)
        return workstream_.id if workstream_ else None

    assert found("messaging", "sms") == "sms"
    assert found("messaging", "live_chat") == "rest"
    assert found("messaging", "live_chat", "sms") == "sms"
    assert found("voice", "voice", "sms") == "calls"
    assert found("voice", "skype") is None
    assert found("record", "record") is None


# Limits of the rules


def items(count: int) -> list[dict[str, Any]]:
    return [{"name": f"item {n}", "attributes": {"a": n}} for n in range(count)]


def rulesets(count: int) -> list[dict[str, Any]]:
    return [{"name": f"ruleset {n}", "items": items(1)} for n in range(count)]


@pytest.mark.rule("UR-03")
def test_a_workstream_has_ten_rulesets_a_ruleset_a_hundred_items_an_item_five_outputs():
    one_workstream(rulesets=rulesets(10))
    assert refused(workstreams=[workstream(rulesets=rulesets(11))]).field == (
        "workstreams[0].rulesets"
    )
    one_workstream(rulesets=[{"name": "r", "items": items(100)}])
    error = refused(workstreams=[workstream(rulesets=[{"name": "r", "items": items(101)}])])
    assert error.field == "workstreams[0].rulesets[0].items"
    for count, is_good in ((0, False), (1, True), (5, True), (6, False)):
        item = {"name": "i", "attributes": {f"a{n}": n for n in range(count)}}
        given = workstream(rulesets=[{"name": "r", "items": [item]}])
        if is_good:
            setup(workstreams=[given])
        else:
            error = refused(workstreams=[given])
            assert error.field == "workstreams[0].rulesets[0].items[0].attributes"


@pytest.mark.rule("UR-03")
def test_conditions_reach_at_most_two_related_records():
    def held(field: str) -> dict[str, Any]:
        item = {"name": "i", "when": {"field": field, "value": "x"}, "attributes": {"a": 1}}
        return workstream(rulesets=[{"name": "r", "items": [item]}])

    for field in ("tier", "customer.tier", "customer.account.tier", "context.a.b.c.d"):
        setup(workstreams=[held(field)])
    error = refused(workstreams=[held("customer.account.owner.tier")])
    assert error.field == "workstreams[0].rulesets[0].items[0].when.field"
    assert "at most 2" in error.because


@pytest.mark.rule("UR-05")
def test_a_workstream_has_two_hundred_route_to_queue_rules():
    def held(count: int) -> list[dict[str, Any]]:
        return [routed_by(*[{"queue": "q"}] * count)]

    setup(queues=[queue("q")], workstreams=held(200))
    error = refused(queues=[queue("q")], workstreams=held(201))
    assert error.field == "workstreams[0].routes"


@pytest.mark.rule("UR-08")
@pytest.mark.parametrize(
    ("percents", "field"),
    [
        ([100], None),
        ([20, 20, 20, 20, 20], None),
        ([99, 1], None),
        ([60, 39], "shares"),
        ([60, 41], "shares"),
        ([20, 20, 20, 20, 10, 10], "shares"),
        ([], "shares"),
        ([110, -10], "shares[0].percent"),
        ([33.3, 66.7], "shares[0].percent"),
    ],
)
def test_percentages_are_whole_for_up_to_five_queues_and_sum_to_a_hundred(percents, field):
    shares = [{"queue": f"q{n}", "percent": percent} for n, percent in enumerate(percents)]
    parts = {
        "queues": [queue(f"q{n}") for n in range(6)],
        "workstreams": [routed_by({"shares": shares})],
    }
    if field is None:
        setup(**parts)
    else:
        assert refused(**parts).field == f"workstreams[0].routes[0].{field}"


@pytest.mark.rule("UR-13")
def test_a_queue_has_buckets_with_conditions_and_an_order():
    buckets = [
        {"name": "gold", "when": {"field": "tier", "value": "gold"}},
        {"name": "rest", "order_by": [{"field": "amount", "is_descending": True}]},
    ]
    held = setup(queues=[queue("q", buckets=buckets)]).queues["q"].buckets
    assert [(one.name, one.when is None, len(one.order_by)) for one in held] == [
        ("gold", False, 0),
        ("rest", True, 1),
    ]
    wrong = [{"name": "x", "order_by": [{"field": "a.b.c.d"}]}]
    assert refused(queues=[queue("q", buckets=wrong)]).field == (
        "queues[0].buckets[0].order_by[0].field"
    )


@pytest.mark.rule("UR-17", "UR-09")
def test_least_active_is_for_voice_and_the_default_there():
    held = setup(queues=[queue("calls", "voice"), queue("chat"), queue("cases", "record")])
    assert [held.queues[one].method for one in ("calls", "chat", "cases")] == [
        "least_active",
        "highest_capacity",
        "highest_capacity",
    ]
    assert refused(queues=[queue("chat", method="least_active")]).field == "queues[0].method"


@pytest.mark.rule("UR-19")
def test_custom_assignment_needs_rules_and_rules_need_custom_assignment():
    rules = [
        {
            "name": "same site",
            "when": {"field": "representative.site", "value_of": "customer.account.site"},
            "order_by": [{"by": "proficiency"}, {"by": "attribute", "attribute": "rank"}],
        }
    ]
    held = setup(queues=[queue("q", method="custom", assignment=rules)]).queues["q"]
    assert held.assignment[0].order_by[1].attribute == "rank"
    for half in ({"method": "custom"}, {"assignment": rules}):
        assert refused(queues=[queue("q", **half)]).field == "queues[0].assignment"
    for by in ("least_active", "attribute"):
        wrong = [{"name": "x", "order_by": [{"by": by}]}]
        error = refused(queues=[queue("q", method="custom", assignment=wrong)])
        assert error.field.startswith("queues[0].assignment[0].order_by[0]")


@pytest.mark.rule("UR-24", "UR-04")
def test_a_level_belongs_to_the_rating_model_and_a_deactivated_skill_does_not_count():
    ann = {
        "id": "ann",
        "skills": {"refunds": "4 stars", "german": 2},
        "inactive_skills": ["german"],
    }
    held = setup(representatives=[ann], **RATED)
    assert held.representatives["ann"].skills == {"refunds": 4}
    assert held.skills["refunds"].share(4) == 0.8
    for wrong in (6, "6 stars"):
        error = refused(representatives=people("ann", skills={"refunds": wrong}), **RATED)
        assert error.field == "representatives[0].skills.refunds"


@pytest.mark.rule("UR-26")
def test_a_representative_has_the_profiles_limit_or_another():
    profiles = [
        {"id": "chat", "limit": 3},
        {"id": "cases", "limit": 5, "reset": "end_of_day", "is_blocking": True},
    ]
    ann = {"id": "ann", "profiles": {"chat": None, "cases": 2}}
    held = setup(profiles=profiles, representatives=[ann])
    assert held.representatives["ann"].profiles == {"chat": 3, "cases": 2}
    assert (held.profiles["cases"].reset, held.profiles["cases"].is_blocking) == (
        "end_of_day",
        True,
    )


@pytest.mark.rule("UR-31")
def test_a_presence_of_the_tenants_own_maps_to_a_base():
    held = setup(presences=[{"id": "lunch", "name": "Lunch", "base": "away"}])
    assert held.base_of("lunch") == "away"
    assert [held.base_of(one) for one in BASE_PRESENCES] == list(BASE_PRESENCES)
    assert held.base_of("nobody-knows") == "offline"
    for taken in ("busy", "inactive"):
        error = refused(presences=[{"id": taken, "name": "x", "base": "away"}])
        assert error.field == "presences[0].id"
    error = refused(presences=[{"id": "x", "name": "x", "base": "inactive"}])
    assert error.field == "presences[0].base"


@pytest.mark.rule("UR-53")
@pytest.mark.parametrize(
    ("waits", "field"),
    [
        ([0, 10_000, 10_000, 20_000], None),
        ([30_000, 40_000], None),
        ([29_999], "levels[0].after_ms"),
        ([0, 9_999], "levels[1].after_ms"),
        ([30_000, 20_000], "levels[1].after_ms"),
        ([-1], "levels[0].after_ms"),
        ([], "levels"),
    ],
)
def test_bullseye_levels_begin_at_once_or_after_thirty_seconds_and_step_by_ten(waits, field):
    levels = [{"after_ms": wait, "teams": ["front"]} for wait in waits]
    parts = {"queues": [queue("q", bullseye={"levels": levels, "fallback": "teams"})]}
    if field is None:
        held = setup(**parts).queues["q"].bullseye
        assert held is not None
        assert [level.after_ms for level in held.levels] == waits
    else:
        assert refused(**parts).field == f"queues[0].bullseye.{field}"


# Notices


@pytest.mark.rule("HO-50")
def test_notices_have_a_text_and_their_slugs_are_filled_in():
    text = "{RepresentativeName} of {QueueName} about {$order$}{$nothing$}."
    held = setup(
        notices={"representative_joined": {"": text, "de": "Hier ist {RepresentativeName}."}}
    )
    texts = held.notices["representative_joined"]
    slugs = {"RepresentativeName": "Ann", "QueueName": "Shop"}
    assert rendered(text_of(texts, "fr-FR"), slugs, {"order": 70441}) == "Ann of Shop about 70441."
    assert rendered(text_of(texts, "de-AT"), slugs, {}) == "Hier ist Ann."
    assert text_of(setup(notices={"next_in_line": ""}).notices["next_in_line"], None) == ""
    assert all(text_of(held.notices[name], None) for name in NOTICES)


@pytest.mark.parametrize(
    ("notices", "field"),
    [
        ({"hello": "x"}, "notices"),
        ({"next_in_line": "{AgentName}"}, "notices.next_in_line"),
        ({"next_in_line": {"de": "x" * 1_001}}, "notices.next_in_line.de"),
    ],
)
def test_a_notice_that_cannot_be_is_refused(notices, field):
    assert refused(notices=notices).field == field


# Faults


@pytest.mark.parametrize(
    ("parts", "field", "because"),
    [
        ({"colour": 1}, "", "unknown field"),
        ({"queues": [{"id": "q"}]}, "queues[0]", "missing required field `kind`"),
        ({"queues": [queue("q", "fax")]}, "queues[0].kind", "fax"),
        ({"queues": [queue("q"), queue("q")]}, "queues[1].id", "'q' is there twice"),
        ({"queues": [queue("a b")]}, "queues[0].id", "match"),
        ({"representatives": people("ann", "ann")}, "representatives[1].id", "twice"),
        (
            {"queues": [queue("q", members=["ghost"])]},
            "queues[0].members[0]",
            "no representative 'ghost'",
        ),
        (
            {"representatives": people("ann"), "queues": [queue("q", members=["ann", "ann"])]},
            "queues[0].members[1]",
            "twice",
        ),
        ({"queues": [queue("q", hours="h")]}, "queues[0].hours", "no operating hours record 'h'"),
        (
            {"representatives": people("ann", skills={"x": 1})},
            "representatives[0].skills.x",
            "no skill 'x'",
        ),
        ({"representatives": people("ann", hours="h")}, "representatives[0].hours", "'h'"),
        (
            {"representatives": people("ann", default_presence="zen")},
            "representatives[0].default_presence",
            "no presence 'zen'",
        ),
        (
            {"workstreams": [workstream(fallback_queue="nowhere")]},
            "workstreams[0].fallback_queue",
            "no queue 'nowhere'",
        ),
        (
            {"workstreams": [routed_by({})]},
            "workstreams[0].routes[0]",
            "either a queue or shares",
        ),
        (
            {"workstreams": [routed_by({"queue": "default-messaging", "when": {"all": [{}]}})]},
            "workstreams[0].routes[0].when.all[0]",
            "exactly one of all, any, not and field",
        ),
        (
            {
                "workstreams": [
                    routed_by(
                        {
                            "queue": "default-messaging",
                            "when": {"any": [{"field": "a", "is": "in", "value": "x"}]},
                        }
                    )
                ]
            },
            "workstreams[0].routes[0].when.any[0].value",
            "a list",
        ),
        (
            {"workstreams": [routed_by({"queue": "default-messaging", "when": {"field": "a"}})]},
            "workstreams[0].routes[0].when",
            "either a value or a value_of",
        ),
        (
            {"workstreams": [workstream("voice", is_synchronous=False)]},
            "workstreams[0].is_synchronous",
            "always synchronous",
        ),
        (
            {"skills": [{"id": "s", "rating_model": "m"}]},
            "skills[0].rating_model",
            "no rating model 'm'",
        ),
        (
            {
                "rating_models": [
                    {"id": "m", "levels": [{"name": "a", "value": 2}, {"name": "b", "value": 1}]}
                ]
            },
            "rating_models[0].levels",
            "from the lowest",
        ),
        ({"callable_numbers": ["+49301234567"]}, "callable_numbers[0]", "plus"),
        ({"callable_numbers": ["call me"]}, "callable_numbers[0]", "digits"),
    ],
)
def test_what_is_wrong_is_said_with_the_field(parts, field, because):
    error = refused(**parts)
    assert error.field == field
    assert because in error.because
    assert str(error).startswith("routing.setup: ")
    assert str(error).endswith("; correct the artefact and publish it again")


def test_what_is_no_json_is_refused():
    with pytest.raises(InvalidReferenceError, match="no UTF-8 JSON"):
        reference.validate(SETUP, b"{")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of everything in a JSON value."""
    if isinstance(value, dict):
        inner = list(value.items())
    else:
        inner = list(enumerate(value)) if isinstance(value, list) else []
    return [path, *(found for name, part in inner for found in places(part, (*path, name)))]


DEMO_PLACES = places(json.loads(DEMO.read_bytes()))[1:]
ODD = [None, True, -1, 0, 1, 2**70, 0.5, "", "x", "+1", "ann", "shop", "24:00", "\u0000", "é"]
ODD += [[], ["x", "x"], {}, {"all": []}, {"not": {"field": ".", "value": 1}}, {"": ""}, [[]], [{}]]


@given(
    st.lists(st.tuples(st.sampled_from(DEMO_PLACES), st.sampled_from(ODD)), min_size=1, max_size=3)
)
@settings(max_examples=400, deadline=None)
def test_whatever_is_written_somewhere_it_loads_or_the_fault_is_said(changes):
    document = json.loads(DEMO.read_bytes())
    for path, value in changes:
        part = document
        with contextlib.suppress(KeyError, IndexError, TypeError):
            for name in path[:-1]:
                part = part[name]
            part[path[-1]] = value
    # Any other error than this one fails the test.
    with contextlib.suppress(InvalidReferenceError):
        held = reference.load(SETUP, json.dumps(document).encode())
        assert set(EMPTY_SETUP.queues) <= set(held.queues)


# Size


def test_five_thousand_representatives_in_two_hundred_queues_load_within_a_second():
    zones = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney"]
    parts: dict[str, Any] = {
        "representatives": [
            {"id": f"r{n}", "skills": {"refunds": n % 5 + 1, "german": 3}, "teams": ["front"]}
            for n in range(5_000)
        ],
        "hours": [{"id": f"h{n}", "time_zone": zones[n % 4]} for n in range(20)],
        "queues": [
            queue(
                f"q{n}",
                ["messaging", "voice", "record"][n % 3],
                members=[f"r{(n * 25 + k) % 5_000}" for k in range(500)],
                hours=f"h{n % 20}",
            )
            for n in range(200)
        ],
        **RATED,
    }
    given = json.dumps(parts).encode()
    began = time.process_time()
    held: Setup = reference.load(SETUP, given)
    assert time.process_time() - began < 1.0
    assert (len(held.representatives), len(held.queues)) == (5_000, 203)
    assert len(held.queues_of["r0"]) == 23
