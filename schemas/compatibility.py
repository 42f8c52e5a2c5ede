"""Whether two versions of a contract can read each other, by Avro's rules of schema resolution.

*Backward*: today's reader reads what an older writer wrote. *Forward*: an older reader reads what
today's writer writes. Every released version must stay readable both ways, for ever, so a change is
compared with the whole frozen history and not with the last version only.

Source:
    Apache Avro 1.11 specification, "Schema Resolution".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from schemas import definitions
from schemas.definitions import Definition
from schemas.errors import IncompatibleContractError

Direction = Literal["backward", "forward"]

_PROMOTIONS: Final = {
    ("int", "long"),
    ("int", "float"),
    ("int", "double"),
    ("long", "float"),
    ("long", "double"),
    ("float", "double"),
    ("string", "bytes"),
    ("bytes", "string"),
}
"""(written, read): what Avro lets a reader widen."""

_Names = Mapping[str, Definition]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One reason why a reader cannot read a writer; `path` leads to the type at fault."""

    path: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incompatibility:
    """One reason why two versions of a contract do not go together."""

    record: str
    field: str
    direction: Direction
    because: str
    version: str = "the other version"

    def __str__(self) -> str:
        """Return the sentence people read."""
        where = f"{self.record}.{self.field}" if self.field else self.record
        if self.direction == "backward":
            return f"{where}: today's reader cannot read {self.version} (backward): {self.because}"
        return f"{where}: {self.version} cannot read today's writer (forward): {self.because}"


def problems(*, reader: Any, writer: Any) -> list[Problem]:
    """Return why `reader` cannot read everything `writer` may write; empty when it can."""
    known = (dict(definitions.named_types(reader)), dict(definitions.named_types(writer)))
    return list(_Resolution(*known).of(_Side(reader), _Side(writer), ""))


def compare(
    *, old: Definition, new: Definition, version: str = "the other version"
) -> list[Incompatibility]:
    """Return every incompatibility between an older and a newer version, in both directions."""
    record = definitions.full_name(new)
    both: tuple[tuple[Direction, Definition, Definition], ...] = (
        ("backward", new, old),
        ("forward", old, new),
    )
    return [
        Incompatibility(
            record=record,
            field=problem.path,
            direction=direction,
            because=problem.because,
            version=version,
        )
        for direction, reader, writer in both
        for problem in problems(reader=reader, writer=writer)
    ]


def check_history(contracts: Iterable[Definition], history: Path = definitions.HISTORY) -> None:
    """Compare contracts with every released version of theirs.

    Raises:
        IncompatibleContractError: Some version and some contract do not go together, or a released
            contract has disappeared.
    """
    found: list[Incompatibility] = []
    today = {definitions.full_name(contract): contract for contract in contracts}
    for path in sorted(history.glob("*/*/*.avsc")):
        old = definitions.read(path)
        name = definitions.full_name(old)
        version = f"the released version {path.stem}"
        if name in today:
            found += compare(old=old, new=today[name], version=version)
        else:
            found.append(
                Incompatibility(
                    record=name,
                    field="",
                    direction="backward",
                    because="its contract is gone; a released contract stays",
                    version=version,
                )
            )
    if found:
        raise IncompatibleContractError(sentences=[str(each) for each in found])


@dataclass(frozen=True, slots=True)
class _Side:
    """A type of one schema, with the namespace it stands in."""

    type: Any
    inside: str = ""


