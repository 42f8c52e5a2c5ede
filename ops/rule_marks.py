"""A pytest plugin that writes down which tests carry `@pytest.mark.rule(...)` and how they ended.

Loaded by `python -m ops rules` with `-p ops.rule_marks`; the file to write is named by the
environment variable `RULE_MARKS_FILE`. Tests without the mark are left out of the run.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

FILE: str = "RULE_MARKS_FILE"


class Marks:
    """What one pytest session found."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rules: dict[str, list[str]] = {}
        self._outcomes: dict[str, str] = {}

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep the tests with a mark, and what each says it proves."""
        for item in items:
            ids = {str(given) for mark in item.iter_markers("rule") for given in mark.args}
            if ids:
                self._rules[item.nodeid] = sorted(ids)
                if item.get_closest_marker("skip") or item.get_closest_marker("xfail"):
                    self._outcomes[item.nodeid] = "not meant to pass"
        left_out = [item for item in items if item.nodeid not in self._rules]
        items[:] = [item for item in items if item.nodeid in self._rules]
        config.hook.pytest_deselected(items=left_out)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended: passed only if set-up, test and tear-down all did, as expected."""
        before = self._outcomes.get(report.nodeid)
        if hasattr(report, "wasxfail"):
            self._outcomes[report.nodeid] = "not meant to pass"
        elif report.outcome != "passed":
            self._outcomes[report.nodeid] = report.outcome
        elif report.when == "call" and before is None:
            self._outcomes[report.nodeid] = "passed"

    def pytest_sessionfinish(self) -> None:
        """Write what was found."""
        found = {"rules": self._rules, "outcomes": self._outcomes}
        self._path.write_text(json.dumps(found), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Take part in the session."""
    config.pluginmanager.register(Marks(Path(os.environ[FILE])), "rule-marks")
