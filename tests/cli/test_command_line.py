import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click
import jwt
import pytest

from schemas import catalogue
from streams.cli import cuestream
from streams.cli.target import find, read_instance
from streams.cli.verbs import VERBS
from streams.topics import TOPICS
from tests.cli.conftest import Run

Start = Callable[..., subprocess.Popen[str]]


def note_instance(folder: Path, **given: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    noted = {
        "url": "http://127.0.0.1:8420",
        "bootstrap_servers": "127.0.0.1:1",
        "token_file": None,
        "pid": os.getpid(),
    }
    (folder / "instance.json").write_text(json.dumps(noted | given))


def test_every_verb_is_listed_has_help_and_says_there_what_it_says_in_the_list(run: Run):
    listed = run("--help").output
    for verb, (module, says) in VERBS.items():
        command = import_module(f"streams.cli.{module}").command
        assert isinstance(command, click.Command)
        assert f"{verb} " in listed
        assert says in listed
        shown = run(verb, "--help")
        assert shown.exit_code == 0
        assert command.help


def test_every_option_of_every_verb_is_explained():
    def commands(command: click.Command) -> list[click.Command]:
        inner = getattr(command, "commands", {}).values()
        return [command, *(found for each in inner for found in commands(each))]

    for verb in VERBS:
        found = cuestream.get_command(click.Context(cuestream), verb)
        assert found is not None
        for command in commands(found):
            for option in command.params:
                if isinstance(option, click.Option):
                    assert option.help, (verb, command.name, option.name)


def test_help_answers_at_once(start: Start):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = start("--help")
    output, _ = process.communicate(timeout=30)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "Verbs" in output
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert used <= 0.3


def test_an_unknown_verb_is_wrong_usage_and_a_near_miss_is_named(run: Run):
    result = run("tial")
    assert result.exit_code == 2
    assert "Did you mean tail?" in result.output


def test_nothing_running_is_one_sentence_that_says_what_to_do(run: Run):
    for args in (["say", "c-1", "hi"], ["tail"], ["quarantine", "list"], ["topics", "plan"]):
        result = run(*args)
        assert result.exit_code == 1
        assert result.output.startswith("cuestream: no cuestream runs in .data (there is no inst")
        assert result.output.count("\n") == 1
        assert "cuestream up" in result.output


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"pid": "x"}', "cannot be read"),
        (b"\xff", "cannot be read"),
        (b'{"url": "u", "bootstrap_servers": "b", "pid": 4194399}', "has ended"),
    ],
)
def test_a_broken_or_old_note_of_a_run_is_no_run(tmp_path: Path, content: bytes, because: str):
    (tmp_path / "instance.json").write_bytes(content)
    found, why = read_instance(tmp_path)
    assert found is None
    assert because in why


def test_a_run_on_this_machine_is_found_through_its_note(run: Run, tmp_path: Path):
    note_instance(tmp_path / ".data")
    result = run("say", "c-1", "hi")
    assert result.exit_code == 1
    assert "nothing listens at 127.0.0.1:1" in result.output
    assert run("say", "c-1", "hi", "--data-dir", "elsewhere").output.count("elsewhere") == 1


