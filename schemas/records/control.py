"""GENERATED from schemas/avro/control by `python -m ops generate`; change the contracts instead.

Records of the context "control".
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import msgspec

__all__ = [
    "InputRejected",
    "QuarantineResolved",
    "RecordQuarantined",
    "ReferenceArtefact",
    "ReferenceChanged",
    "Resolution",
    "SchemaPublished",
    "Tick",
]

Int32 = Annotated[int, msgspec.Meta(ge=-(1 << 31), le=(1 << 31) - 1)]

Resolution = Literal["retried", "discarded"]


class InputRejected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The rules refused an input: a lawful no.

    Event. Addresses a whole partition: no key.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens. (lower-case
            letters, digits and hyphens, beginning with a letter or digit, at most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        log: Topic of the input.
        partition: Partition of the input. (unit ordinal, at least 0)
        offset: Offset of the input. (unit ordinal, at least 0)
        input_type: Full name of the refused record.
        subject: Key of the aggregate that refused.
        code: What kind of refusal, e.g. conversation.ended.
        because: The reason as a sentence.
    """

    FULL_NAME: ClassVar[str] = "cuestream.control.InputRejected"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("d3432dbc34364e77")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    log: str
    partition: Int32
    offset: int
    input_type: str
    subject: str
    code: str
    because: str


class QuarantineResolved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody dealt with a quarantined record.

    Event. Keyed by `{quarantine_id}`.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens; empty when it
            is nobody's or cannot be known. (empty, or lower-case letters, digits and hyphens, at
            most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        quarantine_id: log/partition/offset. (no control characters, at most 256 characters)
        resolution: What was done.
        resolved_by: Who did it.
    """

    FULL_NAME: ClassVar[str] = "cuestream.control.QuarantineResolved"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("3b1b3b466d76aca2")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    quarantine_id: str
    resolution: Resolution
    resolved_by: str


class RecordQuarantined(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An input that could not be processed, kept whole so that it can be looked at and tried again.

    Event. Addresses a whole partition: no key.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens; empty when it
            is nobody's or cannot be known. (empty, or lower-case letters, digits and hyphens, at
            most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        log: Topic of the input.
        partition: Partition of the input. (unit ordinal, at least 0)
        offset: Offset of the input. (unit ordinal, at least 0)
        quarantine_id: log/partition/offset. (no control characters, at most 256 characters)
        processor: Which processor could not take it.
        code: undecodable, unknown_schema, handler_raised, too_large or bad_reference.
        because: What is wrong and what to do, as a sentence.
        traceback: For engineers: where the handler raised.
        key: The record's key.
        value: The record's value as it came.
        headers: The record's headers.
    """

    FULL_NAME: ClassVar[str] = "cuestream.control.RecordQuarantined"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("663ccda83348f7e7")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    log: str
    partition: Int32
    offset: int
    quarantine_id: str
    processor: str
    code: str
    because: str
    traceback: str | None = None
    key: bytes | None = None
    value: bytes | None = None
    headers: Mapping[str, bytes]


class ReferenceArtefact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A content-addressed piece of configuration or a model.

    Observation. Keyed by `{digest}`.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens. (lower-case
            letters, digits and hyphens, beginning with a letter or digit, at most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        reference: What it is, e.g. assist.articles. (lower-case words joined by points)
        digest: SHA-256 of content, hex; also the record's key. (64 hexadecimal digits, lower case)
        media_type: Type of content.
        content: The artefact itself.
    """

    FULL_NAME: ClassVar[str] = "cuestream.control.ReferenceArtefact"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("720ad8dd1b16fc04")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    reference: str
    digest: str
    media_type: str = "application/json"
    content: bytes


class ReferenceChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """From here on in this partition, the named version of a piece of configuration or model
    counts.

    Observation. Addresses a whole partition: no key.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens. (lower-case
            letters, digits and hyphens, beginning with a letter or digit, at most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        reference: What changed, e.g. assist.articles or assist.settings. (lower-case words joined
            by points)
        digest: SHA-256 of the artefact's content, hex. (64 hexadecimal digits, lower case)
        label: Name people use for this version.
    """

    FULL_NAME: ClassVar[str] = "cuestream.control.ReferenceChanged"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("6f5b1c16ad940651")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    reference: str
    digest: str
    label: str | None = None


class SchemaPublished(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The writer schema behind a fingerprint, so that any Avro tool can read the topics.

    Observation. Keyed by `{fingerprint}`.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens; empty when it
            is nobody's or cannot be known. (empty, or lower-case letters, digits and hyphens, at
            most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
        fingerprint: CRC-64-AVRO of the canonical form, 16 hex digits, as in the single-object
            header. (16 hexadecimal digits, lower case)
        name: Full name of the record.
        definition: The Avro schema as JSON.
    """

    FULL_NAME: ClassVar[str] = "cuestream.control.SchemaPublished"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("b706bba8418c0ee4")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
    fingerprint: str
    name: str
    definition: str


class Tick(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Time passed in a quiet partition: stream time reaches recorded_at_ms so that due timers fire.

    Observation. Addresses a whole partition: no key.

    Attributes:
        tenant: Whose data this is: a slug of lower-case letters, digits and hyphens; empty when it
            is nobody's or cannot be known. (empty, or lower-case letters, digits and hyphens, at
            most 63 characters)
        occurred_at_ms: When it happened at its source, milliseconds since the Unix epoch. (unit ms,
            at least 0)
        recorded_at_ms: When it was let in, milliseconds since the Unix epoch. A partition's stream
            time is the running maximum of this; 0 means: take the broker's timestamp. (unit ms, at
            least 0)
        person_key_id: Key that protects the personal fields; destroying it erases them. Reserved:
            nothing encrypts yet.
        causation_id: Id of the record this one follows from.
        correlation_id: Id shared by everything that belongs to one exchange.
        ownership_epoch: Epoch of the conversation's owner as the writer knew it; 0 when the writer
            claims none. (unit count, at least 0)
    """

    FULL_NAME: ClassVar[str] = "cuestream.control.Tick"
    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("6c173fd028e39356")

    tenant: str
    occurred_at_ms: int
    recorded_at_ms: int = 0
    person_key_id: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    ownership_epoch: int = 0
