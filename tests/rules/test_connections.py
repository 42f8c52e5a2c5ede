"""A bot's connection to its hub: every step, every refusal, and what is said aloud."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from processors.dialogue.bots import load_bots
from processors.errors import InvalidReferenceError
from processors.handoff.processor import HandoffProcessor
from processors.handoff.settings import HANDOFF_SETTINGS, load_settings
from processors.testing import Scenario, event, given
from processors.views import handoff as views
from schemas.records.conversation import HandoffInitiated
from schemas.records.handoff import (
    AddBot,
    BotConversationStarted,
    BotExported,
    BotImported,
    BotPublicationChanged,
    BotPublished,
    BotUnpublished,
    ChooseEnvironment,
    ConnectionAdopted,
    ConnectionChanged,
    ConnectionInvalid,
    ConnectionTested,
    DeliveryAttempted,
    DeliveryChanged,
    DeliveryDue,
    DisableConnection,
    DisconnectBot,
    EnableConnection,
    ExportBot,
    GiveApplication,
    ImportBot,
    InstanceDetected,
    RefreshConnection,
    SwitchSingleSignOn,
    SwitchVoice,
    TeamsChannelEnabled,
)
from tests.rules.setups import setup

ALL_EXTENSIONS = ["telephony", "omnichannel", "omnichannel_voice"]
LICENSED = {"is_bot_licensed": True, "is_hub_licensed": True}


def declared(**changes: Any) -> dict[str, Any]:
    """Return settings with two bots in `bots-eu` and a hub's instance in `crm-eu`."""
    settings: dict[str, Any] = {
        "hubs": {
            "dynamics": {"kind": "dynamics365"},
            "cloud": {"kind": "genesys"},
        },
        "environments": {
            "bots-eu": {"region": "Europe", **LICENSED},
            "crm-eu": {
                "region": "europe",
                "hub": "dynamics",
                "is_provisioned": True,
                "extensions": ALL_EXTENSIONS,
                **LICENSED,
            },
            "crm-eu-2": {
                "region": "Europe",
                "hub": "dynamics",
                "is_provisioned": True,
                "extensions": ALL_EXTENSIONS,
                **LICENSED,
            },
            "crm-us": {
                "region": "United States",
                "hub": "dynamics",
                "is_provisioned": True,
                **LICENSED,
            },
            "crm-unlicensed": {"region": "Europe", "hub": "dynamics", "is_provisioned": True},
            "crm-empty": {"region": "Europe", "hub": "dynamics"},
            "cloud-eu": {"region": "Europe", "hub": "cloud", "is_provisioned": True},
        },
        "applications": {
            "app-1": {"name": "Lamps"},
            "app-2": {
                "name": "Shades",
                "account_types": "multi_tenant",
                "redirect_uri": "https://x",
            },
        },
        "bots": {
            "lamps": {"environment": "bots-eu", "is_teams_on": True},
            "shades": {"environment": "bots-eu"},
        },
    }
    return settings | changes


def loaded(settings: dict[str, Any]) -> dict[str, Any]:
    return {HANDOFF_SETTINGS: load_settings(msgspec.json.encode(settings))}


def in_place(
    settings: dict[str, Any] | None = None, /, *inputs: Any, **references: Any
) -> Scenario:
    return given(
        HandoffProcessor(), *inputs, references=loaded(settings or declared()) | references
    )


def ask(record: type[Any], bot_id: str = "lamps", /, **fields: Any) -> Any:
    return record(
        **{
            "tenant": "demo",
            "occurred_at_ms": 0,
            "bot_id": bot_id,
            "commanded_by": "ada",
            "roles": ("administrator",),
            **fields,
        }
    )


def told(record: type[Any], bot_id: str = "lamps", /, **fields: Any) -> Any:
    return record(tenant="demo", occurred_at_ms=0, bot_id=bot_id, **fields)


def connecting(bot_id: str = "lamps", application_id: str = "app-1") -> tuple[Any, ...]:
    return (
        told(BotPublished, bot_id),
        ask(EnableConnection, bot_id, hub="dynamics"),
        ask(ChooseEnvironment, bot_id, environment="crm-eu"),
        ask(GiveApplication, bot_id, application_id=application_id),
        ask(AddBot, bot_id),
    )


def connection(scenario: Scenario, bot_id: str = "lamps") -> views.ConnectionView:
    found = [
        views.decode(views.CONNECTION, value)
        for key, value in scenario.rows(views.CONNECTION)
        if key == views.row_key("demo", bot_id)
    ]
    assert len(found) == 1
    return found[0]  # type: ignore[no-any-return]


