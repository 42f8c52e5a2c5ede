"""Which customer and which case a conversation is about, as far as what the bot learnt says it.

Only what is beyond doubt is linked: exactly one active record that matches everything that is
known. Several or none link nothing; a person may still do it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

Entity = Literal["account", "contact", "incident"]

CUSTOMER_FIELDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "account": {"Name": ("name",), "Email": ("emailaddress1",), "Phone": ("telephone1",)},
    "contact": {
        "Name": ("fullname",),
        "Email": ("emailaddress1",),
        "Phone": ("mobilephone", "telephone1"),
    },
}
"""Entity to variable to the fields of the record that it is compared with; one must be equal."""

CASE_NUMBER: Final = "CaseNumber"
CASE_FIELD: Final = "ticketnumber"


class Candidate(msgspec.Struct, frozen=True):
    """A record that may be meant.

    Attributes:
        entity: account, contact or incident (a case).
        record_id: Its id.
        fields: Logical field name to text.
        is_active: Its status is the active one; any other, custom ones too, does not count.
        customer_id: A case's account or contact.
    """

    entity: Entity
    record_id: str
    fields: Mapping[str, str] = {}
    is_active: bool = True
    customer_id: str | None = None


class Links(msgspec.Struct, frozen=True):
    """What is linked.

    Attributes:
        customer: `entity/id` of the account or contact.
        case: `entity/id` of the case.
        because: One sentence for each, why or why not.
    """

    customer: str | None
    case: str | None
    because: tuple[str, ...]


def link(variables: Mapping[str, Any], candidates: Sequence[Candidate]) -> Links:
    """Return the customer and the case that `variables` mean among `candidates`.

    Name, Email and Phone mean a customer, all of those that are given together; CaseNumber means a
    case. Without it, the only active case of an identified customer is meant. Case and surrounding
    spaces of a text do not count.
    """
    active = [candidate for candidate in candidates if candidate.is_active]
    known = _known(variables)
    customer, why_customer = _customer(known, active)
    case, why_case = _case(_text(variables.get(CASE_NUMBER)), customer, active)
    return Links(_reference(customer), _reference(case), (why_customer, why_case))


def _customer(
    known: Mapping[str, str], active: Sequence[Candidate]
) -> tuple[Candidate | None, str]:
    if not known:
        return None, "no customer: neither Name, Email nor Phone is known"
    about = ", ".join(known)
    found = [candidate for candidate in active if _is_meant(candidate, known)]
    return _only(found, f"active account or contact with this {about}")


def _case(
    number: str, customer: Candidate | None, active: Iterable[Candidate]
) -> tuple[Candidate | None, str]:
    cases = [candidate for candidate in active if candidate.entity == "incident"]
    if number:
        found = [case for case in cases if _text(case.fields.get(CASE_FIELD)) == number]
        return _only(found, f"active case with this {CASE_NUMBER}")
    if customer is None:
        return None, "no case: no CaseNumber is known and no customer is identified"
    found = [case for case in cases if case.customer_id == customer.record_id]
    return _only(found, "active case of the identified customer")


def _only(found: Sequence[Candidate], what: str) -> tuple[Candidate | None, str]:
    ids = {candidate.record_id for candidate in found}
    if len(ids) == 1:
        return found[0], f"the only {what}"
    return None, f"{len(ids) or 'no'} {what}"


def _is_meant(candidate: Candidate, known: Mapping[str, str]) -> bool:
    fields = CUSTOMER_FIELDS.get(candidate.entity)
    return fields is not None and all(
        any(_text(candidate.fields.get(field)) == text for field in fields[name])
        for name, text in known.items()
    )


def _known(variables: Mapping[str, Any]) -> dict[str, str]:
    names = CUSTOMER_FIELDS["account"]
    return {name: text for name in names if (text := _text(variables.get(name)))}


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()


def _reference(candidate: Candidate | None) -> str | None:
    return None if candidate is None else f"{candidate.entity}/{candidate.record_id}"
