"""Turns in a file, one JSON object a line, to what the miner reads; its results to files.

    {"id": "t-1", "conversation_id": "c-1", "role": "customer", "text": "where is my order"}

One line is in memory at a time; further fields are passed over. Nothing bad is passed over unless
asked for: an error names the line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from processors.artefact import read
from processors.errors import InvalidReferenceError
from processors.intents.library import LIBRARY, LibraryContent
from processors.intents.loading import load_library
from processors.miner.history import HistoryTurn, Role
from processors.miner.mined import Assigned
from streams.mining.errors import BadTurnLineError, UnreadableTurnsError, UnusableLibraryError

ASSIGNMENTS: Final = "assignments.jsonl"
LIBRARY_FILE: Final = "library.json"
SAID_EVERY: Final = 5_000
LINE_BYTES_MAX: Final = 32 << 20
_PIECE: Final = 1 << 20
_BOM: Final = b"\xef\xbb\xbf"

Read = Callable[[int, int], None]
"""Told of progress: bytes read, bytes there are."""


class TurnLine(msgspec.Struct, frozen=True):
    """One line of the input.

    Attributes:
        id: The turn's; a repeated one counts once.
        text: What was said.
        role: Who said it.
        conversation_id: Its conversation; none: a bare utterance.
        number: Its place in the conversation, from 1; 0: the order of the lines counts.
    """

    id: str | int
    text: str
    role: Role = "customer"
    conversation_id: str | int | None = None
    number: int = 0


class AssignmentLine(msgspec.Struct, frozen=True):
    """One line of the assignments: ids of intent and sub-intent, null where there is none."""

    id: str
    intent: str | None
    sub_intent: str | None


class Turns:
    """The turns of a file, read once from the beginning.

    Attributes:
        ids: Ids of the lines read so far, in order, repeated ones too.
        bad: Lines passed over, and why.
    """

    def __init__(
        self,
        path: Path,
        *,
        skips_bad: bool = False,
        last: int | None = None,
        on_read: Read | None = None,
    ) -> None:
        """Get ready to read.

        Args:
            path: The file.
            skips_bad: Pass over lines that are no turn.
            last: Only the last so many lines.
            on_read: Told of progress.
        """
        self.ids: list[str] = []
        self.bad: list[tuple[int, str]] = []
        self._path, self._skips_bad, self._last = path, skips_bad, last
        self._on_read = on_read

    def __iter__(self) -> Iterator[HistoryTurn]:
        """Yield the turns.

        Raises:
            UnreadableTurnsError: The file is missing or cannot be read.
            BadTurnLineError: A line is no turn.
        """
        turns: Iterable[HistoryTurn] = self._read()
        if self._last is not None:
            turns = deque(turns, maxlen=self._last)
        for turn in turns:
            self.ids.append(turn.turn_id)
            yield turn

    def _read(self) -> Iterator[HistoryTurn]:
        decode = msgspec.json.Decoder(TurnLine).decode
        try:
            total = self._path.stat().st_size
            with self._path.open("rb") as file:
                done = 0
                for number, line in enumerate(lines(file), 1):
                    done += len(line)
                    if line.strip():
                        turn = self._turn(decode, line, number)
                        if turn is not None:
                            yield turn
                    if self._on_read is not None and number % SAID_EVERY == 0:
                        self._on_read(done, total)
        except FileNotFoundError as error:
            raise UnreadableTurnsError(
                path=str(self._path), because="there is no such file"
            ) from error
        except IsADirectoryError as error:
            raise UnreadableTurnsError(
                path=str(self._path), because="this is a folder; name a file of turns"
            ) from error
        except OSError as error:
            raise UnreadableTurnsError(
                path=str(self._path), because=cannot_be_read(error)
            ) from error

    def _turn(
        self, decode: Callable[[bytes], TurnLine], line: bytes, number: int
    ) -> HistoryTurn | None:
        try:
            found = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            because = what_is_wrong(line, error)
        else:
            conversation = found.conversation_id
            return HistoryTurn(
                turn_id=str(found.id),
                text=found.text,
                role=found.role,
                conversation_id=None if conversation is None else str(conversation),
                number=found.number,
            )
        if not self._skips_bad:
            raise BadTurnLineError(path=str(self._path), line=number, because=because)
        self.bad.append((number, because))
        return None


def lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file; of a line beyond `LINE_BYTES_MAX` only so much and one byte more.

    A mark of the byte order before the first line is left out.
    """
    is_first = True
    while line := file.readline(LINE_BYTES_MAX + 1):
        if len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            while (rest := file.readline(_PIECE)) and not rest.endswith(b"\n"):
                pass
        yield line.removeprefix(_BOM) if is_first else line
        is_first = False


def what_is_wrong(line: bytes, error: Exception) -> str:
    """Return why a line could not be decoded, in words that help."""
    if len(line) > LINE_BYTES_MAX:
        return f"it is longer than {LINE_BYTES_MAX >> 20} MiB"
    if isinstance(error, msgspec.ValidationError):
        return str(error)
    try:
        line.decode()
    except UnicodeDecodeError as fault:
        byte = line[fault.start]
        return f"byte {fault.start + 1} (0x{byte:02x}) is no UTF-8; save the file as UTF-8"
    return f"this is no JSON ({error})"


def cannot_be_read(error: OSError) -> str:
    """Return why a file cannot be read, and what to do."""
    if isinstance(error, PermissionError):
        return "this user may not read it; ask for the right to, or copy it"
    if isinstance(error, NotADirectoryError):
        return "a part of this path is a file, not a folder; correct the path"
    return f"it cannot be read ({error.strerror or error}); check the path"


def write_assignments(file: BinaryIO, ids: Iterable[str], assigned: Iterable[Assigned]) -> int:
    """Write where each line of the input went, in its order; return how many have an intent."""
    places = {one.turn_id: one for one in assigned}
    encode = msgspec.json.Encoder().encode
    count = 0
    for turn_id in ids:
        found = places.get(turn_id)
        line = AssignmentLine(
            turn_id,
            found.intent_id if found else None,
            found.sub_id if found else None,
        )
        count += line.intent is not None
        file.write(encode(line) + b"\n")
    return count


def library_bytes(content: LibraryContent) -> bytes:
    """Return the artefact of a library; the same library gives the same bytes."""
    return msgspec.json.encode(content) + b"\n"


def read_library(folder: Path) -> LibraryContent:
    """Return the library in a folder, or in the file that is named.

    Raises:
        UnreadableTurnsError: There is none.
        UnusableLibraryError: It does not say what it must.
    """
    content = library_file(folder)
    with naming_file(folder):
        library = read(LIBRARY, content, LibraryContent)
        # All but the model is asked for: that is trained anew, so any encoder's will do.
        load_library(msgspec.json.encode(msgspec.structs.replace(library, model=b"")))
    return library


@contextmanager
def naming_file(path: Path) -> Iterator[None]:
    """Tell what is wrong with a library with the file it is in. Raises UnusableLibraryError."""
    try:
        yield
    except InvalidReferenceError as error:
        raise UnusableLibraryError(
            path=str(path), field=error.field, because=error.because
        ) from error


def library_file(folder: Path) -> bytes:
    """Return the artefact in a folder, or in the file that is named.

    Raises:
        UnreadableTurnsError: There is none, or it cannot be read.
    """
    path = folder / LIBRARY_FILE if folder.is_dir() else folder
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableTurnsError(
            path=str(path), because="there is no library; make one with cuestream mine or train"
        ) from error
    except OSError as error:
        raise UnreadableTurnsError(path=str(path), because=cannot_be_read(error)) from error
