"""The rules are pure: nothing in `processors/` reads a clock, draws a number or does I/O.

ruff refuses most of it by name; this test reads the syntax tree, so that an alias, an import inside
a function or a call through a module does not slip through. The second half plants violations and
sees them found.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROCESSORS = ROOT / "processors"

IMPORTABLE = frozenset(
    {
        "__future__",
        "base64",
        "binascii",
        "bisect",
        "collections",
        "dataclasses",
        "enum",
        "functools",
        "hashlib",
        "heapq",
        "hmac",
        "html",
        "itertools",
        "json",
        "math",
        "operator",
        "re",
        "string",
        "struct",
        "typing",
        "unicodedata",
        "urllib.parse",
        "Stemmer",
        "bm25s",
        "msgspec",
        "yaml",
        "numpy",
        "processors",
        "schemas",
    }
)
"""What the rules may import; everything else has to be argued for here."""

IMPORTABLE_BY = {
    # Time zones become tables of numbers while an artefact is loaded, from the pinned package.
    "routing/setup_zones.py": frozenset({"datetime", "zoneinfo", "importlib.resources", "tzdata"}),
    # The static table is part of the package, like code: read once, checked against its digest.
    "intents/table.py": frozenset({"importlib.resources"}),
    # So are the sentences that training holds against a library's intents.
    "miner/training.py": frozenset({"importlib.resources"}),
}
"""What single files may import besides, each with its reason; clocks stay forbidden there too."""
IMPORTABLE_IN = {
    # Mining is offline mathematics; the live path does without these.
    "miner/": frozenset({"scipy", "sklearn", "threadpoolctl"}),
}
"""What whole folders may import besides."""

FORBIDDEN_NAMES = frozenset(
    {
        "open",
        "input",
        "print",
        "eval",
        "exec",
        "compile",
        "__import__",
        "breakpoint",
        "globals",
        "id",
        "hash",
    }
)
"""Built-ins that read, write, run code or differ between processes."""

FORBIDDEN_ATTRIBUTES = frozenset(
    {
        "now",
        "utcnow",
        "today",
        "perf_counter",
        "monotonic",
        "time_ns",
        "uuid1",
        "uuid4",
        "urandom",
        "getrandbits",
        "default_rng",
        "seed",
        "shuffle",
        "environ",
        "getenv",
        "read_text",
        "read_bytes",
        "write_text",
        "write_bytes",
        "fromfile",
        "tofile",
        "memmap",
        "load_corpus",
    }
)
"""Attributes that are a clock, chance or I/O wherever they come from."""


def violations(source: str, besides: frozenset[str] = frozenset()) -> list[str]:
    """Return what in `source` the rules may not do, as `line: what`."""
    tree = ast.parse(source)
    return [f"{line}: {what}" for line, what in _found(tree, besides)]


def _found(tree: ast.AST, besides: frozenset[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Import() | ast.ImportFrom():
                yield from ((line, f"imports {name}") for name in _foreign(node, besides))
            case ast.Name(id=name, ctx=ast.Load()) if name in FORBIDDEN_NAMES:
                yield line, f"uses {name}"
            case ast.Attribute(attr=name) if name in FORBIDDEN_ATTRIBUTES:
                yield line, f"uses .{name}"
            case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="random" | "load" | "save"):
                yield line, f"uses numpy.{node.attr}"
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield line, "is asynchronous"
            case ast.Global():
                yield line, "assigns a global"
            case ast.For(iter=iterated) | ast.comprehension(iter=iterated) if _is_set(iterated):
                yield iterated.lineno, "depends on the order of a set"
            case _:
                pass


def _foreign(node: ast.Import | ast.ImportFrom, besides: frozenset[str]) -> list[str]:
    """Return the imported names that the rules may not import."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if not _may_import(alias.name, besides)]
    if node.level:
        return ["relatively"]
    names = [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in names if not _may_import(name, besides)]


def _may_import(name: str, besides: frozenset[str]) -> bool:
    parts = name.split(".")
    allowed = IMPORTABLE | besides
    return any(".".join(parts[:length]) in allowed for length in range(1, len(parts) + 1))


def _is_set(node: ast.expr) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case _:
            return False


@pytest.mark.parametrize(
    "file",
    sorted(PROCESSORS.rglob("*.py")),
    ids=lambda file: str(file.relative_to(PROCESSORS)),
)
def test_no_rule_reads_a_clock_draws_a_number_or_does_io(file):
    name = str(file.relative_to(PROCESSORS))
    besides = IMPORTABLE_BY.get(name, frozenset())
    for folder, more in IMPORTABLE_IN.items():
        besides |= more if name.startswith(folder) else frozenset()
    assert violations(file.read_text(), besides) == []


PLANTED = [
    ("import time", "imports time"),
    ("import time as t", "imports time"),
    ("from time import time", "imports time.time"),
    ("from datetime import datetime", "imports datetime.datetime"),
    ("import random", "imports random"),
    ("from os import environ", "imports os.environ"),
    ("import os.path", "imports os.path"),
    ("from pathlib import Path", "imports pathlib.Path"),
    ("import logging", "imports logging"),
    ("import asyncio", "imports asyncio"),
    ("import urllib.request", "imports urllib.request"),
    ("from uuid import uuid4", "imports uuid.uuid4"),
    ("import faust", "imports faust"),
    ("from streams import topics", "imports streams.topics"),
    ("from . import machine", "imports relatively"),
    ("def f():\n    import secrets", "imports secrets"),
    ("x = open('a')", "uses open"),
    ("x = hash('a')", "uses hash"),
    ("x = id(y)", "uses id"),
    ("x = __import__('time')", "uses __import__"),
    ("x = clock.now()", "uses .now"),
    ("x = clock().perf_counter()", "uses .perf_counter"),
    ("import numpy as np\nx = np.random.rand()", "uses numpy.random"),
    ("x = rng.shuffle(y)", "uses .shuffle"),
    ("x = file.read_text()", "uses .read_text"),
    ("async def f(): pass", "is asynchronous"),
    ("def f():\n    global x\n    x = 1", "assigns a global"),
    ("for x in {1, 2}: pass", "depends on the order of a set"),
    ("y = [x for x in set(z)]", "depends on the order of a set"),
]


@pytest.mark.parametrize(("source", "what"), PLANTED, ids=[source for source, _ in PLANTED])
def test_a_planted_violation_is_found(source, what):
    assert any(found.endswith(what) for found in violations(source)), violations(source)


def test_a_file_that_may_read_time_zones_may_not_read_a_clock():
    besides = IMPORTABLE_BY["routing/setup_zones.py"]
    source = "from datetime import datetime\n\nNOW = datetime.now()\n"
    assert violations(source, besides) == ["3: uses .now"]


def test_a_field_may_be_named_like_a_built_in():
    assert violations("class Queue:\n    id: str\n") == []


def test_a_pure_rule_is_let_through():
    source = "import math\n\ndef f(at_ms: int) -> float:\n    return math.log(at_ms)\n"
    assert violations(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time\n\nNOW = time.time()\n",
        "from datetime import datetime\n\nNOW = datetime.now()\n",
        "import random\n\nX = random.random()\n",
        "import os\n\nX = os.environ\n",
        "import logging\n\nX = logging.getLogger()\n",
        "from streams import topics\n\nX = topics\n",
        "from uuid import uuid4\n\nX = uuid4()\n",
    ],
)
def test_ruff_refuses_it_in_this_folder_as_well(source):
    options = ["--no-cache", "--stdin-filename", str(PROCESSORS / "planted.py")]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "TID251", *options, "-"],
        input=source,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "TID251" in done.stdout