@pytest.mark.rule("HO-06")
def test_a_connection_goes_through_its_states_one_by_one() -> None:
    scenario = in_place(None, told(BotPublished))
    states = []
    for step in connecting()[1:]:
        scenario.when(step)
        states.append(connection(scenario).state)
    assert states == ["enabled", "environment_chosen", "application_given", "connected"]


@pytest.mark.rule("HO-06")
@pytest.mark.parametrize(
    ("done", "step", "words"),
    [
        (0, ask(ChooseEnvironment, environment="crm-eu"), ["enable one first"]),
        (2, ask(GiveApplication, application_id="app-1"), ["choose the environment first"]),
        (2, ask(AddBot), ["choose the environment first"]),
        (3, ask(AddBot), ["give the application id first"]),
    ],
)
def test_no_step_can_be_left_out(done: int, step: Any, words: list[str]) -> None:
    scenario = in_place(None, *connecting()[:done])
    code = "handoff.unexpected" if done else "handoff.not_enabled"
    scenario.when(step).refused(code, *words)


@pytest.mark.rule("HO-04")
@pytest.mark.parametrize(
    "command",
    [
        ask(EnableConnection, hub="dynamics", roles=("representative",)),
        ask(DisconnectBot, roles=()),
        ask(SwitchVoice, is_on=True, roles=("supervisor",)),
        ask(RefreshConnection, test_id="t", roles=()),
    ],
)
def test_only_an_administrator_sets_up_a_connection(command: Any) -> None:
    in_place(None, *connecting()).when(command).refused("handoff.not_administrator", "ada")


@pytest.mark.rule("HO-04")
def test_another_region_is_refused_with_both_regions() -> None:
    scenario = in_place(None, *connecting()[:2])
    chosen = ask(ChooseEnvironment, environment="crm-us")
    scenario.when(chosen).refused("handoff.region_differs", "Europe", "United States")


@pytest.mark.rule("HO-04")
@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"is_hub_licensed": False}, "the hub's chat"),
        ({"is_bot_licensed": False}, "the bot platform"),
    ],
)
def test_each_of_both_licences_is_wanted(missing: dict[str, bool], words: str) -> None:
    settings = declared()
    for name in ("bots-eu", "crm-eu"):
        settings["environments"][name] |= missing
    scenario = in_place(settings, *connecting()[:2])
    chosen = ask(ChooseEnvironment, environment="crm-eu")
    scenario.when(chosen).refused("handoff.licence_missing", words)


@pytest.mark.rule("HO-04")
@pytest.mark.rule("TR-10")
def test_an_application_must_be_registered() -> None:
    scenario = in_place(None, *connecting()[:3])
    given_id = ask(GiveApplication, application_id="app-9")
    scenario.when(given_id).refused("handoff.application_unregistered", "app-9", "register it")


@pytest.mark.rule("TR-10")
def test_a_registration_has_a_name_account_types_and_perhaps_an_address() -> None:
    applications = loaded(declared())[HANDOFF_SETTINGS].declared.applications
    assert applications["app-1"].redirect_uri is None
    assert applications["app-1"].account_types == "single_tenant"
    assert applications["app-2"].redirect_uri == "https://x"
    renamed = declared(applications={"app-1": {"name": "Lamps, renamed"}})
    scenario = in_place(None, *connecting()[:3])
    scenario.references = loaded(renamed)
    scenario.when(connecting()[3])
    assert connection(scenario).application_id == "app-1"
    nameless = declared(applications={"app-1": {}})
    with pytest.raises(InvalidReferenceError, match="name"):
        loaded(nameless)


@pytest.mark.rule("HO-04")
@pytest.mark.rule("TR-08")
def test_an_unpublished_bot_is_not_added() -> None:
    scenario = in_place(None, *connecting()[1:4])
    scenario.when(ask(AddBot)).refused("handoff.bot_unpublished", "lamps", "publish it first")
    scenario.when(told(BotPublished)).then(event(BotPublicationChanged, is_published=True))
    scenario.when(ask(AddBot))
    assert connection(scenario).state == "connected"


@pytest.mark.rule("HO-09")
@pytest.mark.rule("TR-12")
def test_an_environment_without_the_hub_fails_clearly_and_offers_a_trial() -> None:
    scenario = in_place(None, *connecting()[:2])
    listed = loaded(declared())[HANDOFF_SETTINGS].declared.environments
    assert "crm-empty" in listed
    assert not listed["crm-empty"].is_provisioned
    chosen = ask(ChooseEnvironment, environment="crm-empty")
    scenario.when(chosen).refused("handoff.environment_unprovisioned", "crm-empty", "trial")
    assert connection(scenario).state == "enabled"


