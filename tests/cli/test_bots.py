import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from processors.dialogue.bots import load_bots
from processors.dialogue.publishing import with_published
from processors.errors import InvalidReferenceError
from streams.client import Follower, Received
from streams.topics import CONVERSATION_LOG
from tests.cli.conftest import Run
from tests.rules.shop_intents import artefact

DEMO = Path(__file__).parents[2] / "streams" / "demo" / "bots.yaml"

TWO_BOTS = """\
# Ours.
bots:
  shop: # the first
    name: Shop
    topics:
      hours: {phrases: [opening hours], nodes: [message: nine to five]}
  desk:
    published: true  # for now
    topics: {}
"""


@pytest.fixture
def two_bots(tmp_path: Path) -> Path:
    path = tmp_path / "two.yaml"
    path.write_text(TWO_BOTS)
    return path


def test_check_says_what_the_bots_are_and_what_their_author_may_want_to_know(
    run: Run, two_bots: Path
):
    assert run("bots", "check", DEMO).output.startswith("shop-bot: Lumi, published, 14 topics")
    output = run("bots", "check", two_bots).output
    assert "shop: Shop, published, 7 topics, 13 phrases" in output
    assert "shop: note: escalate has no transfer node" in output
    two_bots.write_text("bots: {b: {topics: {lost: {nodes: [message: x]}}}}")
    assert "b: note: nothing leads to topic lost" in run("bots", "check", two_bots).output


def test_check_says_where_a_fault_is(run: Run, tmp_path: Path):
    path = tmp_path / "bots.yaml"
    path.write_text("bots:\n  b:\n    topics:\n      t:\n        nodes:\n          - shout: x\n")
    result = run("bots", "check", path)
    assert result.exit_code == 1
    assert result.output.startswith(
        "cuestream: dialogue.bots: line 6, column 13 (bot b, topic t, node 1): a node is exactly"
    )
    assert "no such file" in run("bots", "check", tmp_path / "none.yaml").output


def test_talk_lets_an_author_try_a_bot_that_is_not_published(run: Run, tmp_path: Path):
    path = tmp_path / "bots.yaml"
    path.write_text(
        "bots:\n  b:\n    name: Bo\n    published: false\n    topics:\n"
        "      escalate: {nodes: [message: One moment., transfer: 'Asked by {who}']}\n"
        "      greeting: {nodes: [message: 'Hello {bot.CustomerName}']}\n"
    )
    said = "\n".join(["hmm", "/why", "speak to agent", "hello?", "/failed busy", "/variables", ""])
    result = run("bots", "talk", path, "--name", "Mia", "--set", "who=Ann", input=said)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "Bo: Hello Mia"
    assert "Bo: I did not understand that" in lines[1]
    assert "no phrase fits" in lines[2]
    assert lines[5] == "[handed off: requested_by_customer; private message: Asked by Ann]"
    assert "a human has it" in lines[6]
    assert "I could not reach a person" in lines[7]
    assert "who = 'Ann'" in result.output


def test_talk_as_a_call_speaks_and_hangs_up(run: Run):
    result = run("bots", "talk", DEMO, "--voice", "--why", input="goodbye\nstill there?\n")
    assert "Lumi (cannot be interrupted): Welcome to Lantern Street." in result.output
    assert "hang_up was done" in result.output
    assert result.output.rstrip().endswith("[the call ends]")


def test_talk_interviews_with_the_library_in_a_folder_and_without_one_as_before(
    run: Run, tmp_path: Path
):
    (tmp_path / "library.json").write_bytes(artefact())
    said = "my printer shows an error\nE-42\nno\n"
    output = run("bots", "talk", DEMO, "--library", tmp_path, "--why", input=said).output
    assert "the customer wants Printer error" in output
    assert "Which error code do you see?" in output
    assert "IntentInterviewComplete: all that is required is known" in output
    assert "I found nothing about this, but my colleagues may know." in output
    assert "[handed off: configured_by_author" in output
    plain = run("bots", "talk", DEMO, input=said).output
    assert "I am not sure I understood." in plain
    missing = run("bots", "talk", DEMO, "--library", tmp_path / "none", input="")
    assert missing.exit_code == 1
    assert "there is no library" in missing.output


