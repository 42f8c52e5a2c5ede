"""What can go wrong with contracts and records.

SchemaError                     anything below
├── UndecodableError            bytes or headers are no record we know
├── InvalidRecordError          a value does not fit its contract
├── UnknownContractError        no contract has that name, class or fingerprint
├── ContractError               an .avsc file breaks a rule of the house
├── IncompatibleContractError   a contract and its released versions cannot read each other
└── StaleRecordsError           generated files do not match the contracts
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal


class SchemaError(Exception):
    """A fault of the language room; its text is a sentence for people."""


class UndecodableError(SchemaError):
    """The bytes or headers of a message are no record of a contract we know.

    Attributes:
        code: `unknown_schema` when the fingerprint belongs to no released contract (a newer writer:
            update this reader), `undecodable` when the bytes themselves are wrong.
        because: What is wrong, and where in the value.
        record: Full name of the contract the bytes claim to be, when they got that far.
    """

    def __init__(
        self,
        *,
        code: Literal["undecodable", "unknown_schema"],
        because: str,
        record: str | None = None,
    ) -> None:
        super().__init__(f"{record}: {because}" if record else because)
        self.code = code
        self.because = because
        self.record = record


class InvalidRecordError(SchemaError):
    """A value does not fit the contract it is meant for.

    Attributes:
        record: Full name of the contract.
        field: The field at fault, nested ones as `candidates[2].score`; empty for the whole.
        because: What the contract asks for and what was given.
    """

    def __init__(self, *, field: str, because: str, record: str) -> None:
        where = f"{record}.{field}" if field else record
        super().__init__(f"{where}: {because}")
        self.record = record
        self.field = field
        self.because = because


class UnknownContractError(SchemaError):
    """No contract has this name, record class or fingerprint.

    Attributes:
        asked: What was looked for.
    """

    def __init__(self, *, asked: str, known: Sequence[str] = ()) -> None:
        hint = f"; known are {', '.join(known)}" if known else ""
        super().__init__(f"no contract {asked}{hint}")
        self.asked = asked


class ContractError(SchemaError):
    """An .avsc file breaks a rule of the house.

    Attributes:
        path: The file, relative to the contracts' folder.
        field: The field at fault; empty for the record itself.
        because: The rule and how the file breaks it.
    """

    def __init__(self, *, path: str, field: str = "", because: str) -> None:
        super().__init__(f"{path}: {field + ': ' if field else ''}{because}")
        self.path = path
        self.field = field
        self.because = because


class IncompatibleContractError(SchemaError):
    """A contract and a released version of it cannot read each other.

    Attributes:
        sentences: One sentence an incompatibility, naming record, field and direction.
    """

    def __init__(self, *, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = tuple(sentences)


class StaleRecordsError(SchemaError):
    """Generated files do not match the contracts.

    Attributes:
        files: The files that differ, are missing or belong to no contract any more.
    """

    def __init__(self, *, files: Sequence[str]) -> None:
        super().__init__(
            f"{', '.join(files)}: not what the contracts in schemas/avro give; "
            "run `python -m ops generate` and commit the result"
        )
        self.files = tuple(files)