def test_an_unknown_environment_is_refused_with_those_there_are() -> None:
    scenario = in_place(None, *connecting()[:2])
    chosen = ask(ChooseEnvironment, environment="nowhere")
    scenario.when(chosen).refused("handoff.unknown_environment", "crm-eu", "crm-empty")


def test_an_environment_of_another_hub_is_refused() -> None:
    scenario = in_place(None, *connecting()[:2])
    chosen = ask(ChooseEnvironment, environment="cloud-eu")
    scenario.when(chosen).refused("handoff.wrong_hub", "cloud", "dynamics")


@pytest.mark.rule("HO-10")
@pytest.mark.rule("TR-11")
def test_an_application_id_belongs_to_one_bot_of_an_environment() -> None:
    scenario = in_place(None, *connecting(), *connecting("shades")[:3])
    taken = ask(GiveApplication, "shades", application_id="app-1")
    scenario.when(taken).refused("handoff.application_taken", "app-1", "lamps", "crm-eu")
    scenario.when(ask(GiveApplication, "shades", application_id="app-2"))
    scenario.when(ask(AddBot, "shades"))
    assert connection(scenario, "shades").state == "connected"
    users = {(row.application_id, row.bot_id) for row in found(scenario, views.APPLICATION_USER)}
    assert users == {("app-1", "lamps"), ("app-2", "shades")}


@pytest.mark.rule("HO-10")
def test_an_application_id_that_another_bot_was_only_given_is_taken_too() -> None:
    scenario = in_place(None, *connecting()[:4], *connecting("shades")[:3])
    taken = ask(GiveApplication, "shades", application_id="app-1")
    scenario.when(taken).refused("handoff.application_taken", "lamps")


@pytest.mark.rule("HO-10")
def test_the_same_application_id_may_be_used_in_another_environment() -> None:
    scenario = in_place(
        None,
        *connecting(),
        *connecting("shades")[:2],
        ask(ChooseEnvironment, "shades", environment="crm-eu-2"),
        ask(GiveApplication, "shades", application_id="app-1"),
        ask(AddBot, "shades"),
    )
    assert connection(scenario, "shades").state == "connected"


@pytest.mark.rule("TR-09")
def test_a_bot_has_one_instance_and_an_instance_many_bots() -> None:
    scenario = in_place(None, *connecting(), *connecting("shades", "app-2"))
    assert {connection(scenario, bot).environment for bot in ("lamps", "shades")} == {"crm-eu"}
    other = ask(ChooseEnvironment, environment="crm-eu-2")
    scenario.when(other).refused("handoff.already_connected", "crm-eu", "disconnect it")
    other_hub = ask(EnableConnection, hub="cloud")
    scenario.when(other_hub).refused("handoff.already_connected", "dynamics")
    scenario.when(ask(DisconnectBot))
    assert connection(scenario).state == "disconnected"
    assert connection(scenario, "shades").state == "connected"


@pytest.mark.rule("HO-11")
@pytest.mark.rule("TR-13")
def test_a_missing_teams_channel_is_turned_on_when_the_bot_is_added() -> None:
    scenario = in_place(None, *connecting("shades")[:4])
    first = scenario.when(ask(AddBot, "shades"))
    first.then(
        event(TeamsChannelEnabled, bot_id="shades"),
        event(ConnectionChanged, bot_id="shades", state="connected"),
    )
    again = in_place(None, *connecting()[:4]).when(ask(AddBot))
    again.then(event(ConnectionChanged, bot_id="lamps", state="connected"))


@pytest.mark.rule("TR-14")
def test_a_bot_in_the_environment_of_the_instance_is_connected_by_itself() -> None:
    settings = declared(bots={"lamps": {"environment": "crm-eu", "is_teams_on": True}})
    scenario = in_place(settings, told(BotPublished))
    then = scenario.when(ask(EnableConnection))
    then.then(
        event(InstanceDetected, hub="dynamics", environment="crm-eu"),
        event(ConnectionChanged, state="connected", environment="crm-eu"),
    )
    assert connection(scenario).is_detected
    assert "analytics_unavailable" not in connection(scenario).warnings