def test_talk_asks_which_bot_when_there_are_several(run: Run, two_bots: Path):
    result = run("bots", "talk", two_bots, input="")
    assert result.exit_code == 2
    assert "name the bot with --bot; there are desk, shop" in result.output
    assert run("bots", "talk", two_bots, "--bot", "shop", input="/quit\n").exit_code == 0
    result = run("bots", "talk", two_bots, "--bot", "nix")
    assert "there is no bot 'nix'; there are desk, shop" in result.output
    assert run("bots", "talk", two_bots, "--bot", "shop", "--set", "x").exit_code == 2


def test_talk_works_in_a_pipe_as_a_process(start: Callable[..., subprocess.Popen[str]]):
    process = start("bots", "talk", DEMO)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "I am **Lumi**" in output


@pytest.mark.parametrize("bot_id", ["shop", "desk"])
def test_unpublishing_changes_one_word_and_keeps_comments(bot_id: str):
    changed = with_published(TWO_BOTS.encode(), bot_id, is_published=False)
    after = load_bots(changed)
    assert {bot: after.bots[bot].is_published for bot in after.ids()} == {
        "shop": bot_id != "shop",
        "desk": bot_id != "desk",
    }
    assert "# Ours." in changed.decode()
    assert "# for now" in changed.decode()
    back = with_published(changed, bot_id, is_published=True)
    assert load_bots(back).bots[bot_id].is_published
    assert with_published(changed, bot_id, is_published=False) == changed


@pytest.mark.parametrize(
    "text",
    [
        "bots: {b: {}}",
        "bots: {b: {name: x}}",
        "bots: {b: {published: 'yes', name: x}}",
        'bots: {"b": {published: "on"}}',
        "bots:\n  b: {\n    name: x\n  }\n",
        "bots:\n  b:\n    name: x\r\n    published:  true # so\r\n",
        "\ufeffbots: {b: {name: ü, published: yes}}",
        "{bots: {a: {}, b: {name: x}}}",
    ],
)
def test_unpublishing_finds_its_word_however_the_file_is_written(text: str):
    bots = load_bots(with_published(text.encode(), "b", is_published=False))
    assert bots.bots["b"].is_published is False
    assert bots.bots["b"].name == load_bots(text.encode()).bots["b"].name


def test_a_bot_that_is_not_there_cannot_be_unpublished():
    with pytest.raises(InvalidReferenceError, match="there is no bot 'nix'; there are desk, shop"):
        with_published(TWO_BOTS.encode(), "nix", is_published=False)


@pytest.mark.kafka
def test_bots_are_published_listed_and_unpublished(
    run: Run, cluster: tuple[str, str], tenant: str, two_bots: Path
):
    assert "no bots were published" in run("bots", "list", "--tenant", tenant, *cluster).output
    done = run("bots", "publish", two_bots, "--tenant", tenant, *cluster)
    assert done.exit_code == 0, done.output
    first = done.output.strip()
    listed = run("bots", "list", "--tenant", tenant, *cluster).output
    assert listed.startswith(f"version {first}\n")
    assert "shop: Shop, published" in listed

    done = run("bots", "unpublish", "shop", "--tenant", tenant, *cluster)
    assert done.exit_code == 0, done.output
    second = done.output.strip()
    listed = run("bots", "list", "--tenant", tenant, *cluster).output
    assert listed.startswith(f"version {second}\n")
    assert "shop: Shop, not published" in listed
    assert "desk: desk, published" in listed
    content = run("bots", "list", "--content", "--tenant", tenant, *cluster).output
    assert content == TWO_BOTS.replace("    name: Shop", "    published: false\n    name: Shop")
    again = run("bots", "unpublish", "shop", "--tenant", tenant, *cluster)
    assert again.exit_code == 1
    assert "shop is not published already" in again.output

    with Follower(
        cluster[1], [CONVERSATION_LOG], start="earliest", tenant=tenant, stop_at_end=True
    ) as follower:
        changes = [item for item in follower if isinstance(item, Received)]
    assert {(item.record.reference, item.record.digest) for item in changes} == {
        ("dialogue.bots", first),
        ("dialogue.bots", second),
    }


def test_a_faulty_file_is_refused_before_anything_is_written(run: Run, tmp_path: Path):
    path = tmp_path / "bots.yaml"
    path.write_text("bots: &a {b: *a}")
    # Nothing listens there: had it been about to write, the sentence would be another one.
    result = run("bots", "publish", path, "--bootstrap-servers", "127.0.0.1:1")
    assert result.exit_code == 1
    assert "line 1, column 7: anchors (&) and aliases (*) are not taken" in result.output
