"""The storm: workers killed, paused, joined and dismissed at seeded random instants, broker too."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from streams.broker.local import LocalKafka

SESSION_MS = 1_500


@dataclass(slots=True)
class Crew:
    """The worker processes of one storm, by name; each name keeps its data folder."""

    bootstrap_servers: str
    folder: Path
    stores: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start the worker of this name."""
        log = (self.folder / f"{name}.log").open("ab")
        command = [
            sys.executable, "-m", "ops.chaos.worker",
            "--bootstrap-servers", self.bootstrap_servers,
            "--data-dir", str(self.folder / name),
            "--store", self.stores[name],
            "--session-ms", str(SESSION_MS),
        ]  # fmt: skip
        self.running[name] = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).parents[2],
            env=os.environ | self.environ,
        )
        log.close()

    def kill(self, name: str) -> None:
        """End the worker with SIGKILL."""
        process = self.running.pop(name)
        self.paused.discard(name)
        process.kill()
        process.wait()

    def pause(self, name: str) -> None:
        """Stop the worker in its tracks."""
        os.kill(self.running[name].pid, signal.SIGSTOP)
        self.paused.add(name)

    def resume(self, name: str) -> None:
        """Let a paused worker come back, not knowing how long it was gone."""
        os.kill(self.running[name].pid, signal.SIGCONT)
        self.paused.discard(name)

    def dismiss(self, name: str) -> None:
        """End the worker politely; one that takes too long is killed."""
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            self.faults.append(f"{name} did not stop within 20 s of SIGTERM")
            process.kill()
            process.wait()

    def look(self) -> None:
        """Note workers that ended by themselves, and start them again."""
        for name, process in list(self.running.items()):
            code = process.poll()
            if code is not None:
                self.faults.append(f"{name} ended by itself with exit code {code}")
                del self.running[name]
                self.start(name)

    def end(self) -> None:
        """End all of them."""
        for name in list(self.running):
            if name in self.paused:
                self.resume(name)
            self.dismiss(name)


@dataclass(slots=True)
class Storm:
    """Does something terrible every so often, as its seed says, until `rounds` kills are done."""

    crew: Crew
    broker: LocalKafka
    chance: random.Random
    rounds: int
    broker_kills: int = 1
    done: Counter[str] = field(default_factory=Counter)
    on_round: Callable[[Storm], None] = lambda _storm: None

    def blow(self) -> None:
        """Do all rounds; returns with one worker running and the broker up."""
        self.crew.start("first")
        broker_at = set(self.chance.sample(range(self.rounds), min(self.broker_kills, self.rounds)))
        while self.done["kills"] < self.rounds:
            time.sleep(self.chance.uniform(0.3, 2.2))
            self.crew.look()
            if self.done["kills"] in broker_at:
                broker_at.discard(self.done["kills"])
                self._broker_dies()
            self._one_round()
            self.on_round(self)
        for name in list(self.crew.paused):
            self.crew.resume(name)
        if "first" not in self.crew.running:
            self.crew.start("first")

    def _one_round(self) -> None:
        crew, chance = self.crew, self.chance
        name = chance.choice(sorted(crew.running)) if crew.running else "first"
        deed = chance.choices(("kill", "join", "leave", "zombie"), weights=(6, 2, 1, 1))[0]
        if deed == "join" and "second" not in crew.running:
            crew.start("second")
            self.done["joins"] += 1
        elif deed == "leave" and "second" in crew.running and "second" not in crew.paused:
            crew.dismiss("second")
            self.done["leaves"] += 1
        elif deed == "zombie" and name in crew.running and not crew.paused:
            crew.pause(name)
            time.sleep(SESSION_MS / 1_000 + chance.uniform(0.5, 1.5))
            crew.resume(name)
            self.done["zombies"] += 1
        else:
            if name in crew.running:
                crew.kill(name)
                self.done["kills"] += 1
            if name == "first" or not crew.running:
                crew.start(name)

    def _broker_dies(self) -> None:
        self.broker.kill()
        self.done["broker_kills"] += 1
        time.sleep(self.chance.uniform(0.2, 1.5))
        self.broker.restart()
