"""What the rule inventory tells is what the tests say and, when run, what passed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import rules
from ops.rule_ids import RULES, SYSTEMS

TESTS = """
import pytest

@pytest.mark.rule("SA-06", "SA-07")
@pytest.mark.parametrize("n", [1, 2])
def test_passes(n):
    pass

@pytest.mark.rule("IC-01")
def test_fails():
    assert 1 == 2

@pytest.mark.rule("IC-02")
@pytest.mark.skip(reason="not yet")
def test_is_skipped():
    pass

@pytest.mark.rule("IC-03")
@pytest.mark.xfail(reason="not yet", strict=True)
def test_is_expected_to_fail():
    assert 1 == 2

@pytest.mark.rule("IC-04")
@pytest.mark.xfail(reason="not yet", strict=False)
def test_passes_unexpectedly():
    pass

@pytest.mark.rule("IC-05")
def test_skips_itself():
    pytest.skip("no broker here")

@pytest.fixture
def broken_tear_down():
    yield
    raise RuntimeError("left open")

@pytest.mark.rule("IC-06")
def test_passes_and_breaks_afterwards(broken_tear_down):
    pass

@pytest.mark.rule("TR-37")
class TestAll:
    def test_inside(self):
        pass

def test_without_a_rule():
    assert 1 == 2
"""
PASSING = {
    "SA-06": ["test_some.py::test_passes[1]", "test_some.py::test_passes[2]"],
    "SA-07": ["test_some.py::test_passes[1]", "test_some.py::test_passes[2]"],
    "TR-37": ["test_some.py::TestAll::test_inside"],
}


def lay_out(folder: Path) -> Path:
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = rule(*ids)\n")
    (folder / "test_some.py").write_text(TESTS)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


@pytest.fixture(scope="module", autouse=True)
def plain_pytest() -> Iterator[None]:
    """The small projects below need none of our plugins; leaving them out saves seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        yield


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> rules.Found:
    return rules.collect(run=False, root=lay_out(tmp_path_factory.mktemp("collected")))


def test_there_are_321_rules_of_seven_systems_and_87_of_them_are_seed():
    assert len(RULES) == 321
    assert len(SYSTEMS) == 7
    assert sum(rule.is_seed for rule in RULES.values()) == 87
    assert all(re.fullmatch(r"(SA|IC|CI|HO|UR|QM|TR)-\d\d", rule) for rule in RULES)
    assert [rule.id for rule in RULES.values() if rule.is_retired][:3] == [
        "IC-72",
        "IC-73",
        "IC-76",
    ]


def test_collected_tests_claim_their_rules_and_the_answer_says_they_were_not_run(collected):
    claims = collected.proofs()
    assert {rule: claims[rule] for rule in PASSING} == PASSING
    assert claims["IC-01"] == ["test_some.py::test_fails"]
    assert not {"IC-02", "IC-03", "IC-04"} & claims.keys()
    assert collected.said().startswith("COLLECTED, NOT RUN: 9 marked tests claim")


def test_only_what_passed_counts_when_the_tests_are_run(project):
    found = rules.collect(run=True, root=project)
    assert found.proofs() == PASSING
    assert found.said().startswith("RUN: 3 of 9 marked tests passed")
    assert found.failures() == [
        "test_some.py::test_fails",
        "test_some.py::test_passes_and_breaks_afterwards",
    ]


def test_the_report_names_per_system_what_is_proven_and_what_is_not_built(collected):
    lines = rules.report(collected)
    assert lines[0].startswith("COLLECTED, NOT RUN")
    text = "\n".join(lines)
    assert "Smart assist (SA): 2 of 44 rules\n  SA-06  test_some.py::test_passes[1]" in text
    assert "  not built yet: SA-01 to SA-05, SA-08 to SA-44\n" in text
    assert "retired in the original product: IC-72 to IC-73, IC-76 to IC-82\n" in text
    assert lines[-1] == "All: 6 of 321 rules, 5 of 87 seed rules"


def test_a_rule_that_does_not_exist_is_refused(project):
    (project / "test_some.py").write_text(TESTS.replace("TR-37", "TR-38"))
    with pytest.raises(rules.RulesError, match="TestAll::test_inside claims 'TR-38'"):
        rules.collect(run=False, root=project)


def test_tests_that_cannot_be_collected_give_no_answer(project):
    (project / "test_broken.py").write_text("import nowhere_at_all\n")
    with pytest.raises(rules.RulesError, match="nowhere_at_all"):
        rules.collect(run=False, root=project)


def test_json_is_one_object_and_nothing_else(project, capsys):
    assert rules.main(["--json"], root=project) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["TR-37"] == PASSING["TR-37"]
    assert err.startswith("COLLECTED, NOT RUN")


@pytest.mark.parametrize(("words", "code"), [(["--help"], 0), ([], 0), (["fly"], 2)])
def test_the_door_lists_its_verbs_and_refuses_others(words, code):
    run = subprocess.run(
        [sys.executable, "-m", "ops", *words],
        cwd=rules.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == code
    for verb in ("generate", "bench", "chaos", "rules", "soak"):
        assert verb in run.stdout + run.stderr
    assert ("no verb 'fly'" in run.stderr) is (code == 2)