def test_the_environment_is_stronger_than_a_note_and_an_option_than_both(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    note_instance(tmp_path / ".data")
    assert find(None, None).kafka.bootstrap_servers == "127.0.0.1:1"
    monkeypatch.setenv("CUESTREAM_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:2")
    assert find(None, None).kafka.bootstrap_servers == "127.0.0.1:2"
    assert find(None, None).instance is None
    assert find("127.0.0.1:3", None).kafka.bootstrap_servers == "127.0.0.1:3"
    assert run("say", "c-1", "hi", "--bootstrap-servers", "127.0.0.1:3").exit_code == 1


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CUESTREAM_API__PORT", "many")
    result = run("token")
    assert result.exit_code == 1
    assert "CUESTREAM_API__PORT" in result.output
    monkeypatch.delenv("CUESTREAM_API__PORT")
    monkeypatch.setenv("CUESTREAM_KAFKA__BOOTSTRAP_SERVRES", "a:1")
    assert "BOOTSTRAP_SERVRES: no such setting" in run("tail").output
    monkeypatch.delenv("CUESTREAM_KAFKA__BOOTSTRAP_SERVRES")
    Path("cuestream.toml").write_text("[api\n")
    result = run("token")
    assert result.exit_code == 1
    assert "cuestream.toml" in result.output


def test_debug_shows_where_it_went_wrong_before_and_after_the_verb(run: Run):
    for args in (["--debug", "tail"], ["tail", "--debug"]):
        result = run(*args)
        assert type(result.exception).__name__ == "NothingRunsError"


def test_no_error_of_a_process_shows_a_traceback(start: Start):
    process = start("say", "c-1", "hi", "--bootstrap-servers", "127.0.0.1:1")
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert "Traceback" not in errors
    assert errors.startswith("cuestream: Kafka at 127.0.0.1:1 cannot be reached: nothing listens")
    assert errors.count("\n") == 1


def test_topics_are_exported_for_strimzi(run: Run):
    yaml = import_module("yaml")
    result = run("topics", "strimzi", "--cluster", "main", "--partitions", 12, "--namespace", "cc")
    resources = list(yaml.safe_load_all(result.output))
    assert [resource["metadata"]["name"] for resource in resources] == [p.name for p in TOPICS]
    for resource_, plan in zip(resources, TOPICS, strict=True):
        assert resource_["apiVersion"] == "kafka.strimzi.io/v1"
        assert resource_["kind"] == "KafkaTopic"
        assert resource_["metadata"]["labels"] == {"strimzi.io/cluster": "main"}
        assert resource_["metadata"]["namespace"] == "cc"
        assert resource_["spec"]["partitions"] == 12
        assert resource_["spec"]["replicas"] == 3
        assert resource_["spec"]["topicName"] == plan.name
        assert resource_["spec"]["config"] == plan.settings()


def test_the_asyncapi_document_is_printed_or_written(run: Run, tmp_path: Path):
    printed = json.loads(run("asyncapi").output)
    assert set(printed["channels"]) == {plan.name for plan in TOPICS}
    assert run("asyncapi", "-o", tmp_path / "a.json").output == ""
    assert json.loads((tmp_path / "a.json").read_text()) == printed


def test_a_token_is_signed_with_the_secret_and_says_who(run: Run, monkeypatch: pytest.MonkeyPatch):
    secret = "s" * 48
    monkeypatch.setenv("CUESTREAM_API__JWT_SECRET", secret)
    monkeypatch.setenv("CUESTREAM_API__JWT_AUDIENCE", "console")
    result = run(
        "token", "--user", "bob", "--tenant", "acme", "--role", "supervisor", "--queue", "q"
    )
    claims = jwt.decode(result.output.strip(), secret, algorithms=["HS256"], audience="console")
    assert (claims["sub"], claims["tenant"], claims["name"]) == ("bob", "acme", "Bob")
    assert (claims["roles"], claims["queues"], claims["teams"]) == (["supervisor"], ["q"], [])
    assert claims["exp"] - claims["iat"] == 480 * 60
    assert secret not in result.output


def test_without_a_secret_the_token_is_the_one_of_the_run_here(run: Run, tmp_path: Path):
    result = run("token")
    assert result.exit_code == 1
    assert "nothing to sign with" in result.output
    (tmp_path / "the-token").write_text("dev-abc\n")
    note_instance(tmp_path / ".data", token_file=str(tmp_path / "the-token"))
    assert run("token").output == "dev-abc\n"


def test_a_short_secret_is_refused_as_the_api_would(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CUESTREAM_API__JWT_SECRET", "short")
    result = run("token")
    assert result.exit_code == 1
    assert "less than 32 bytes" in result.output


def test_contradicting_options_of_up_are_wrong_usage(run: Run):
    result = run("up", "--bootstrap-servers", "a:1", "--broker-port", 9)
    assert result.exit_code == 2
    assert run("up", "--workers", 0).exit_code == 2
    assert run("demo", "--speed", -1).exit_code == 2


def test_doctor_has_a_sentence_for_each_thing_and_fails_when_something_is_wrong(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    result = run("doctor")
    assert result.exit_code == 0, result.output
    for about in ("python", "settings", "disk", "java", "run", "console", "access", "broker"):
        assert f" {about} " in result.output
    monkeypatch.setenv("CUESTREAM_API__HOST", "0.0.0.0")
    result = run("doctor", "--bootstrap-servers", "127.0.0.1:1")
    assert result.exit_code == 1
    assert "without authentication" in result.output
    assert "nothing listens at 127.0.0.1:1" in result.output
    assert "2 of " in result.output


@pytest.mark.kafka
def test_doctor_looks_at_the_cluster(run: Run, cluster: tuple[str, str]):
    result = run("doctor", *cluster)
    assert result.exit_code == 0, result.output
    assert f"all {len(TOPICS)} topics are there and as planned" in result.output
    assert "quarantine" in result.output


@pytest.mark.kafka
def test_topics_are_compared_and_created_and_never_altered(run: Run, own_kafka):
    broker = own_kafka()
    here = ("--bootstrap-servers", broker.bootstrap_servers)
    plan = run("topics", "plan", *here)
    assert (plan.exit_code, plan.output.count("\n  + ")) == (0, len(TOPICS) - 1)
    assert f"{len(TOPICS)} missing" in plan.output
    result = run("say", "c-1", "hi", *here)
    assert result.exit_code == 1
    assert "cuestream topics apply" in result.output
    result = run("doctor", *here)
    assert result.exit_code == 1

    created = run("topics", "apply", "--partitions", 3, *here)
    assert created.exit_code == 0, created.output
    assert created.output.splitlines() == [f"created {topic.name}" for topic in TOPICS]
    assert run("topics", "apply", *here).output.startswith("nothing to do")
    assert f"{len(TOPICS)} as planned, 0 missing, 0 wrong" in run("topics", "plan", *here).output
    wrong = run("topics", "plan", "--partitions", 5, *here)
    assert wrong.exit_code == 1
    assert "  ! " in wrong.output


@pytest.mark.kafka
def test_what_is_said_is_seen_by_tail(run: Run, cluster: tuple[str, str], tenant: str):
    said = run("say", "c-1", "my", "lamp", "--tenant", tenant, "--as", "customer", *cluster)
    assert said.exit_code == 0, said.output
    topic, partition, offset = said.output.strip().split("/")
    assert run("say", "c-2", "hello", "--as", "bot", "--tenant", tenant, *cluster).exit_code == 0
    told = run("tail", "--from", "earliest", "--once", "--tenant", tenant, *cluster).output
    assert 'c-1              customer       "my lamp"' in told
    assert 'c-2              bot            "hello"' in told
    plain = run(
        "tail",
        topic,
        "--from",
        "earliest",
        "--once",
        "--json",
        "--conversation",
        "c-1",
        "--tenant",
        tenant,
        *cluster,
    ).output
    (line,) = [json.loads(line) for line in plain.splitlines()]
    assert (line["partition"], line["offset"]) == (int(partition), int(offset))
    assert line["record"]["text"] == "my lamp"
    assert catalogue.from_json(line["type"], line["record"]).conversation_id == "c-1"


@pytest.mark.kafka
def test_saying_nothing_or_something_out_of_bounds_is_refused(run: Run, cluster: tuple[str, str]):
    assert "nothing to say" in run("say", "c-1", "  ", *cluster).output
    result = run("say", "c-1", "hi", "--tenant", "Not A Slug", *cluster)
    assert result.exit_code == 1
    assert "tenant" in result.output


@pytest.mark.kafka
def test_ctrl_c_ends_a_tail_and_a_closed_pipe_too(
    start: Start, run: Run, cluster: tuple[str, str], tenant: str
):
    process = start("tail", "--from", "earliest", "--tenant", tenant, *cluster)
    assert run("say", "c-1", "hi", "--tenant", tenant, *cluster).exit_code == 0
    assert process.stdout is not None
    assert '"hi"' in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors.strip()) == (130, "", "")

    process = start("tail", "--from", "earliest", "--tenant", tenant, *cluster)
    assert process.stdout is not None
    assert '"hi"' in process.stdout.readline()
    process.stdout.close()
    deadline = time.monotonic() + 30
    while process.poll() is None:
        assert time.monotonic() < deadline
        run("say", "c-1", "more", "--tenant", tenant, *cluster)
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.returncode in {1, 141}


@pytest.mark.kafka
def test_explain_tells_the_way_from_the_turn(run: Run, cluster: tuple[str, str], tenant: str):
    said = run("say", "c-1", "my lamp \x1b[31mis broken", "--tenant", tenant, *cluster)
    place = said.output.strip()
    told = run("explain", place, *cluster)
    assert told.exit_code == 0, told.output
    assert "TurnSaid customer said: “my lamp" in told.output
    assert "\x1b[31m" not in told.output
    assert "nothing was derived from it" in told.output
    chain = json.loads(run("explain", place, "--json", *cluster).output)["chain"]
    assert chain[0]["record"]["conversation_id"] == "c-1"
    for wrong in ("nonsense", "conversation.turns.v1/0/999999999", f"{place}#7", "other.v1/0/0"):
        result = run("explain", wrong, *cluster)
        assert result.exit_code == 1
        assert result.output.count("\n") == 1
