"""Random records of every contract, and how to try things on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from schemas import catalogue
from schemas.catalogue import Contract
from schemas.definitions import full_name
from schemas.errors import SchemaError

CONTRACTS = [*catalogue.CONTRACTS]
NAMES = [contract.name for contract in CONTRACTS]
UNICODE = st.characters(exclude_categories=["Cs"])


def attempt(call: Callable[..., Any], *arguments: Any) -> Any:
    """Return what the call returns, or the error of ours that it raises."""
    try:
        return call(*arguments)
    except SchemaError as error:
        return error


def records(contract: Contract, *, valid: bool = False) -> st.SearchStrategy[Any]:
    """Return records of a contract; `valid` ones keep their bounds as well."""
    return _type(catalogue.inlined(contract), catalogue.classes(contract), {}, valid)


def _type(
    avro_type: Any, classes: dict[str, type[Any]], field: dict[str, Any], valid: bool
) -> st.SearchStrategy[Any]:
    match avro_type:
        case ["null", inner]:
            return st.none() | _type(inner, classes, field, valid)
        case {"type": "array", "items": items}:
            return st.lists(_type(items, classes, {}, valid), max_size=3).map(tuple)
        case {"type": "map", "values": values}:
            inner = _type(values, classes, {}, valid)
            return st.dictionaries(st.text(UNICODE, max_size=5), inner, max_size=3)
        case {"type": "enum", "symbols": symbols}:
            return st.sampled_from(symbols)
        case {"type": "record", "fields": fields}:
            given = {f["name"]: _type(f["type"], classes, f, valid) for f in fields}
            return st.builds(classes[full_name(avro_type)], **given)
        case _:
            return _leaf(avro_type, field, valid)


def _leaf(kind: str, field: dict[str, Any], valid: bool) -> st.SearchStrategy[Any]:
    low, high = (field.get("min"), field.get("max")) if valid else (None, None)
    match kind:
        case "string" if valid and "pattern" in field:
            longest = field.get("length_max")
            text = st.from_regex(field["pattern"], fullmatch=True)
            return text.filter(
                lambda t: field.get("length_min", 0) <= len(t) <= (longest or len(t))
            )
        case "string":
            return st.text(UNICODE, max_size=80)
        case "bytes":
            return st.binary(max_size=80)
        case "boolean":
            return st.booleans()
        case "int" | "long":
            bits = 31 if kind == "int" else 63
            return st.integers(-(1 << bits) if low is None else low, (1 << bits) - 1)
        case "double":
            return st.floats(low, high, allow_nan=False, allow_infinity=not valid)
        case _:
            raise NotImplementedError(kind)
