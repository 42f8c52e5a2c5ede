"""Files that stand at their place whole or not at all, whatever ends the process.

They are written beside their place, under a name that ends in `.part`, and moved there at the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from streams.mining.errors import UnwritableError

PART: Final = ".part"


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its place when the block is left well; otherwise nothing changes.

    What is no regular file, such as a pipe or `/dev/null`, is written as it is. A link stays one:
    what it points to is replaced.

    Raises:
        UnwritableError: It cannot be written.
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        try:
            with place.open("wb") as file:
                yield file
        except OSError as error:
            raise _unwritable(path, error) from error
        return
    part = place.with_name(place.name + PART)
    try:
        with part.open("wb") as file:
            yield file
        part.replace(place)
    except OSError as error:
        _remove(part)
        raise _unwritable(path, error) from error
    except BaseException:
        _remove(part)
        raise


def make_folder(folder: Path) -> None:
    """Make a folder for files, unless it is there. Raises UnwritableError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def require_folder(folder: Path) -> None:
    """Return when a folder can be written, or could be made; so that long work is not for nothing.

    Raises:
        UnwritableError: It is a file, or this user may not write there.
    """
    place = Path(os.path.realpath(folder))
    nearest = next(one for one in (place, *place.parents) if one.exists())
    if not nearest.is_dir():
        raise UnwritableError(
            path=str(folder if nearest == place else nearest),
            because="this is a file, where a folder must be",
        )
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UnwritableError(path=str(folder), because="this user may not write there")


def require_file(path: Path) -> None:
    """Return when a file can be written. Raises UnwritableError."""
    if path.is_dir():
        raise UnwritableError(path=str(path), because="this is a folder, where a file must be")
    if not path.exists() or path.is_file():
        require_folder(path.parent)


def require_apart(outputs: Sequence[Path], inputs: Iterable[Path]) -> None:
    """Return when no output would take the place of a file that is read, or of another output.

    Raises:
        UnwritableError: One would.
    """
    read = {Path(os.path.realpath(one)) for one in inputs}
    taken: set[Path] = set()
    for output in outputs:
        place = Path(os.path.realpath(output))
        if place.exists() and not place.is_file():
            continue
        if place in read:
            raise UnwritableError(
                path=str(output), because="this is an input, which would be overwritten"
            )
        if place in taken:
            raise UnwritableError(path=str(output), because="two results would go there")
        taken.add(place)


def require_outside(outputs: Iterable[Path], folder: Path) -> None:
    """Return when no output lies within a folder that is read. Raises UnwritableError."""
    read = Path(os.path.realpath(folder))
    for output in outputs:
        if read in Path(os.path.realpath(output)).parents:
            raise UnwritableError(path=str(output), because=f"it lies within {folder}, the input")


def _unwritable(path: Path, error: OSError) -> UnwritableError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        because = "this is a file, or lies in one, where a folder must be"
    elif isinstance(error, IsADirectoryError):
        because = "this is a folder, where a file must be"
    elif isinstance(error, FileNotFoundError):
        because = "there is no folder for it"
    else:
        because = (error.strerror or str(error) or "it cannot be written").lower()
    return UnwritableError(path=str(path), because=because)


def _remove(part: Path) -> None:
    with suppress(OSError):
        part.unlink()
