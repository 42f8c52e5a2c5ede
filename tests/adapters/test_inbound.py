"""The way in: who is let in, what is answered when, and that nothing is taken twice or lost."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization

from schemas.records.conversation import HandoffInitiated, TurnSaid
from streams.adapters import verification
from streams.adapters.errors import KeysUnavailableError, UnverifiedError
from streams.adapters.inbound import BotFramework, Inbound
from streams.api.gateway import BODY_BYTES_MAX
from tests.adapters.activities import APP, SERVICE, Issuer, SigningKey, activity, issuing, payload
from tests.api.support import Node, body, node

PLACE = "/in/bot_framework/demo"


@pytest.fixture(scope="module")
def _issuer() -> Iterator[Issuer]:
    with issuing() as made:
        yield made


@pytest.fixture
def issuer(_issuer: Issuer) -> Iterator[Issuer]:
    yield _issuer
    del _issuer.keys[1:]
    _issuer.is_down, _issuer.metadata = False, None


@contextlib.asynccontextmanager
async def worker(issuer: Issuer, **fields: Any) -> AsyncIterator[Node]:
    bot = BotFramework(
        tenant="demo", app_id=APP, bot_id="shop-bot", metadata_url=issuer.metadata_url, **fields
    )
    async with node(inbound=Inbound(bot_framework=(bot,))) as made:
        yield made


async def post(made: Node, token: str | None, sent: bytes, place: str = PLACE) -> httpx2.Response:
    async with made.client(token) as client:
        return await client.post(place, content=sent, headers={"content-type": "application/json"})


def counted(made: Node, outcome: str) -> float:
    labels = {"adapter": "bot_framework", "outcome": outcome}
    sample = made.metrics.registry.get_sample_value("cuestream_inbound_payloads_total", labels)
    return sample or 0.0


async def test_a_verified_activity_is_on_the_log_when_202_is_answered(issuer: Issuer):
    async with worker(issuer) as made:
        answer = await post(made, issuer.token(), payload("customer_message"))
        assert answer.status_code == 202
        assert body(answer) == {"accepted": ["webchat:w-41/a-1/turn"]}
        (turn,) = made.log.records()
        assert isinstance(turn, TurnSaid)
        assert (turn.tenant, turn.text) == ("demo", "my lamp is **broken**")
        assert counted(made, "accepted") == 1


async def test_a_replayed_activity_is_answered_and_written_once(issuer: Issuer):
    async with worker(issuer) as made:
        token = issuer.token()
        first = body(await post(made, token, payload("handoff_initiate")))
        again = body(await post(made, token, payload("handoff_initiate")))
        with_new_token = body(await post(made, issuer.token(), payload("handoff_initiate")))
        assert len(first["accepted"]) == 3
        assert again["duplicates"] == with_new_token["duplicates"] == first["accepted"]
        assert "accepted" not in again
        assert len(made.log.records()) == 3
        assert sum(isinstance(record, HandoffInitiated) for record in made.log.records()) == 1


async def test_the_same_activity_sent_many_times_at_once_is_written_once(issuer: Issuer):
    async with worker(issuer) as made:
        token = issuer.token()
        answers = await asyncio.gather(*(post(made, token, payload("escalate")) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {202}
        assert len(made.log.records()) == 1


async def test_an_activity_without_a_time_gets_the_time_of_its_arrival(issuer: Issuer):
    async with worker(issuer) as made:
        before_ms = time.time_ns() // 1_000_000
        await post(made, issuer.token(), activity(timestamp=None))
        (turn,) = made.log.records()
        assert before_ms <= turn.occurred_at_ms <= time.time_ns() // 1_000_000


async def test_what_says_nothing_to_a_log_is_acknowledged_and_counted(issuer: Issuer):
    async with worker(issuer) as made:
        answer = await post(made, issuer.token(), payload("typing"))
        assert answer.status_code == 202
        assert "typing" in body(answer)["ignored"]
        assert made.log.records() == []
        assert counted(made, "ignored") == 1


async def test_what_was_left_out_is_told_in_the_answer(issuer: Issuer):
    async with worker(issuer) as made:
        answer = body(await post(made, issuer.token(), payload("escalate")))
        assert len(answer["notes"]) == 2


@pytest.mark.parametrize("sent", [b"", b"{", b"[1]", b"7", b"\xff", payload("without_id")])
async def test_a_verified_sender_is_told_in_a_sentence_why_a_payload_is_rejected(
    issuer: Issuer, sent: bytes
):
    async with worker(issuer) as made:
        answer = await post(made, issuer.token(), sent)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert body(answer)["detail"].endswith(".")
        assert counted(made, "rejected") == 1
        assert made.log.records() == []


async def test_a_body_larger_than_a_mebibyte_is_not_read_further(issuer: Issuer):
    async with worker(issuer) as made:
        answer = await post(made, issuer.token(), b" " * (BODY_BYTES_MAX + 1))
        assert answer.status_code == 413


async def test_without_the_brokers_acknowledgement_the_sender_is_told_when_to_come_again(
    issuer: Issuer,
):
    async with worker(issuer) as made:
        made.log.down = "the broker is away."
        answer = await post(made, issuer.token(), payload("customer_message"))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert counted(made, "unavailable") == 1
        made.log.down = None
        again = await post(made, issuer.token(), payload("customer_message"))
        assert body(again)["accepted"] == ["webchat:w-41/a-1/turn"]
        assert len(made.log.records()) == 1


async def refused(made: Node, token: str | None, sent: bytes, place: str = PLACE) -> None:
    """Assert that a sender is turned away without a word about why."""
    answer = await post(made, token, sent, place)
    assert answer.status_code == 401
    assert body(answer) == {
        "type": "urn:cuestream:problem:unauthenticated",
        "title": "Not verified",
        "status": 401,
        "detail": "The sender cannot be verified.",
    }
    assert made.log.records() == []


def unsigned(**claims: Any) -> str:
    """Return a token that says it needs no signature."""

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT', 'kid': 'first'})}.{part(claims)}."


def confused(issuer: Issuer, token: str) -> str:
    """Return the token's claims signed by HS256, with the issuer's public key as the secret."""
    secret = (
        issuer.keys[0]
        .private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"first"}').rstrip(b"=")
    signed = head + b"." + token.split(".")[1].encode()
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()


FORGED = {
    "no token": lambda issuer: None,
    "no token at all": lambda issuer: "x",
    "stale": lambda issuer: issuer.token(expires_in_s=-verification.LEEWAY_S - 60),
    "not yet valid": lambda issuer: issuer.token(nbf=int(time.time()) + 3_600),
    "no end": lambda issuer: issuer.token(exp=None),
    "for another application": lambda issuer: issuer.token(aud="another"),
    "for no application": lambda issuer: issuer.token(aud=None),
    "for several applications": lambda issuer: issuer.token(aud=[APP, "another"]),
    "by another issuer": lambda issuer: issuer.token(iss="https://evil.example.org"),
    "by no issuer": lambda issuer: issuer.token(iss=None),
    "for another service": lambda issuer: issuer.token(serviceurl="https://evil.example.org/"),
    "for no service": lambda issuer: issuer.token(serviceurl=None),
    "for a service that is no text": lambda issuer: issuer.token(serviceurl=[SERVICE]),
    "unsigned": lambda issuer: unsigned(
        iss="https://api.botframework.com", aud=APP, serviceurl=SERVICE, exp=9_999_999_999
    ),
    "signed with the public key": lambda issuer: confused(issuer, issuer.token()),
    "by a key of a stranger": lambda issuer: issuer.token(by=SigningKey("first")),
    "by an unknown key": lambda issuer: issuer.token(by=SigningKey("stranger")),
    "by no key": lambda issuer: issuer.token(headers={"kid": ""}),
}


@pytest.mark.parametrize("how", sorted(FORGED))
async def test_a_sender_who_cannot_be_verified_is_turned_away_without_detail(
    issuer: Issuer, how: str
):
    async with worker(issuer) as made:
        await refused(made, FORGED[how](issuer), payload("customer_message"))
        assert counted(made, "unverified") == 1
        accepted = await post(made, issuer.token(), payload("customer_message"))
        assert accepted.status_code == 202


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_token_of_which_one_character_was_changed_is_turned_away(issuer: Issuer, part: int):
    async with worker(issuer) as made:
        pieces = issuer.token().split(".")
        at = len(pieces[part]) // 2
        other = "A" if pieces[part][at] != "A" else "B"
        pieces[part] = pieces[part][:at] + other + pieces[part][at + 1 :]
        await refused(made, ".".join(pieces), payload("customer_message"))


@pytest.mark.parametrize("service_url", [None, "https://webchat.example.org", "https://x.org/", 7])
async def test_an_activity_from_another_service_than_its_tokens_is_turned_away(
    issuer: Issuer, service_url: Any
):
    async with worker(issuer) as made:
        await refused(made, issuer.token(), activity(serviceUrl=service_url))


async def test_clocks_may_be_five_minutes_apart(issuer: Issuer):
    async with worker(issuer) as made:
        late = issuer.token(expires_in_s=-verification.LEEWAY_S + 60)
        assert (await post(made, late, payload("customer_message"))).status_code == 202


async def test_nobody_sends_for_a_tenant_that_has_no_bot_and_an_unknown_adapter_is_not_found(
    issuer: Issuer,
):
    async with worker(issuer) as made:
        await refused(made, issuer.token(), payload("customer_message"), "/in/bot_framework/acme")
        answer = await post(made, issuer.token(), payload("customer_message"), "/in/pigeon/demo")
        assert answer.status_code == 404


async def test_two_bots_of_a_tenant_are_told_apart_by_whom_the_token_is_for(issuer: Issuer):
    bots = tuple(
        BotFramework(tenant="demo", app_id=app_id, metadata_url=issuer.metadata_url)
        for app_id in ("one", "two")
    )
    async with node(inbound=Inbound(bot_framework=bots)) as made:
        before = issuer.fetches
        for app_id in ("one", "two"):
            token = issuer.token(aud=app_id)
            await post(
                made,
                token,
                activity(id=app_id, type="conversationUpdate", membersAdded=[{"id": "mia"}]),
            )
        assert [opened.bot_id for opened in made.log.records()] == ["one", "two"]
        assert issuer.fetches - before == 2


# Keys


async def test_a_new_key_is_found_and_an_old_one_refused_once_it_is_gone(issuer: Issuer):
    now_s = [0.0]
    keys = verification.Keys(issuer.metadata_url, clock=lambda: now_s[0])
    verifier = verification.TokenVerifier(keys, audience=APP)
    old, new = issuer.keys[0], SigningKey("second")
    headers = {"authorization": f"Bearer {issuer.token()}"}
    assert (await verifier.claims(headers))[0]["aud"] == APP

    issuer.keys[:] = [new]
    try:
        now_s[0] += verification.REFRESH_AFTER_S
        rotated = {"authorization": f"Bearer {issuer.token(by=new)}"}
        assert (await verifier.claims(rotated))[0]["aud"] == APP
        with pytest.raises(UnverifiedError):
            await verifier.claims(headers)
    finally:
        issuer.keys[:] = [old]


async def test_unknown_keys_lead_to_one_look_a_minute_however_many_come(issuer: Issuer):
    now_s = [0.0]
    keys = verification.Keys(issuer.metadata_url, clock=lambda: now_s[0])
    before = issuer.fetches
    found = await asyncio.gather(*(keys.key(f"stranger-{number}") for number in range(50)))
    assert set(found) == {None}
    assert issuer.fetches - before == 2
    now_s[0] += verification.REFRESH_AFTER_S - 1
    await keys.key("stranger")
    assert issuer.fetches - before == 2
    now_s[0] += 1
    await keys.key("stranger")
    assert issuer.fetches - before == 4


async def test_known_keys_hold_for_a_day_while_their_issuer_is_away(issuer: Issuer):
    now_s = [0.0]
    keys = verification.Keys(issuer.metadata_url, clock=lambda: now_s[0])
    assert await keys.key("first") is not None
    issuer.is_down = True
    now_s[0] += verification.KEYS_LIVE_S - 1
    assert await keys.key("first") is not None
    now_s[0] += 1
    with pytest.raises(KeysUnavailableError):
        await keys.key("first")
    issuer.is_down = False
    now_s[0] += verification.REFRESH_AFTER_S
    assert await keys.key("first") is not None


async def test_an_issuer_that_cannot_be_reached_is_no_refusal_but_a_come_again(issuer: Issuer):
    async with worker(issuer) as made:
        issuer.is_down = True
        answer = await post(made, issuer.token(), payload("customer_message"))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert issuer.metadata_url not in answer.text


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"jwks_uri": 7},
        {"jwks_uri": "http://keys.example.org/"},
        {"jwks_uri": "file:///etc/passwd"},
        b"no JSON",
        b"[]",
    ],
)
async def test_metadata_that_leads_nowhere_safe_is_not_followed(issuer: Issuer, metadata: Any):
    issuer.metadata = metadata
    with pytest.raises(KeysUnavailableError):
        await verification.Keys(issuer.metadata_url).key("first")


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://login.botframework.com/x", True),
        ("http://127.0.0.1:9/x", True),
        ("http://login.botframework.com/x", False),
        ("ftp://127.0.0.1/x", False),
        ("file:///x", False),
        ("http://localhost.example.org/", False),
        ("", False),
    ],
)
def test_keys_are_fetched_over_tls_or_from_this_machine(url: str, is_safe: bool):
    assert verification.is_safe(url) is is_safe


async def test_only_rsa_keys_for_signatures_count_and_a_key_signs_for_its_channels(issuer: Issuer):
    webchat = SigningKey("webchat", endorsements=["webchat"])
    issuer.keys += [webchat, SigningKey("enc", use="enc")]
    issuer.keys[2].jwk["kty"] = "RSA"
    async with worker(issuer) as made:
        token = issuer.token(by=webchat)
        assert (await post(made, token, activity(id="b-1"))).status_code == 202
        made.log.topics.clear()
        await refused(made, token, activity(id="b-2", channelId="msteams"))
        await refused(made, issuer.token(by=issuer.keys[2]), activity(id="b-3"))


def test_settings_refuse_names_they_do_not_know_and_tenants_that_are_none():
    with pytest.raises(ValueError, match="tenant"):
        BotFramework(tenant="No Tenant", app_id=APP)
    with pytest.raises(ValueError, match="app_di"):
        BotFramework.model_validate({"tenant": "demo", "app_id": APP, "app_di": "x"})
    assert Inbound().bot_framework == ()
