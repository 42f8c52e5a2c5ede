"""The bench measures what it says it measures."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from ops import bench
from ops.bench.engines import ENGINES, RATED, chosen
from ops.bench.environments import PEERS
from ops.bench.errors import UnknownBenchError
from ops.bench.measure import Figure
from ops.bench.processes import EngineProcess
from ops.bench.report import NOT_ASKED_FOR, results
from ops.bench.topics import Outputs, partition_of
from ops.bench.turnstats import TurnStats
from ops.bench.work import PARTITIONS, TEXTS_KEPT, Work
from processors.machine import At
from schemas.errors import UndecodableError

SMALL = Work(turns=3_000, conversations=150)
FIRST_3000_SHA256 = "21aad157147bf87f171c2ffe42e515d84d1536c87f51188ee0d55318f6e9f3a3"


def outputs_of_ours(work: Work) -> tuple[list[bytes], dict[bytes, list[str]]]:
    """Fold the work with our processor; return the outputs and each conversation's last texts."""
    machine = TurnStats(log="in", output="out")
    states: dict[bytes, bytes] = {}
    outputs = []
    for number, turn in enumerate(work.inputs()):
        record = machine.decode(turn.value, ())
        key = machine.key(record)
        before = states.get(key)
        state = machine.decode_state(before) if before else None
        outcome = machine.handle(state, record, At(record.at_ms, f"in/0/{number}"))
        states[key] = machine.encode_state(outcome.state)
        outputs += [machine.encode_event(event)[1] for event in outcome.events]
    return outputs, {key: [*machine.decode_state(data).texts] for key, data in states.items()}


def held_against(work: Work, outputs: list[bytes]) -> Outputs:
    expected = work.expected()
    seen = Outputs()
    for value in outputs:
        seen.take(value, expected)
    seen.close(expected)
    return seen


def figure(engine: str, variant: str, rate: float | None, reason: str | None = None) -> Figure:
    return Figure(
        engine=engine, variant=variant, repeat=1, records_per_s=rate, reason=reason, outputs=10
    )


def test_the_input_is_the_same_bytes_on_every_machine_in_every_run():
    digest = hashlib.sha256(b"".join(turn.key + turn.value for turn in SMALL.inputs()))
    assert digest.hexdigest() == FIRST_3000_SHA256


def test_a_turn_is_json_of_about_230_bytes_and_turns_reach_every_partition():
    turns = list(islice(Work().inputs(), 2_000))
    assert 225 <= sum(len(turn.value) for turn in turns) / len(turns) <= 240
    fields = {"conversation_id", "author", "text", "at_ms", "n"}
    assert all(msgspec.json.decode(turn.value).keys() == fields for turn in turns)
    assert {partition_of(turn.key) for turn in turns} == set(range(PARTITIONS))


def test_our_processor_gives_exactly_the_outputs_every_engine_is_held_to():
    outputs, texts = outputs_of_ours(SMALL)
    assert len(outputs) == SMALL.turns
    assert held_against(SMALL, outputs).complaint is None
    said: dict[bytes, list[str]] = {}
    for turn in SMALL.inputs():
        said.setdefault(turn.key, []).append(msgspec.json.decode(turn.value)["text"])
    assert texts == {key: everything[-TEXTS_KEPT:] for key, everything in said.items()}


def test_our_processor_refuses_bytes_that_are_no_turn():
    with pytest.raises(UndecodableError) as refused:
        TurnStats(log="in", output="out").decode(b'{"conversation_id": 7}', ())
    assert refused.value.code == "undecodable"


def test_a_missing_a_doubled_and_a_wrong_output_are_each_noticed():
    outputs, _ = outputs_of_ours(SMALL)
    assert held_against(SMALL, outputs[1:]).complaint == "1 outputs missing"
    assert held_against(SMALL, [*outputs, outputs[7]]).complaint == "1 outputs doubled"
    one_hit_more = msgspec.json.decode(outputs[7])
    one_hit_more["hits"] += 1
    wrong = [*outputs[:7], msgspec.json.encode(one_hit_more), *outputs[8:]]
    assert held_against(SMALL, wrong).complaint == "1 outputs missing, 1 outputs wrong"
    assert held_against(SMALL, [*outputs, b"nonsense"]).complaint == "1 outputs wrong"