@pytest.mark.rule("TR-14")
@pytest.mark.rule("HO-04")
def test_a_detected_instance_says_what_is_missing_to_connect() -> None:
    settings = declared(bots={"lamps": {"environment": "crm-eu"}})
    scenario = in_place(settings)
    scenario.when(ask(EnableConnection))
    assert connection(scenario).state == "environment_chosen"
    assert "not published" in connection(scenario).missing[0]


@pytest.mark.rule("HO-07")
@pytest.mark.rule("HO-27")
def test_missing_extensions_are_a_warning_with_the_order_of_installing() -> None:
    settings = declared()
    settings["environments"]["crm-eu"]["extensions"] = []
    scenario = in_place(settings, *connecting()[:2], ask(SwitchVoice, is_on=True))
    for step in connecting()[2:]:
        scenario.when(step)
    assert connection(scenario).state == "connected"
    assert "extensions_missing" in connection(scenario).warnings
    order = "telephony extension, Omnichannel extension, Omnichannel Voice extension"
    assert order in connection(scenario).notes[0]
    assert "variables and actions" in connection(scenario).notes[0]


@pytest.mark.rule("HO-27")
def test_for_text_one_extension_is_enough_and_the_rest_can_be_ignored() -> None:
    settings = declared()
    settings["environments"]["crm-eu"]["extensions"] = []
    bare = in_place(settings, *connecting())
    assert connection(bare).notes[0].endswith("install in this order: Omnichannel extension")
    settings["environments"]["crm-eu"]["extensions"] = ["omnichannel"]
    scenario = in_place(settings, *connecting())
    assert "extensions_optional" in connection(scenario).warnings
    assert "can be ignored" in connection(scenario).notes[0]
    full = in_place(None, *connecting())
    assert connection(full).warnings == ("analytics_unavailable",)


@pytest.mark.rule("HO-08")
def test_another_environment_than_the_hubs_has_no_analytics() -> None:
    scenario = in_place(None, *connecting())
    assert "analytics_unavailable" in connection(scenario).warnings
    said = " ".join(connection(scenario).notes)
    assert "analytics" in said
    assert "installed by hand" in said


@pytest.mark.rule("HO-12")
def test_the_note_says_whose_embed_code_to_use() -> None:
    assert any("embed code" in note for note in connection(in_place(None, *connecting())).notes)


@pytest.mark.rule("HO-05")
@pytest.mark.parametrize(
    ("region", "works"),
    [
        ("United States", True),
        ("Canada", True),
        ("Europe", True),
        ("Asia", True),
        ("United Kingdom", True),
        ("Australia", True),
        ("India", False),
        ("South America", False),
    ],
)
def test_voice_outside_of_its_regions_is_said_aloud(region: str, *, works: bool) -> None:
    settings = declared()
    for name in ("bots-eu", "crm-eu"):
        settings["environments"][name]["region"] = region
    scenario = in_place(settings, *connecting()[:2], ask(SwitchVoice, is_on=True))
    for step in connecting()[2:4]:
        scenario.when(step)
    events = scenario.when(ask(AddBot)).events
    said = [one.reason for one in events if isinstance(one, ConnectionInvalid)]
    assert said == ([] if works else ["voice_region"])
    assert connection(scenario).invalid == (() if works else ("voice_region",))
    assert connection(scenario).state == "connected"


@pytest.mark.rule("HO-13")
def test_voice_is_added_by_disconnecting_and_connecting_again() -> None:
    scenario = in_place(None, *connecting())
    on = ask(SwitchVoice, is_on=True)
    scenario.when(on).refused("handoff.voice_needs_reconnect", "disconnect it", "connect it again")
    scenario.when(ask(DisconnectBot))
    scenario.when(on)
    for step in connecting()[2:]:
        scenario.when(step)
    assert connection(scenario).state == "connected"
    assert connection(scenario).is_voice


@pytest.mark.rule("HO-17")
def test_voice_stays_on_while_the_bot_serves_a_voice_workstream() -> None:
    settings = declared(bots={"lamps": {"environment": "bots-eu", "voice_workstreams": ["calls"]}})
    scenario = in_place(settings, *connecting()[:2], ask(SwitchVoice, is_on=True))
    for step in connecting()[2:]:
        scenario.when(step)
    off = ask(SwitchVoice, is_on=False)
    scenario.when(off).refused("handoff.voice_in_use", "calls", "out of them first")
    scenario.references = loaded(declared())
    scenario.when(off).then(event(ConnectionChanged, is_voice=False, state="connected"))


