"""`python -m ops encoder build`: the static table of the package, from teacher and text.

    python -m ops encoder build --teacher DIR --text MULTIDOGO_DIR [--pin] [--cache DIR]
    python -m ops encoder background      the sentences that training holds against intents

The NOTICE beside the table pins the SHA-256 of the teacher's files and of every part of the text;
anything else is refused, unless `--pin` writes the NOTICE anew. The teacher's int8 arithmetic
differs between kinds of processors, so the table's own digest is that of the machine that built it.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from ops.encoder import corpus, distillation, grammar
from ops.encoder.errors import BuildError, PinnedError
from ops.encoder.teacher import Teacher, Vectors
from processors.intents.table import FILE, packed, unpacked
from processors.miner.encoding import quantised
from processors.miner.training import BACKGROUND

PACKAGE: Final = Path(__file__).parents[2] / "processors" / "intents"
NOTICE: Final = PACKAGE / "NOTICE"
DIMS: Final = 256
BACKGROUND_FILE: Final = PACKAGE.with_name("miner") / BACKGROUND
BACKGROUND_SENTENCES: Final = 1_500
BACKGROUND_SEED: Final = 11
LINE_EVERY_S: Final = 5.0

_PIN: Final = re.compile(r"^ {4}(\S+) +([0-9a-f]{64})$", re.MULTILINE)


def main(argv: Sequence[str] | None = None) -> int:
    """Build the table; return 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m ops encoder", description=__doc__)
    parser.add_argument("verb", choices=["build", "background"])
    parser.add_argument("--teacher", type=Path, help="minilm_int8.onnx and tokenizer.json")
    parser.add_argument("--text", type=Path, help="folder of MultiDoGO domains")
    parser.add_argument("--output", type=Path, default=PACKAGE / FILE)
    parser.add_argument("--cache", type=Path, help="keeps the teacher's vectors between runs")
    parser.add_argument("--pin", action="store_true", help="write the hashes into the NOTICE")
    arguments = parser.parse_args(argv)
    if arguments.verb == "background":
        sentences = grammar.sentences(BACKGROUND_SENTENCES, seed=BACKGROUND_SEED)
        BACKGROUND_FILE.write_text("\n".join(sentences) + "\n")
        print(f"{BACKGROUND_FILE.name}: {len(sentences):,} sentences")
        return 0
    if arguments.teacher is None or arguments.text is None:
        parser.error("build needs --teacher and --text")
    try:
        build(
            arguments.teacher,
            arguments.text,
            arguments.output,
            cache=arguments.cache,
            pins=arguments.pin,
        )
    except BuildError as error:
        print(f"encoder build: {error}", file=sys.stderr)
        return 1
    return 0


def build(teacher_dir: Path, text: Path, output: Path, *, cache: Path | None, pins: bool) -> None:
    """Write the table. Raises BuildError."""
    teacher = Teacher(teacher_dir)
    parts = {
        "multidogo-train": corpus.multidogo(text),
        "own-grammar": corpus.own_sentences(),
    }
    digests = teacher.digests | {name: corpus.digest(texts) for name, texts in parts.items()}
    _check_pins(digests, pins=pins)
    progress = Lines()
    single = _cached(cache, "pieces", digests, partial(teacher.single_pieces, progress))
    vectors = [
        _cached(cache, name, digests, partial(teacher.sentences, texts, progress))
        for name, texts in parts.items()
    ]
    content = _table(teacher, single, [text for one in parts.values() for text in one], vectors)
    output.write_bytes(content)
    table = unpacked(content)
    print(
        f"{output.name}: {len(content):,} bytes, {len(table.pieces):,} pieces, {table.fingerprint}"
    )


def _table(teacher: Teacher, single: Vectors, texts: list[str], vectors: list[Vectors]) -> bytes:
    numbers = distillation.usable(teacher.pieces)
    pieces = [teacher.pieces[number] for number in numbers]
    with threadpool_limits(limits=1):
        part = distillation.shares(texts, pieces)
        is_seen = np.asarray(part.sum(axis=0)).ravel() > 0
        kept = distillation.fitting(pieces, is_seen, DIMS)
        pieces = [pieces[place] for place in kept]
        part = distillation.shares(texts, pieces)
        wanted = np.concatenate(vectors)
        wanted -= wanted.mean(axis=0)
        axes = distillation.axes(wanted, DIMS)
        chosen = single[[numbers[place] for place in kept]]
        start = distillation.prior(chosen, part, wanted) @ axes
        rows = distillation.regressed(part, wanted @ axes, start, distillation.STRENGTH, Lines())
    return packed(pieces, *quantised(rows))


def _check_pins(digests: dict[str, str], *, pins: bool) -> None:
    notice = NOTICE.read_text()
    pinned = dict(_PIN.findall(notice))
    if pins:
        lines = "\n".join(f"    {name:<18} {value}" for name, value in digests.items())
        head = notice[: notice.index("SHA-256\n")]
        NOTICE.write_text(f"{head}SHA-256\n\n{lines}\n")
        return
    for name, found in digests.items():
        if pinned.get(name) != found:
            raise PinnedError(what=name, wanted=pinned.get(name, ""), found=found)


def _cached(
    cache: Path | None, name: str, digests: dict[str, str], make: Callable[[], Vectors]
) -> Vectors:
    """Return vectors in half precision from the cache, or make and keep them there."""
    if cache is None:
        return make().astype(np.float16).astype(np.float32)
    model = next(iter(digests.values()))[:12]
    path = cache / f"{name}-{digests.get(name, 'all')[:12]}-{model}.npy"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, make().astype(np.float16))
    found: Vectors = np.load(path).astype(np.float32)
    return found


class Lines:
    """Progress as a line now and then."""

    def __init__(self) -> None:
        self._next_s = time.monotonic() + LINE_EVERY_S

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say how far it is, a few times a minute."""
        if time.monotonic() >= self._next_s or done == total:
            self._next_s = time.monotonic() + LINE_EVERY_S
            print(f"{what}: {done:,} of {total:,}", file=sys.stderr, flush=True)