def test_the_better_variant_counts_for_a_peer_and_the_default_store_for_us():
    figures = [
        figure("ours", "rocksdb", 90_000.0),
        figure("ours", "memory", 110_000.0),
        *[figure("faust", "tuned", rate) for rate in (3_000.0, 9_000.0, 4_500.0)],
        figure("faust", "default", 2_000.0),
    ]
    outcome = results(figures, {}, Work(), {})
    assert outcome["rates"]["ours"] == 90_000.0
    assert outcome["rates"]["faust"] == 4_500.0
    assert outcome["ratios"]["ours/faust"] == 20.0


def test_an_engine_that_fails_is_null_with_its_reason_and_the_others_keep_their_rates():
    figures = [figure("quix", "alo", 17_000.0), figure("bytewax", "map", None, "stood still")]
    outcome = results(figures, {"kafka_streams_alo": "no mvn"}, Work(), {})
    assert tuple(outcome["rates"]) == RATED
    assert outcome["rates"]["quix"] == 17_000.0
    assert outcome["rates"]["bytewax"] is None
    assert outcome["reasons"]["bytewax"] == "stood still"
    assert outcome["reasons"]["kafka_streams_alo"] == "no mvn"
    assert outcome["reasons"]["faust"] == NOT_ASKED_FOR
    assert outcome["ratios"]["ours/quix"] is None


def test_an_unknown_benchmark_or_engine_is_refused_with_the_names_there_are(
    capsys: pytest.CaptureFixture[str],
):
    assert bench.main(["turnstat"]) == 2
    assert "turnstats" in capsys.readouterr().err
    with pytest.raises(UnknownBenchError, match="no engine named 'flink'; known are limit, ours"):
        chosen(["flink"])
    with pytest.raises(UnknownBenchError, match="no variant of faust named 'quick'"):
        chosen(["faust:quick"])


def test_without_names_every_engine_runs_and_ours_only_with_its_default_store():
    pairs = [(engine.name, variant) for engine, variant in chosen([])]
    assert {name for name, _ in pairs} == {engine.name for engine in ENGINES}
    assert [variant for name, variant in pairs if name == "ours"] == ["rocksdb"]


def test_every_peer_pins_every_package_it_installs():
    for peer in ("faust", "quix", "bytewax"):
        lines = (PEERS / peer / "requirements.txt").read_text().splitlines()
        wanted = [line for line in lines if line and not line.startswith("#")]
        assert wanted
        assert all("==" in line for line in wanted), peer


def test_the_time_and_memory_of_an_engines_children_count_and_none_outlives_it(tmp_path: Path):
    spin = "import os; print(os.getpid(), flush=True); x = bytearray(30_000_000)\nwhile 1: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])"
    log = tmp_path / "engine.log"
    command = [sys.executable, "-c", parent]
    with EngineProcess(command, cwd=tmp_path, env=os.environ, log=log) as engine:
        deadline = time.monotonic() + 10
        while engine.usage().cpu_s < 0.1 or engine.usage().rss_peak_bytes < 30_000_000:
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
        child = Path("/proc") / log.read_text().split()[0]
        assert child.exists()
    assert not child.exists() or not (child / "cmdline").read_bytes()
    assert engine.usage().cpu_s == 0.0


def test_what_an_engine_said_last_is_kept_when_it_stops_by_itself(tmp_path: Path):
    command = [sys.executable, "-c", "import sys; sys.exit('the store is locked')"]
    log = tmp_path / "engine.log"
    with EngineProcess(command, cwd=tmp_path, env=os.environ, log=log) as engine:
        deadline = time.monotonic() + 10
        while engine.exit_code is None:
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
        assert engine.exit_code == 1
        assert engine.last_words() == "the store is locked"