@pytest.mark.rule("HO-14")
def test_an_old_connection_shows_as_unconfigured_until_it_is_enabled() -> None:
    october_2021_ms, november_2021_ms = 1_635_724_799_999, 1_635_724_800_000
    fields = {"hub": "dynamics", "environment": "crm-eu", "application_id": "app-1"}
    adopted = told(ConnectionAdopted, connected_at_ms=october_2021_ms, **fields)
    scenario = in_place(None, adopted)
    before = connection(scenario)
    assert (before.state, before.shown_state) == ("connected", "not_enabled")
    enabling = ask(EnableConnection)
    scenario.when(enabling).then(event(ConnectionChanged, state="connected"))
    after = connection(scenario)
    assert after.shown_state == "connected"
    assert after.connected_at_ms == october_2021_ms
    scenario.when(enabling).nothing()
    newer = told(ConnectionAdopted, connected_at_ms=november_2021_ms, **fields)
    assert connection(in_place(None, newer)).shown_state == "connected"


@pytest.mark.rule("HO-15")
def test_what_an_import_shows_depends_on_what_was_exported() -> None:
    scenario = in_place(None, *connecting())
    scenario.when(ask(ExportBot)).then(event(BotExported, number=1, had_capabilities=True))
    scenario.when(ask(SwitchSingleSignOn, is_on=True))

    def imported(**fields: Any) -> Any:
        given_fields = {"source_bot_id": "lamps", "had_capabilities": True, "number": 1}
        return ask(ImportBot, "lamps-test", **(given_fields | fields))

    old = scenario.when(imported()).events[0]
    assert "cannot be determined" in old.message
    assert "can be ignored" in old.advice
    scenario.when(ask(ExportBot))
    layered = scenario.when(imported(number=2, has_unmanaged_layers=True)).events[0]
    assert "unmanaged layers" in layered.advice
    scenario.when(imported(number=2)).then(event(BotImported, message=None, advice=None))
    without = scenario.when(imported(number=2, had_capabilities=False)).events[0]
    assert "cannot be determined" in without.message
    assert "stays" in without.advice
    scenario.when(imported(number=3)).refused("handoff.unknown_export", "2 times")


@pytest.mark.rule("HO-16")
@pytest.mark.rule("TR-15")
def test_disconnecting_disables_the_application_user_and_goes_on_at_the_environment() -> None:
    scenario = in_place(None, *connecting())
    assert [user.is_enabled for user in found(scenario, views.APPLICATION_USER)] == [True]
    scenario.when(ask(DisconnectBot)).then(event(ConnectionChanged, state="disconnected"))
    assert [user.is_enabled for user in found(scenario, views.APPLICATION_USER)] == [False]
    scenario.when(ask(DisconnectBot)).nothing()
    scenario.when(ask(AddBot)).refused("handoff.unexpected", "choose the environment first")
    for step in connecting()[2:]:
        scenario.when(step)
    assert connection(scenario).state == "connected"
    assert [user.is_enabled for user in found(scenario, views.APPLICATION_USER)] == [True]


@pytest.mark.rule("HO-16")
def test_disabling_keeps_what_was_set_up_and_enabling_brings_it_back() -> None:
    scenario = in_place(None, *connecting())
    scenario.when(ask(DisableConnection)).then(event(ConnectionChanged, state="disabled"))
    assert connection(scenario).application_id == "app-1"
    scenario.when(ask(DisableConnection)).nothing()
    scenario.when(ask(EnableConnection)).then(event(ConnectionChanged, state="connected"))


@pytest.mark.rule("HO-16")
def test_what_a_bot_serves_is_escalated_when_it_is_taken_out() -> None:
    def serves(conversation_id: str, bot_id: str = "lamps") -> Any:
        return told(
            BotConversationStarted, bot_id, conversation_id=conversation_id, ownership_epoch=1
        )

    for stop in (DisconnectBot, DisableConnection):
        scenario = in_place(None, *connecting(), *connecting("shades", "app-2"))
        for record in (serves("c-1"), serves("c-2"), serves("c-3", "shades")):
            scenario.when(record)
        events = scenario.when(ask(stop)).events
        escalated = [one for one in events if isinstance(one, HandoffInitiated)]
        assert [one.conversation_id for one in escalated] == ["c-1", "c-2"]
        assert {one.reason for one in escalated} == {"bot_disconnected"}
        late = scenario.when(serves("c-4"))
        late.then(event(HandoffInitiated, conversation_id="c-4", bot_id="lamps"))


