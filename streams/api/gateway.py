"""The gateway: adapters that speak no Kafka put records on the logs over HTTP.

The answer is 202 only after the broker's acknowledgement. The same `(source, id)` is written once
for as long as the gateway remembers it; for good, the processors do not count a turn twice.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from time import monotonic, time_ns
from typing import Any, Final, Literal

import msgspec

from schemas import catalogue, codec
from schemas.errors import InvalidRecordError, SchemaError, UndecodableError, UnknownContractError
from streams.api.answers import Accepted
from streams.api.appending import Appender, Entry, Refused
from streams.api.errors import (
    FieldFault,
    ForbiddenError,
    InvalidInputError,
    RequestError,
    TooLargeError,
    UnavailableError,
    UnsupportedMediaError,
)
from streams.api.limiting import MovingWindow
from streams.api.visible import ADAPTER, ADMIN, Principal
from streams.client.producer import natural_id
from streams.json_depth import is_deeper
from streams.telemetry.metrics import Metrics
from streams.topics import TOPICS

BODY_BYTES_MAX: Final = 1_048_576
EVENTS_MAX: Final = 1_000
DEPTH_MAX: Final = 32
REMEMBERED_MAX: Final = 200_000
REMEMBERED_S: Final = 86_400.0
EVENTS_PER_WINDOW: Final = 50_000
WINDOW_S: Final = 10

TAKEN: Final = frozenset(
    name
    for plan in TOPICS
    if plan.role == "log"
    for name in plan.records
    if catalogue.by_name(name).kind != "event"
)
"""Contracts that a log lists, but for what other processors derive: what may be put on one."""
_CONTROL: Final = "cuestream.control."
_STRUCTURED: Final = "application/cloudevents+json"
_BATCH: Final = "application/cloudevents-batch+json"
_AVRO: Final = "application/avro"
_TEXT_MAX: Final = 1_024

Form = Literal["plain", "structured"]
Key = tuple[str, str, str]
"""Tenant, source and id."""


class Recent:
    """What was accepted lately, so that sending it again writes nothing; what is under way, too."""

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._accepted: OrderedDict[Key, float] = OrderedDict()
        self._under_way: dict[Key, asyncio.Future[bool]] = {}

    def claim(self, key: Key) -> asyncio.Future[bool] | bool:
        """Return True when the caller shall write it; False when it is written already.

        A future when somebody else is writing it just now: it tells whether that succeeded. Who
        claims never waits while others wait for it: settle first.
        """
        ends_s = self._accepted.get(key)
        if ends_s is not None and ends_s > self._clock():
            return False
        writer = self._under_way.get(key)
        if writer is not None:
            return writer
        self._under_way[key] = asyncio.get_running_loop().create_future()
        return True

    def settle(self, key: Key, *, is_written: bool) -> None:
        """Say what became of a claim."""
        writer = self._under_way.pop(key)
        if is_written:
            self._accepted.pop(key, None)
            self._accepted[key] = self._clock() + REMEMBERED_S
            if len(self._accepted) > REMEMBERED_MAX:
                self._accepted.popitem(last=False)
        writer.set_result(is_written)


class Gateway:
    """Checks, completes and appends records in the name of a principal."""

    def __init__(
        self,
        appender: Appender,
        metrics: Metrics,
        *,
        window: MovingWindow | None = None,
    ) -> None:
        self._appender, self._metrics = appender, metrics
        self._recent = Recent()
        self._window = window or MovingWindow(units_max=EVENTS_PER_WINDOW, window_s=WINDOW_S)

    async def take(
        self, principal: Principal, content_type: str, headers: Mapping[str, str], body: bytes
    ) -> Accepted:
        """Append what a request carries; return once all of it is acknowledged.

        Raises:
            RequestError: The body cannot be read, a field does not fit, the principal may not, too
                much at once, or the broker does not acknowledge: then the same request can be sent
                again, and what was written already is not written twice.
        """
        try:
            require_writer(principal)
            entries = read_entries(principal, content_type, headers, body)
            self.admit(principal, len(entries))
            accepted = await self.append(principal, entries)
        except RequestError as refusal:
            outcome = {429: "limited", 503: "unavailable"}.get(refusal.status, "refused")
            self._metrics.gateway_requests.labels(outcome).inc()
            raise
        self._metrics.gateway_requests.labels("accepted").inc()
        return accepted

    def admit(self, principal: Principal, records: int) -> None:
        """Count records against what one principal may send. Raises TooManyError."""
        self._window.take(f"{principal.tenant}:{principal.user}", records)

    async def append(self, principal: Principal, entries: Sequence[Entry]) -> Accepted:
        """Append records that were checked.

        Raises:
            TooLargeError: A record is larger than a topic takes.
            UnavailableError: The broker did not acknowledge one of them.
        """
        accepted: list[str] = []
        duplicates: list[str] = []
        left = list(entries)
        while left:
            fresh, others, seen = self._claim(principal, left)
            duplicates += seen
            written = [False] * len(fresh)
            try:
                refused = await self._write(fresh, written)
            finally:
                for entry, is_written in zip(fresh, written, strict=True):
                    self._recent.settle(_key(principal, entry), is_written=is_written)
            self._count(sum(written), len(seen), written.count(False))
            if refused is not None:
                raise _not_acknowledged(refused)
            accepted += [entry.id for entry in fresh]
            # What somebody else was writing is ours to write if that failed.
            ends = [await asyncio.shield(writer) for _, writer in others]
            left = [
                entry for (entry, _), is_written in zip(others, ends, strict=True) if not is_written
            ]
            duplicates += [
                entry.id for (entry, _), is_written in zip(others, ends, strict=True) if is_written
            ]
        return Accepted(accepted, duplicates)

    def _claim(
        self, principal: Principal, entries: Sequence[Entry]
    ) -> tuple[list[Entry], list[tuple[Entry, asyncio.Future[bool]]], list[str]]:
        """Return what is ours to write, what others are writing, and ids written before."""
        fresh: list[Entry] = []
        others: list[tuple[Entry, asyncio.Future[bool]]] = []
        seen: list[str] = []
        mine: set[Key] = set()
        for entry in entries:
            key = _key(principal, entry)
            claim = False if key in mine else self._recent.claim(key)
            if claim is True:
                fresh.append(entry)
                mine.add(key)
            elif claim is False:
                seen.append(entry.id)
            else:
                others.append((entry, claim))
        return fresh, others, seen

    async def _write(self, entries: list[Entry], written: list[bool]) -> Refused | None:
        """Append entries and note which are acknowledged; return the first refusal."""
        spread: list[Entry] = []
        origin: list[int] = []
        for index, entry in enumerate(entries):
            parts = [entry]
            if catalogue.key_of(entry.record) is None:
                parts = await self._to_every_partition(entry)
                if not parts:
                    return Refused("the log's partitions are not known just now.")
            spread += parts
            origin += [index] * len(parts)
        outcomes = await self._appender.append(spread) if spread else []
        first: Refused | None = None
        written[:] = [True] * len(written)
        for index, outcome in zip(origin, outcomes, strict=True):
            if isinstance(outcome, Refused):
                written[index] = False
                first = first or outcome
        return first

    async def _to_every_partition(self, entry: Entry) -> list[Entry]:
        """Return a record without a key once for each partition of its log."""
        name = catalogue.of(entry.record).name
        return [
            Entry(entry.record, f"{entry.id}/{partition}", entry.source, partition)
            for partition in await self._appender.partitions_of(name)
        ]

    def _count(self, accepted: int, duplicates: int, unavailable: int) -> None:
        events = self._metrics.gateway_events
        events.labels("accepted").inc(accepted)
        events.labels("duplicate").inc(duplicates)
        events.labels("unavailable").inc(unavailable)


def _key(principal: Principal, entry: Entry) -> Key:
    return principal.tenant, entry.source, entry.id


def _not_acknowledged(refused: Refused) -> RequestError:
    if refused.is_too_large:
        return TooLargeError(refused.because)
    return UnavailableError(
        f"The log did not acknowledge the record: {refused.because} Send it again with the same id;"
        " what is written already is not written twice.",
        retry_after_s=2,
    )


def require_writer(principal: Principal) -> None:
    """Refuse whoever may not write in the name of others.

    Raises:
        ForbiddenError: Neither adapter nor admin.
    """
    if not principal.roles & {ADAPTER, ADMIN}:
        raise ForbiddenError(
            "Records are taken from principals with the role `adapter` or `admin`; representatives"
            " use the commands under /v1/conversations."
        )


def read_entries(
    principal: Principal, content_type: str, headers: Mapping[str, str], body: bytes
) -> list[Entry]:
    """Return the records a request carries, checked against their contracts.

    Args:
        principal: Who sends them; their tenant is filled in where there is none.
        content_type: How they are packed: JSON, or CloudEvents structured, batched or binary.
        headers: `ce-*` attributes of binary mode.
        body: The bytes.

    Raises:
        InvalidInputError: Not JSON, not a contract that a log takes, or a field does not fit.
        ForbiddenError: Another tenant, or control records from somebody who is no admin.
        UnsupportedMediaError: Packed in a way that is not taken.
    """
    media = content_type.partition(";")[0].strip().lower()
    if "ce-type" in headers:
        return [_binary(principal, media, headers, body)]
    if media not in {"application/json", _STRUCTURED, _BATCH, ""}:
        raise UnsupportedMediaError(
            f"{media} is not taken. Send application/json, {_STRUCTURED}, {_BATCH}, or ce-* headers"
            " with a JSON or Avro body."
        )
    found = _parse(body)
    if media == _BATCH and not isinstance(found, list):
        raise InvalidInputError("A CloudEvents batch is a JSON array.")
    if media == _STRUCTURED and isinstance(found, list):
        raise InvalidInputError(f"An array of CloudEvents has the content type {_BATCH}.")
    form: Form = "structured" if media in {_STRUCTURED, _BATCH} else "plain"
    if not isinstance(found, list):
        return [_entry(principal, found, form, "")]
    if not found:
        raise InvalidInputError("The array is empty.")
    if len(found) > EVENTS_MAX:
        raise TooLargeError(f"{len(found):,} events; at most {EVENTS_MAX:,} a request are taken.")
    return [_entry(principal, item, form, f"[{index}].") for index, item in enumerate(found)]


def entry_of(
    principal: Principal, name: str, fields: dict[str, Any], *, source: str, at: str = ""
) -> Entry:
    """Return one of our own commands as an entry; its id follows from turn_id or command_id.

    Raises:
        InvalidInputError: A field does not fit its contract.
    """
    record = _record(principal, name, fields, at, "")
    derived = natural_id(record, record_type=name, source=source)
    return Entry(record, derived or str(uuid.uuid4()), source)


def now_ms() -> int:
    """Return the wall clock, epoch ms."""
    return time_ns() // 1_000_000


def _parse(body: bytes) -> Any:
    try:
        found = msgspec.json.decode(body)
    except RecursionError:
        raise InvalidInputError(f"The JSON is nested deeper than {DEPTH_MAX} levels.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise InvalidInputError(f"The body is not JSON: {fault}.") from fault
    if is_deeper(found, DEPTH_MAX + 1):
        raise InvalidInputError(f"The JSON is nested deeper than {DEPTH_MAX} levels.")
    return found


def _entry(principal: Principal, item: Any, form: Form, at: str) -> Entry:
    if not isinstance(item, dict):
        raise _wrong(at.rstrip("."), "an event is a JSON object")
    name = _text(item, "type", at, is_required=True)
    is_structured = form == "structured" or "specversion" in item
    if is_structured and item.get("specversion") != "1.0":
        raise _wrong(f"{at}specversion", 'CloudEvents "1.0" is what is taken')
    data = item.get("data")
    if "data_base64" in item and data is None:
        record = _from_avro(principal, _unpacked(item["data_base64"], at), f"{at}data_base64")
        if catalogue.of(record).name != name:
            raise _wrong(f"{at}type", f"the data is a {catalogue.of(record).name}")
    else:
        if not isinstance(data, dict):
            raise _wrong(f"{at}data", "the record's fields as a JSON object are missing")
        record = _record(principal, name, data, at, "data.")
    source = _text(item, "source", at, is_required=is_structured)
    given = _text(item, "id", at, is_required=is_structured)
    return _complete(principal, record, name, given, source)


def _binary(principal: Principal, media: str, headers: Mapping[str, str], body: bytes) -> Entry:
    if headers.get("ce-specversion") != "1.0":
        raise _wrong("ce-specversion", 'CloudEvents "1.0" is what is taken')
    name = headers["ce-type"]
    attributes = {"id": headers.get("ce-id"), "source": headers.get("ce-source")}
    given = _text(attributes, "id", "ce-", is_required=True)
    source = _text(attributes, "source", "ce-", is_required=True)
    if media == _AVRO:
        record = _from_avro(principal, body, "")
        if catalogue.of(record).name != name:
            raise _wrong("ce-type", f"the body is a {catalogue.of(record).name}")
    elif media in {"application/json", ""}:
        data = _parse(body)
        if not isinstance(data, dict):
            raise _wrong("", "the record's fields are a JSON object")
        record = _record(principal, name, data, "", "")
    else:
        raise UnsupportedMediaError(f"With ce-* headers, {media} is not taken: JSON or Avro is.")
    return _complete(principal, record, name, given, source)


def _complete(
    principal: Principal, record: Any, name: str, given: str | None, source: str | None
) -> Entry:
    source = source or f"/gateway/{principal.user}"
    derived = given or natural_id(record, record_type=name, source=source)
    return Entry(record, derived or str(uuid.uuid4()), source)


def _record(principal: Principal, name: str, fields: dict[str, Any], at: str, inside: str) -> Any:
    _require_taken(principal, name, at)
    data = dict(fields)
    tenant = data.setdefault("tenant", principal.tenant)
    _require_tenant(principal, tenant)
    data.setdefault("occurred_at_ms", now_ms())
    # Stream time is made of this: it is ours to say, when the record is appended.
    data["recorded_at_ms"] = 0
    conversation_id = data.get("conversation_id")
    if isinstance(conversation_id, str) and not conversation_id.isprintable():
        raise _wrong(f"{at}{inside}conversation_id", "an id has printable characters only")
    try:
        return catalogue.from_json(name, data)
    except InvalidRecordError as fault:
        raise _wrong(f"{at}{inside}{fault.field}", fault.because) from fault
    except SchemaError as fault:
        raise _wrong(f"{at}type", str(fault)) from fault


def _from_avro(principal: Principal, body: bytes, at: str) -> Any:
    try:
        record = codec.decode(body)
    except UndecodableError as fault:
        raise _wrong(at, str(fault)) from fault
    _require_taken(principal, catalogue.of(record).name, "")
    _require_tenant(principal, record.tenant)
    return msgspec.structs.replace(record, recorded_at_ms=0)


def _require_taken(principal: Principal, name: str, at: str) -> None:
    if name not in TAKEN:
        try:
            catalogue.by_name(name)
        except UnknownContractError:
            because = "there is no such contract"
        else:
            because = "it is derived or administrative; nobody puts it on a log from outside"
        raise _wrong(f"{at}type", f"{name[:200]}: {because}. Taken are {', '.join(sorted(TAKEN))}")
    if name.startswith(_CONTROL) and ADMIN not in principal.roles:
        raise ForbiddenError(f"{name} is taken from principals with the role `admin` only.")


def _require_tenant(principal: Principal, tenant: Any) -> None:
    if tenant != principal.tenant:
        raise ForbiddenError(
            f"The record belongs to another tenant than you do ({principal.tenant}); leave `tenant`"
            " out, or use that tenant's token."
        )


def _unpacked(text: Any, at: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as fault:
        raise _wrong(f"{at}data_base64", "it is not base64") from fault


def _text(item: Mapping[str, Any], name: str, at: str, *, is_required: bool) -> Any:
    text = item.get(name)
    if text is None and not is_required:
        return None
    if not isinstance(text, str) or not 0 < len(text) <= _TEXT_MAX or not text.isprintable():
        raise _wrong(f"{at}{name}", f"a text of 1 to {_TEXT_MAX:,} printable characters is needed")
    return text


def _wrong(field: str, because: str) -> InvalidInputError:
    sentence = because if because.endswith(".") else f"{because}."
    return InvalidInputError(f"{field or 'body'}: {sentence}", faults=[FieldFault(field, sentence)])
