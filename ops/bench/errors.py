"""What can go wrong while benching.

BenchError                      anything below
├── UnknownBenchError           no benchmark or engine has that name
├── MissingToolError            a program an engine needs is not on this machine
├── EnvironmentBuildError       an engine's environment could not be built
└── EngineFailedError           an engine stopped, stood still or gave wrong outputs
"""

from __future__ import annotations

from collections.abc import Iterable


class BenchError(Exception):
    """A fault of a benchmark; its text is a sentence for people."""


class UnknownBenchError(BenchError):
    """No benchmark, engine or variant has this name.

    Attributes:
        asked: What was looked for.
    """

    def __init__(self, *, kind: str, asked: str, known: Iterable[str]) -> None:
        super().__init__(f"no {kind} named {asked!r}; known are {', '.join(known)}")
        self.asked = asked


class MissingToolError(BenchError):
    """A program an engine needs is not on this machine.

    Attributes:
        tool: Name of the program.
    """

    def __init__(self, *, tool: str, wanted_for: str) -> None:
        super().__init__(f"`{tool}` is not on this machine; {wanted_for} needs it")
        self.tool = tool


class EnvironmentBuildError(BenchError):
    """An engine's environment could not be built.

    Attributes:
        peer: Whose environment.
        because: The last lines the failing command wrote.
    """

    def __init__(self, *, peer: str, command: str, because: str) -> None:
        super().__init__(f"the environment of {peer}: `{command}` failed: {because}")
        self.peer = peer
        self.because = because


class EngineFailedError(BenchError):
    """An engine stopped, stood still or gave wrong outputs.

    Attributes:
        engine: `{engine}:{variant}`.
        because: What happened, with the engine's last words where it stopped by itself.
    """

    def __init__(self, *, engine: str, because: str) -> None:
        super().__init__(f"{engine}: {because}")
        self.engine = engine
        self.because = because
