"""Who may see what: the predicate's truth table, and every read path against it."""

from __future__ import annotations

import time

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from processors.views import conversation as views
from processors.views.conversation import Access
from streams.api.visible import Principal, visible
from tests.api.support import NINE_MS, Node, body, conversation, node, token, turn

TENANTS = ("demo", "other")
USERS = ("ann", "bob", "cem")
TEAMS = ("red", "blue")
QUEUES = ("billing", "sales")

accesses = st.builds(
    Access,
    tenant=st.sampled_from(TENANTS),
    owner=st.none() | st.sampled_from(USERS),
    team=st.none() | st.sampled_from(TEAMS),
    participants=st.lists(st.sampled_from(USERS), max_size=2).map(tuple),
    queue=st.none() | st.sampled_from(QUEUES),
)
principals = st.builds(
    Principal,
    tenant=st.sampled_from(TENANTS),
    user=st.sampled_from(USERS),
    name=st.just("Somebody"),
    teams=st.frozensets(st.sampled_from(TEAMS)),
    roles=st.frozensets(st.sampled_from(["representative", "supervisor", "admin"]), max_size=2),
    queues=st.frozensets(st.sampled_from(QUEUES)),
)


def who(principal: Principal) -> str:
    return token(
        principal.user,
        tenant=principal.tenant,
        teams=sorted(principal.teams),
        roles=sorted(principal.roles),
        queues=sorted(principal.queues),
    )


@pytest.mark.parametrize(
    ("access", "roles", "is_seen"),
    [
        (Access(tenant="demo", owner="ann"), (), True),
        (Access(tenant="demo", participants=("bob", "ann")), (), True),
        (Access(tenant="demo", team="red"), (), True),
        (Access(tenant="demo", team="blue"), (), False),
        (Access(tenant="demo"), (), False),
        (Access(tenant="demo", queue="billing"), (), False),
        (Access(tenant="demo", queue="billing"), ("supervisor",), True),
        (Access(tenant="demo", queue="sales"), ("supervisor",), False),
        (Access(tenant="demo"), ("supervisor",), False),
        (Access(tenant="demo"), ("admin",), True),
        (Access(tenant="other", owner="ann"), ("admin",), False),
    ],
)
def test_a_row_is_seen_by_its_owner_its_people_its_team_its_supervisor_and_admins(
    access: Access, roles: tuple[str, ...], is_seen: bool
):
    ann = Principal(
        tenant="demo",
        user="ann",
        name="Ann",
        teams=frozenset({"red"}),
        roles=frozenset(roles),
        queues=frozenset({"billing"}),
    )
    assert visible(ann, access) is is_seen


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(principal=principals, rows=st.lists(accesses, max_size=12), limit=st.integers(1, 5))
async def test_every_read_path_gives_what_the_predicate_allows_and_nothing_else(
    principal: Principal, rows: list[Access], limit: int
):
    async with node() as worker:
        allowed = fill(worker, principal, rows)
        async with worker.client(who(principal)) as client:
            listed, totals = await walk(client, limit)
            assert listed == allowed
            assert totals <= {len(allowed)}
            for number in range(len(rows)):
                expected = 200 if f"c-{number}" in allowed else 404
                for path in ("", "/turns", "/recommendations"):
                    answer = await client.get(f"/v1/conversations/c-{number}{path}")
                    assert answer.status_code == expected, answer.text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(principal=principals, rows=st.lists(accesses, max_size=8))
async def test_mine_is_the_part_of_the_visible_that_the_asker_owns_or_took_part_in(
    principal: Principal, rows: list[Access]
):
    async with node() as worker:
        allowed = fill(worker, principal, rows)
        mine = {
            name
            for name in allowed
            for access in [rows[int(name.removeprefix("c-"))]]
            if access.owner == principal.user or principal.user in access.participants
        }
        async with worker.client(who(principal)) as client:
            answer = await client.get("/v1/conversations?scope=mine&state=all&limit=100")
            assert {item["conversation_id"] for item in body(answer)["items"]} == mine
            assert body(answer)["total"] == len(mine)


def fill(worker: Node, principal: Principal, rows: list[Access]) -> set[str]:
    """Write a conversation a row, with a turn each; return the ids the predicate allows."""
    for number, access in enumerate(rows):
        key = worker.put_conversation(
            conversation(
                f"c-{number}",
                tenant=access.tenant,
                access=access,
                last_turn_at_ms=NINE_MS + number % 3,
            )
        )
        worker.put(views.TURN, views.turn_key(key, 1), turn(1))
    return {f"c-{number}" for number, access in enumerate(rows) if visible(principal, access)}


async def walk(client: httpx2.AsyncClient, limit: int) -> tuple[set[str], set[int]]:
    """Return all ids of a list, page by page, and the totals the pages named."""
    found: list[str] = []
    totals = set()
    cursor: str | None = None
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        params = {"scope": "visible", "state": "all", "limit": str(limit)}
        answer = await client.get(
            "/v1/conversations", params=params | ({"cursor": cursor} if cursor else {})
        )
        page = body(answer)
        found += [item["conversation_id"] for item in page["items"]]
        totals.add(page["total"])
        cursor = page["next"]
        if cursor is None:
            break
    assert len(found) == len(set(found)), "a page repeats what another has"
    return set(found), totals
