"""What the built console may weigh and contain, and that its own unit tests hold."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from streams import console_build

GZIP_KIB_MAX = 200
CODE_FROM_TEXT = re.compile(rb"\beval\s*\(|\bnew Function\b|\bFunction\s*\(\s*['\"`]")


@pytest.fixture(scope="module")
def dist() -> Path:
    return console_build.build()


@pytest.fixture(scope="module")
def bundle(dist: Path) -> list[Path]:
    found = sorted(file for file in dist.rglob("*") if file.suffix in {".js", ".css"})
    assert found, f"{dist} holds neither scripts nor styles"
    return found


def test_the_bundle_stays_within_its_budget_on_the_wire(bundle: list[Path]):
    sizes = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in bundle}
    total_kib = sum(sizes.values()) / 1024
    assert total_kib <= GZIP_KIB_MAX, f"{total_kib:.1f} KiB gzip: {sizes}"


def test_the_bundle_makes_no_code_out_of_text(bundle: list[Path]):
    for file in bundle:
        assert CODE_FROM_TEXT.findall(file.read_bytes()) == [], file.name


def test_the_page_has_no_inline_script_or_style_and_takes_nothing_from_elsewhere(dist: Path):
    page = (dist / "index.html").read_text()
    assert re.search(r"<script(?![^>]*\bsrc=)", page) is None
    assert "<style" not in page
    assert re.search(r"\s(?:style|on\w+)=", page) is None
    assert re.findall(r"(?:src|href)=\"(?!/)[^\"]*", page) == []


def test_the_built_files_name_the_sources_they_were_made_of(dist: Path):
    assert console_build.built_of() == console_build.digest()
    page = dist / "index.html"
    before = page.stat().st_mtime_ns
    console_build.build(say=lambda line: pytest.fail(f"it built again: {line}"))
    assert page.stat().st_mtime_ns == before


def test_the_lock_file_pins_every_package_by_digest_and_names_no_registry():
    text = (console_build.CONSOLE / "package-lock.json").read_text()
    lock = json.loads(text)
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert re.findall(r"https?://[^/\"\s]*(?:npmjs|registry|yarnpkg)[^\"\s]*", text) == []


def test_every_package_in_the_bundle_has_its_licence_beside_it(dist: Path):
    text = (dist / "third-party-licences.txt").read_text()
    named = set(re.findall(r"^(\S+) \d+\.\d+\.\d+ \(", text, flags=re.MULTILINE))
    manifest = json.loads((console_build.CONSOLE / "package.json").read_text())
    assert set(manifest["dependencies"]) <= named


def test_the_packages_that_ship_are_pinned_and_under_permissive_licences():
    manifest = json.loads((console_build.CONSOLE / "package.json").read_text())
    wanted = {**manifest["dependencies"], **manifest["devDependencies"]}
    assert {name: version for name, version in wanted.items() if not version[0].isdigit()} == {}
    lock = json.loads((console_build.CONSOLE / "package-lock.json").read_text())
    licences = {
        name: entry.get("license")
        for name, entry in lock["packages"].items()
        if name and not entry.get("dev")
    }
    permissive = re.compile(r"MIT|BSD-[23]-Clause|Apache-2\.0|ISC|0BSD|PSF-2\.0|BlueOak")
    assert {
        name: licence for name, licence in licences.items() if not permissive.search(licence or "")
    } == {}


def test_the_consoles_own_unit_tests_hold(dist: Path):
    node = console_build.find_node()
    done = subprocess.run(
        [*node.npm, "test"],
        cwd=dist.parent,
        # npm's scripts call `node` by name, and it may be the wheel's.
        env=os.environ | {"PATH": f"{node.program.rpartition('/')[0]}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]


def test_a_machine_without_node_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(console_build.ConsoleBuildError, match=r"Install it, or run `pip install"):
        console_build.find_node()