@pytest.mark.rule("HO-16")
def test_a_refresh_asks_the_hub_reports_and_changes_nothing() -> None:
    scenario = in_place(None, *connecting())
    before = connection(scenario)
    asked = ask(RefreshConnection, test_id="t-1")
    (due,) = scenario.when(asked).then(event(DeliveryDue, kind="health")).events
    attempted = told_attempt(due.delivery_id, "delivered")
    scenario.when(attempted).then(
        event(DeliveryChanged, state="sent"),
        event(ConnectionTested, test_id="t-1", is_good=True),
    )
    assert connection(scenario) == before
    assert not scenario.timers
    assert not scenario.rows(views.DELIVERY)


@pytest.mark.rule("HO-16")
def test_a_refresh_says_what_is_wrong() -> None:
    scenario = in_place(None, *connecting(), told(BotUnpublished))
    scenario.when(ask(RefreshConnection, test_id="t-1"))
    scenario.later(60_000)
    (test,) = found(scenario, views.CONNECTION_TEST)
    assert test.state == "bad"
    assert any("not published" in finding for finding in test.findings)
    assert any("no answer came" in finding for finding in test.findings)
    unfinished = in_place(None, *connecting()[:3])
    unfinished.when(ask(RefreshConnection, test_id="t-2")).then(
        event(ConnectionTested, is_good=False)
    )


@pytest.mark.rule("TR-08")
def test_a_transfer_cannot_be_tested_with_an_unpublished_bot() -> None:
    scenario = in_place(None, *connecting(), told(BotUnpublished))
    asked = ask(RefreshConnection, test_id="t-1", is_transfer_test=True)
    scenario.when(asked).refused("handoff.bot_unpublished", "lamps", "publish it first")
    scenario.when(told(BotPublished))
    scenario.when(asked).then(event(DeliveryDue, kind="health"))


@pytest.mark.rule("HO-28")
def test_single_sign_on_is_a_choice() -> None:
    scenario = in_place(None, *connecting())
    assert not connection(scenario).is_single_sign_on
    scenario.when(ask(SwitchSingleSignOn, is_on=True)).then(
        event(ConnectionChanged, is_single_sign_on=True)
    )
    assert connection(scenario).is_single_sign_on


def test_our_own_routing_needs_one_step_only() -> None:
    scenario = in_place({}, told(BotPublished))
    scenario.when(ask(EnableConnection)).then(
        event(ConnectionChanged, hub="cuestream", state="connected")
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hubs": {"cuestream": {"kind": "custom"}}}, "hubs.cuestream"),
        ({"bots": {"b": {"environment": "nowhere"}}}, "bots.b.environment"),
        (
            {"environments": {"e": {"region": "Europe", "hub": "nobody"}}, "bots": {}},
            "environments.e.hub",
        ),
        (
            {"bots": {"b": {"environment": "crm-eu", "application_id": "app-9"}}},
            "bots.b.application_id",
        ),
    ],
)
def test_settings_that_contradict_themselves_are_refused(
    change: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidReferenceError) as refused:
        loaded(declared(**change))
    assert refused.value.field == field


def found(scenario: Scenario, table: str) -> list[Any]:
    return [views.decode(table, value) for _, value in scenario.rows(table)]


def told_attempt(delivery_id: str, outcome: Any, attempt: int = 1, **fields: Any) -> Any:
    return DeliveryAttempted(
        tenant="demo",
        occurred_at_ms=0,
        delivery_id=delivery_id,
        attempt=attempt,
        outcome=outcome,
        **fields,
    )


@pytest.mark.rule("HO-17")
def test_voice_workstreams_of_our_own_routing_count_too() -> None:
    calls = {"id": "calls", "kind": "voice", "mode": "push", "bot_id": "lamps"}
    routing = {"routing.setup": setup(workstreams=[calls])}
    scenario = in_place(None, *connecting()[:2], ask(SwitchVoice, is_on=True), **routing)
    for step in connecting()[2:]:
        scenario.when(step)
    scenario.when(ask(SwitchVoice, is_on=False)).refused("handoff.voice_in_use", "calls")


@pytest.mark.rule("TR-08")
@pytest.mark.parametrize("is_published", [True, False])
def test_a_bot_of_ours_is_published_as_its_artefact_says(*, is_published: bool) -> None:
    bots = load_bots(f"bots: {{lamps: {{published: {str(is_published).lower()}}}}}".encode())
    scenario = in_place(None, *connecting()[1:4], **{"dialogue.bots": bots})
    scenario.when(ask(AddBot))
    assert (connection(scenario).state == "connected") == is_published
