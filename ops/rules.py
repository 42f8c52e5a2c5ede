"""Which product rules are proven by which tests: `python -m ops rules [--json] [--run]`.

A test that proves a rule says so with `@pytest.mark.rule("SA-06")`. Without `--run` the tests are
only collected: the answer says which tests claim a rule, not that they pass. With `--run` they are
run and only those that passed are listed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.rule_ids import RULES, SYSTEMS
from ops.rule_marks import FILE

ROOT: Final = Path(__file__).resolve().parent.parent


class RulesError(Exception):
    """The tests could not be collected, or one claims a rule that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a pytest session told about the marked tests.

    Attributes:
        tests: Test id to the rules it claims.
        outcomes: Test id to how it ended: passed, failed, skipped or "not meant to pass".
        was_run: Whether the tests were run rather than only collected.
    """

    tests: Mapping[str, Sequence[str]]
    outcomes: Mapping[str, str]
    was_run: bool

    def proofs(self) -> dict[str, list[str]]:
        """Return rule id to the tests that count, in the inventory's order, rules with any only.

        Run: the tests that passed. Collected: the tests that are not marked to be skipped or to
        fail.
        """
        counted = [
            test
            for test in sorted(self.tests)
            if self.outcomes.get(test, None if self.was_run else "passed") == "passed"
        ]
        found = {rule: [test for test in counted if rule in self.tests[test]] for rule in RULES}
        return {rule: tests for rule, tests in found.items() if tests}

    def failures(self) -> list[str]:
        """Return the tests that were run and failed."""
        return sorted(test for test, outcome in self.outcomes.items() if outcome == "failed")

    def said(self) -> str:
        """Return in a sentence what was done, so that nobody takes a claim for a proof."""
        if self.was_run:
            passed = sum(outcome == "passed" for outcome in self.outcomes.values())
            return f"RUN: {passed} of {len(self.tests)} marked tests passed; only those are listed."
        return (
            f"COLLECTED, NOT RUN: {len(self.tests)} marked tests claim these rules; "
            "`--run` tells which of them pass."
        )


PARTLY = {
    "SA-31": "title, summary, score and matched phrases; send, copy and feedback are not built",
    "CI-11": "the discovery switch and the intent manager's role; no billing, no master switch",
    "CI-20": "one rule a kind, partition of library and routing; no backfill of past records",
    "CI-25": "articles chosen by hand and texts; no filters, connectors or custom bots",
    "CI-33": "every messaging channel after acceptance; no choice of channels",
    "CI-39": "a case's intent is read when it is routed; cases themselves come with CRM activity",
    "CI-43": "the newest intent counts; a representative chooses it in the conversation",
    "CI-44": "English, pending by default, redaction, a warning; no content moderation",
    "CI-46": "threshold, time of day, minimum and types as the decisions say",
    "HO-01": "calls are routed and told apart; telephony itself is the channel's",
    "HO-12": "the note about the embed code; there is no widget to embed yet",
    "HO-28": "the switch per bot; signing in is not built",
    "HO-29": "names and channels as data; nothing sends them to an outside bot",
    "HO-30": "names as data; nothing sends them to an outside bot",
    "HO-32": "the variable's shape; nothing sends it to an outside bot",
    "HO-37": "the matching rule; nobody supplies CRM records yet",
    "HO-49": "return in time to the same representative; no link or prompt is sent",
    "HO-50": "all texts and slugs; callback offer and response are never sent",
    "UR-04": "rules, and skills that an outside model wrote; no model of ours",
    "UR-14": "what triggers a cycle; block sizes are not imitated, everything is considered",
    "UR-52": "quotas of waiting items and people, changes at once; rate quotas are not built",
    "QM-13": "outcome and reason of every session as events; rates are not computed",
    "TR-07": "against servers of ours that behave as the public pages say, never the vendors' own",
    "TR-16": "both triggers and the outcome; the session metric is not computed",
    "TR-26": "hub canvas to bot and back through the custom hub; Direct Line itself is not run",
    "TR-34": "the polling with its waits; no running worker polls",
    "TR-36": "the state machine; it has no address of its own",
}
"""Rules whose marked tests prove only a part, and what is missing."""


def main(argv: Sequence[str] | None = None, *, root: Path = ROOT) -> int:
    """Print what is proven; return 1 when the tests cannot be collected or some failed."""
    parser = argparse.ArgumentParser(prog="python -m ops rules", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object: rule id to test ids")
    parser.add_argument("--run", action="store_true", help="run the tests, list those that passed")
    parser.add_argument("pytest", nargs="*", help='after "--": further arguments for pytest')
    asked = parser.parse_args(argv)
    try:
        found = collect(run=asked.run, arguments=asked.pytest, root=root)
    except RulesError as error:
        print(error, file=sys.stderr)
        return 1
    if asked.json:
        print(found.said(), file=sys.stderr)
        print(json.dumps(found.proofs(), indent=1))
    else:
        print("\n".join(report(found)))
    for test in found.failures():
        print(f"failed: {test}", file=sys.stderr)
    return 1 if found.failures() else 0


def collect(*, run: bool, arguments: Sequence[str] = (), root: Path = ROOT) -> Found:
    """Return what pytest finds under `root`, running the marked tests if asked to.

    Raises:
        RulesError: pytest could not collect everything, or a test claims an unknown rule.
    """
    with tempfile.TemporaryDirectory(prefix="rules-") as folder:
        path = Path(folder) / "marks.json"
        words = [sys.executable, "-m", "pytest", "-p", "ops.rule_marks", *arguments]
        words += [] if run else ["--collect-only", "-q"]
        environment = {**os.environ, FILE: str(path)}
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
        ended = subprocess.run(
            words,
            cwd=root,
            env=environment,
            stdout=sys.stderr if run else subprocess.PIPE,
            stderr=None if run else subprocess.STDOUT,
            text=True,
            check=False,
        )
        # 0 all passed, 1 some failed, 5 nothing collected; anything else is no answer.
        if ended.returncode not in {0, 1, 5} or not path.exists():
            errors = "" if run else ended.stdout[ended.stdout.find("= ERRORS =") :]
            told = f":\n{errors}" if errors else ""
            raise RulesError(f"pytest could not collect the tests (exit {ended.returncode}){told}")
        told = json.loads(path.read_text(encoding="utf-8"))
    _check_ids(told["rules"])
    return Found(tests=told["rules"], outcomes=told["outcomes"], was_run=run)


def report(found: Found) -> list[str]:
    """Return lines for people: per system what is proven by which tests and what is not built."""
    proofs = found.proofs()
    lines = [found.said(), ""]
    for system, title in SYSTEMS.items():
        ids = [rule.id for rule in RULES.values() if rule.system == system]
        proven = [rule for rule in ids if rule in proofs]
        lines.append(f"{title} ({system}): {len(proven)} of {len(ids)} rules")
        for rule in proven:
            first, *more = proofs[rule]
            lines.append(f"  {rule}  {first}")
            if rule in PARTLY:
                lines.append(f"  {' ' * len(rule)}  (in part: {PARTLY[rule]})")
            lines += [f"         {test}" for test in more]
        open_ids = [rule for rule in ids if rule not in proofs]
        if open_ids:
            lines.append(f"  not built yet: {_ranges(open_ids)}")
        retired = [rule for rule in open_ids if RULES[rule].is_retired]
        if retired:
            lines.append(f"  of these, retired in the original product: {_ranges(retired)}")
        lines.append("")
    seed = [rule.id for rule in RULES.values() if rule.is_seed]
    proven_seed = sum(rule in proofs for rule in seed)
    lines.append(
        f"All: {len(proofs)} of {len(RULES)} rules, {proven_seed} of {len(seed)} seed rules"
    )
    return lines


def _check_ids(tests: Mapping[str, Sequence[str]]) -> None:
    wrong = [
        f"{test} claims {rule!r}, which is no rule of the inventory"
        for test, rules in tests.items()
        for rule in rules
        if rule not in RULES
    ]
    if wrong:
        raise RulesError("\n".join(wrong))


def _ranges(ids: Iterable[str]) -> str:
    """Return ids with neighbours joined: `SA-01 to SA-05, SA-07`."""
    runs: list[list[str]] = []
    for rule in ids:
        if runs and int(rule[3:]) == int(runs[-1][-1][3:]) + 1:
            runs[-1].append(rule)
        else:
            runs.append([rule])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)