class _Resolution:
    """One walk over a reader's and a writer's schema."""

    def __init__(
        self, readers: _Names, writers: _Names, seen: Iterable[tuple[str, str]] = ()
    ) -> None:
        self._readers, self._writers = readers, writers
        self._seen = set(seen)

    def of(self, reader: _Side, writer: _Side, path: str) -> Iterator[Problem]:
        """Yield why `reader` cannot read `writer`."""
        reader, writer = _resolve(reader, self._readers), _resolve(writer, self._writers)
        if isinstance(writer.type, list):
            for branch in writer.type:
                yield from self.of(reader, _Side(branch, writer.inside), path)
            return
        if isinstance(reader.type, list):
            yield from self._into_union(reader, writer, path)
            return
        read, written = _kind(reader.type), _kind(writer.type)
        if read != written:
            if (written, read) not in _PROMOTIONS:
                yield Problem(path=path, because=f"{written} cannot be read as {read}")
        elif read == "array":
            yield from self._inner(reader, writer, "items", f"{path}[]")
        elif read == "map":
            yield from self._inner(reader, writer, "values", f"{path}{{}}")
        elif read in {"record", "enum", "fixed"}:
            yield from self._named(reader, writer, path)

    def _inner(self, reader: _Side, writer: _Side, part: str, path: str) -> Iterator[Problem]:
        return self.of(
            _Side(reader.type[part], reader.inside), _Side(writer.type[part], writer.inside), path
        )

    def _into_union(self, reader: _Side, writer: _Side, path: str) -> Iterator[Problem]:
        """A union reads what any of its branches reads; the branch of the same type explains."""
        tries: list[tuple[Any, list[Problem]]] = []
        for branch in reader.type:
            found = list(
                _Resolution(self._readers, self._writers, self._seen).of(
                    _Side(branch, reader.inside), writer, path
                )
            )
            if not found:
                return
            tries.append((branch, found))
        written = _kind(writer.type)
        for branch, found in tries:
            resolved = _resolve(_Side(branch, reader.inside), self._readers)
            if _kind(resolved.type) == written:
                yield from found
                return
        asked = " or ".join(
            _kind(_resolve(_Side(b, reader.inside), self._readers).type) for b in reader.type
        )
        yield Problem(path=path, because=f"{written} cannot be read as {asked}")

    def _named(self, reader: _Side, writer: _Side, path: str) -> Iterator[Problem]:
        read_name = definitions.full_name(reader.type, reader.inside)
        written_name = definitions.full_name(writer.type, writer.inside)
        aliases = {alias.rpartition(".")[2] for alias in reader.type.get("aliases", ())}
        if written_name.rpartition(".")[2] not in {read_name.rpartition(".")[2], *aliases}:
            yield Problem(path=path, because=f"{written_name} cannot be read as {read_name}")
            return
        if (read_name, written_name) in self._seen:
            return
        self._seen.add((read_name, written_name))
        match reader.type["type"]:
            case "enum":
                yield from _enum(reader.type, writer.type, path)
            case "fixed":
                if reader.type["size"] != writer.type["size"]:
                    sizes = f"{writer.type['size']} bytes cannot be read as {reader.type['size']}"
                    yield Problem(path=path, because=sizes)
            case _:
                inside = read_name.rpartition(".")[0], written_name.rpartition(".")[0]
                yield from self._record(reader.type, writer.type, path, inside)

    def _record(
        self, reader: Definition, writer: Definition, path: str, inside: tuple[str, str]
    ) -> Iterator[Problem]:
        written = {field["name"]: field for field in writer["fields"]}
        for field in reader["fields"]:
            name = field["name"]
            here = f"{path}.{name}" if path else name
            sources = [n for n in (name, *field.get("aliases", ())) if n in written]
            if sources:
                source = written[sources[0]]
                yield from self.of(
                    _Side(field["type"], inside[0]), _Side(source["type"], inside[1]), here
                )
            elif "default" not in field:
                yield Problem(
                    path=here, because="the writer has no such field and the reader no default"
                )


def _resolve(side: _Side, names: _Names) -> _Side:
    """Follow a name to its definition and a wrapped type to the type itself."""
    found = side.type
    if isinstance(found, str) and found not in definitions.PRIMITIVES:
        name = found if "." in found or not side.inside else f"{side.inside}.{found}"
        found = names[name] if name in names else names[found]
        return _Side(found, name.rpartition(".")[0])
    if isinstance(found, dict) and isinstance(found["type"], dict | list):
        return _resolve(_Side(found["type"], side.inside), names)
    if isinstance(found, dict) and found["type"] in definitions.PRIMITIVES:
        return _Side(found["type"], side.inside)
    return side


def _kind(avro_type: Any) -> str:
    if isinstance(avro_type, dict):
        return str(avro_type["type"])
    return "a union" if isinstance(avro_type, list) else str(avro_type)


def _enum(reader: Definition, writer: Definition, path: str) -> Iterator[Problem]:
    missing = [symbol for symbol in writer["symbols"] if symbol not in reader["symbols"]]
    if missing and "default" not in reader:
        because = f"the reader knows no {', '.join(missing)} and has no default symbol"
        yield Problem(path=path, because=because)
