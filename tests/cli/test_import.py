import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    RepresentativeAccepted,
    TurnSaid,
)
from streams.adapters.errors import BadLinesError, UnreadableFileError
from streams.adapters.files import LINE_BYTES_MAX, Bad, Entry, Format, Reading, detect, read
from streams.adapters.importing import check
from streams.client import Follower, Received
from streams.topics import CONVERSATION_LOG
from tests.cli.conftest import Run

READING = Reading(tenant="demo")
FORMATS: tuple[Format, ...] = ("sgd", "jsonl", "multidogo", "abcd")


def dialogue(name: str, *turns: tuple[str, str]) -> dict[str, Any]:
    """Return a dialogue in the Schema-Guided Dialogue format, annotations left empty."""
    return {
        "dialogue_id": name,
        "services": ["Lamps_1"],
        "turns": [
            {"frames": [], "speaker": speaker, "utterance": utterance}
            for speaker, utterance in turns
        ],
    }


LAMP = dialogue(
    "7_00001",
    ("USER", "I would like to return a lamp."),
    ("SYSTEM", "Is it broken?"),
    ("USER", "The shade is cracked."),
    ("SYSTEM", "A new one is on its way."),
)
RADIO = dialogue("7_00002", ("SYSTEM", "How can I help?"), ("USER", "My radio hums."))


def sgd(path: Path, *dialogues: Any) -> Path:
    path.write_text(json.dumps(dialogues))
    return path


def jsonl(path: Path, *lines: Any) -> Path:
    path.write_bytes(
        b"".join((x if isinstance(x, bytes) else json.dumps(x).encode()) + b"\n" for x in lines)
    )
    return path


def said(conversation_id: str, text: str, author: str = "customer", **more: Any) -> dict[str, Any]:
    return {"conversation_id": conversation_id, "author": author, "text": text} | more


def everything(path: Path, reading: Reading = READING) -> list[Entry | Bad]:
    return list(read(path, detect(path), reading))


def entries(path: Path, reading: Reading = READING) -> list[Entry]:
    found = everything(path, reading)
    assert not [item for item in found if isinstance(item, Bad)]
    return [item for item in found if isinstance(item, Entry)]


def told(found: list[Entry]) -> list[str]:
    """Return what happens, a word each: open, accept, end, or who speaks."""
    words: list[str] = []
    for entry in found:
        match entry.record:
            case TurnSaid(author=author):
                words.append(author)
            case ConversationOpened():
                words.append("open")
            case RepresentativeAccepted():
                words.append("accept")
            case ConversationEnded():
                words.append("end")
    return words


def test_a_dialogue_becomes_a_conversation_that_a_representative_serves(tmp_path: Path):
    found = entries(sgd(tmp_path / "d.json", LAMP))
    assert told(found) == [
        "open",
        "customer",
        "accept",
        "representative",
        "customer",
        "representative",
        "end",
    ]
    assert {entry.record.conversation_id for entry in found} == {"sgd-7_00001"}
    texts = [entry.record.text for entry in found if isinstance(entry.record, TurnSaid)]
    assert texts == [turn["utterance"] for turn in LAMP["turns"]]
    accepted = found[2].record
    assert isinstance(accepted, RepresentativeAccepted)
    assert (accepted.ownership_epoch, accepted.representative_id) == (1, "ann")


def test_what_the_system_says_before_the_acceptance_the_bot_says(tmp_path: Path):
    assert told(entries(sgd(tmp_path / "d.json", RADIO))) == [
        "open",
        "bot",
        "customer",
        "accept",
        "end",
    ]


def test_a_dialogue_with_a_bot_is_never_accepted(tmp_path: Path):
    reading = Reading(tenant="demo", system_is="bot")
    assert told(entries(sgd(tmp_path / "d.json", LAMP), reading)) == [
        "open",
        "customer",
        "bot",
        "customer",
        "bot",
        "end",
    ]


def test_acceptance_and_end_can_be_left_out(tmp_path: Path):
    reading = Reading(tenant="demo", is_accepted=False, is_ended=False)
    assert told(entries(sgd(tmp_path / "d.json", RADIO), reading)) == ["open", "bot", "customer"]


def test_lines_of_several_conversations_may_be_mixed_and_stay_open(tmp_path: Path):
    path = jsonl(
        tmp_path / "x.jsonl",
        said("a", "hello", channel="sms", customer_name="Mia"),
        said("b", "hi", "bot"),
        said("a", "yes?", "representative"),
        b"",
        said("b", "help", at="2026-11-21T10:02:00.250Z"),
    )
    found = entries(path)
    assert told(found) == [
        "open",
        "customer",
        "accept",
        "open",
        "bot",
        "representative",
        "customer",
        "accept",
    ]
    opened = found[0].record
    assert isinstance(opened, ConversationOpened)
    assert (opened.channel, opened.customer_name) == ("sms", "Mia")
    assert found[6].record.occurred_at_ms == 1_795_255_320_250
    ended = entries(path, Reading(tenant="demo", is_ended=True))
    assert told(ended)[-2:] == ["end", "end"]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"), st.sampled_from(["customer", "bot"]), st.sampled_from("xy")
        )
    )
)
def test_the_same_file_always_gives_the_same_ids_and_no_id_twice(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str, str]]
):
    path = jsonl(
        tmp_path_factory.mktemp("x") / "x.jsonl",
        said("a", "first"),
        *(said(name, text, author) for name, author, text in lines),
    )
    first, second = entries(path), entries(path)
    assert first == second
    assert len({entry.id for entry in first}) == len(first)
    turns = [entry.record for entry in first if isinstance(entry.record, TurnSaid)]
    assert len({(turn.conversation_id, turn.turn_id) for turn in turns}) == len(lines) + 1


def test_a_turn_keeps_the_id_it_came_with(tmp_path: Path):
    found = entries(jsonl(tmp_path / "x.jsonl", said("a", "hello", turn_id="m-17")))
    assert isinstance(found[1].record, TurnSaid)
    assert (found[1].record.turn_id, found[1].id) == ("m-17", "a/turn/m-17")


BAD_LINES = {
    "garbage": b"\x00\x01garbage",
    "not utf-8": b'{"conversation_id": "a", "author": "customer", "text": "\xff"}',
    "cut off": b'{"conversation_id": "a", "aut',
    "an array": b"[1, 2]",
    "no text": b'{"conversation_id": "a", "author": "customer"}',
    "an unknown field": b'{"conversation_id": "a", "author": "customer", "text": "x", "txt": 1}',
    "an unknown author": b'{"conversation_id": "a", "author": "agent", "text": "x"}',
    "a number for text": b'{"conversation_id": "a", "author": "customer", "text": 5}',
    "an empty text": b'{"conversation_id": "a", "author": "customer", "text": " "}',
    "an empty id": b'{"conversation_id": "", "author": "customer", "text": "x"}',
    "a time without offset": (
        b'{"conversation_id":"a","author":"customer","text":"x","at":"2026-01-01T00:00:00"}'
    ),
    "no time": b'{"conversation_id":"a","author":"customer","text":"x","at":"yesterday"}',
    "a time before 1970": b'{"conversation_id":"a","author":"customer","text":"x","at":-5}',
    "deep nesting": b'{"conversation_id":' + b"[" * 100_000,
    "a huge line": b'{"conversation_id":"a","author":"customer","text":"' + b"x" * LINE_BYTES_MAX,
    "an id out of bounds": json.dumps(said("c" * 300, "x")).encode(),
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_line_is_named_with_file_and_line_and_the_others_are_read(tmp_path: Path, bad: bytes):
    path = jsonl(tmp_path / "x.jsonl", said("a", "one"), bad, said("a", "two"))
    with pytest.raises(BadLinesError, match=r"x\.jsonl:2: \S"):
        check([path], READING)
    plan = check([path], READING, skips_bad=True)
    assert plan.turns == 2
    assert {where.rpartition("/")[2] for where, _ in plan.bad} == {"x.jsonl:2"}


@pytest.mark.parametrize(
    "bad",
    [
        {"dialogue_id": "x"},
        {"dialogue_id": "", "turns": [{"speaker": "USER", "utterance": "x"}]},
        {"dialogue_id": "x", "turns": []},
        {"dialogue_id": "x", "turns": [{"speaker": "AGENT", "utterance": "x"}]},
        {"dialogue_id": "x", "turns": [{"speaker": "USER"}]},
        5,
        None,
    ],
)
def test_a_bad_dialogue_is_named_with_its_number_and_the_others_are_read(tmp_path: Path, bad: Any):
    path = sgd(tmp_path / "d.json", LAMP, bad, RADIO)
    with pytest.raises(BadLinesError, match=r"d\.json: dialogue 2: "):
        check([path], READING)
    plan = check([path], READING, skips_bad=True)
    assert (plan.conversations, plan.turns, len(plan.bad)) == (2, 6, 1)


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"\x89PNG\r\n", "neither a JSON array"),
        (b"speaker,text\nUSER,hi\n", "neither a JSON array"),
        (b"[", "no JSON array"),
        (b"[]", "holds no dialogue"),
        (b'[{"dialogue_id": "x", ', "no JSON array"),
        (b"[" * 100_000, "no JSON array"),
    ],
)
def test_a_file_that_is_no_data_set_is_a_sentence(
    run: Run, tmp_path: Path, content: bytes, because: str
):
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=because):
        check([path], READING)
    result = run("import", path)
    assert result.exit_code == 1
    assert because in result.output
    assert result.output.count("\n") == 1


HEADER = "conversationId\tturnNumber\tutteranceId\tutterance\tslot-labels\tintent"


def table(path: Path, *rows: str | bytes, header: str = HEADER) -> Path:
    path.write_bytes(
        b"".join((r if isinstance(r, bytes) else r.encode()) + b"\n" for r in (header, *rows))
    )
    return path


def row(name: str, number: int | str, text: str, intent: str = "returns") -> str:
    slots = " ".join("O" for _ in text.split())
    return f"{name}\t{number}\t<CONV>{name}<TURN>{number}\t{text}\t{slots}\t{intent}"


def texts_of(found: list[Any]) -> list[tuple[str, str, str]]:
    return [
        (item.record.conversation_id, item.record.turn_id, item.record.text)
        for item in found
        if isinstance(item, Entry) and isinstance(item.record, TurnSaid)
    ]


def test_a_table_of_multidogo_becomes_conversations_of_customers(tmp_path: Path):
    path = table(
        tmp_path / "x.tsv",
        row("a", 0, "hello"),
        row("a", 2, "my lamp is broken"),
        row("b", 1, "where is my parcel"),
    )
    assert detect(path) == "multidogo"
    found = entries(path)
    assert told(found) == [
        *("open", "customer", "accept", "customer"),
        *("open", "customer", "accept", "end", "end"),
    ]
    assert texts_of(found) == [
        ("multidogo-a", "t0", "hello"),
        ("multidogo-a", "t2", "my lamp is broken"),
        ("multidogo-b", "t1", "where is my parcel"),
    ]
    assert {entry.source for entry in found} == {"/import/multidogo"}


def test_a_table_that_says_who_spoke_has_representatives_too(tmp_path: Path):
    path = table(
        tmp_path / "x.tsv",
        "a\t0\tu\thow can I help?\tagent",
        "a\t1\tu\tmy lamp is broken\tcustomer",
        header="conversationId\tturnNumber\tutteranceId\tutterance\tauthorRole",
    )
    assert told(entries(path)) == ["open", "accept", "representative", "customer", "end"]


def test_what_is_quoted_in_a_table_is_put_together_again(tmp_path: Path):
    path = table(
        tmp_path / "x.tsv",
        'a\t0\tu\t"2014 little \n red car"\tO O O O\tx',
        'a\t1\tu\t"name \t mia ""m"" stone"\tO\tx',
        row("a", 2, "fine"),
    )
    assert texts_of(entries(path)) == [
        ("multidogo-a", "t0", "2014 little red car"),
        ("multidogo-a", "t1", 'name mia "m" stone'),
        ("multidogo-a", "t2", "fine"),
    ]


DAMAGED_ROWS = {
    "too few columns": "a\t5\tu\tshort",
    "too many columns": row("a", 5, "x") + "\tmore",
    "one column": "petrol petrolcng",
    "a quotation that never ends": 'a\t5\tu\t"open',
    "no number": row("a", "five", "x"),
    "a negative number": row("a", -1, "x"),
    "no conversation": row(" ", 5, "x"),
    "no text": row("a", 5, "  "),
    "not utf-8": b"a\t5\tu\t\xff\tO\tx",
    "a huge line": b"a\t5\tu\t" + b"x" * LINE_BYTES_MAX + b"\tO\tx",
    "a turn that was there": row("a", 1, "again"),
}


@pytest.mark.parametrize("damaged", DAMAGED_ROWS.values(), ids=DAMAGED_ROWS.keys())
def test_a_damaged_row_of_a_table_is_passed_over_counted_and_named(
    tmp_path: Path, damaged: str | bytes
):
    path = table(tmp_path / "x.tsv", row("a", 1, "one"), damaged, row("a", 9, "two"))
    plan = check([path], READING)
    assert (plan.conversations, plan.turns) == (1, 2)
    ((where, because),) = plan.bad
    assert where == f"{path}:3"
    assert because
    assert texts_of(everything(path)) == [
        ("multidogo-a", "t1", "one"),
        ("multidogo-a", "t9", "two"),
    ]


@settings(max_examples=60)
@given(st.lists(st.text(alphabet='ab\t"\n\r', max_size=12), max_size=6))
def test_whatever_stands_in_a_table_every_line_is_a_turn_or_named(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
):
    path = tmp_path_factory.mktemp("x") / "x.tsv"
    whole = row("z", 1, "whole")
    path.write_text("\n".join((HEADER, *lines, "", *[row("q", n, "x") for n in range(30)], whole)))
    found = everything(path)
    assert texts_of(found)[-1] == ("multidogo-z", "t1", "whole")
    assert all(isinstance(item, (Entry, Bad)) for item in found)
    assert found == everything(path)


def test_a_table_without_its_header_or_rows_is_a_sentence(tmp_path: Path):
    path = table(tmp_path / "x.tsv", header=row("a", 1, "x"))
    with pytest.raises(UnreadableFileError, match="neither"):
        check([path], READING)
    with pytest.raises(UnreadableFileError, match="does not name the columns conversationId, turn"):
        check([path], READING, data_format="multidogo")
    with pytest.raises(UnreadableFileError, match="holds no row"):
        check([table(tmp_path / "y.tsv")], READING)


def abcd(number: int, *turns: tuple[str, str]) -> dict[str, Any]:
    """Return a dialogue as ABCD has them, with little of what is not kept."""
    return {"convo_id": number, "scenario": {"flow": "x"}, "original": turns, "delexed": []}


RETURN = abcd(
    7,
    ("agent", "How can I help?"),
    ("customer", "my lamp is broken"),
    ("action", "Account has been pulled up."),
    ("agent", "A new one is on its way."),
)


def test_dialogues_of_abcd_have_representatives_customers_and_private_actions(tmp_path: Path):
    path = sgd(tmp_path / "d.json", RETURN, abcd(8, ("customer", "hello"), ("agent", "hi")))
    assert detect(path) == "abcd"
    found = entries(path)
    assert told(found) == [
        *("open", "accept", "representative", "customer", "system", "representative", "end"),
        *("open", "customer", "accept", "representative", "end"),
    ]
    action = found[4].record
    assert isinstance(action, TurnSaid)
    assert (action.visibility, action.turn_id) == ("private", "t3")
    assert {entry.record.conversation_id for entry in found} == {"abcd-7", "abcd-8"}


def test_abcd_in_splits_is_read_split_by_split(tmp_path: Path):
    path = tmp_path / "d.json"
    path.write_text(json.dumps({"train": [RETURN], "dev": [], "test": [RETURN | {"convo_id": 9}]}))
    assert detect(path) == "abcd"
    assert check([path], READING).conversations == 2


@pytest.mark.parametrize(
    "bad",
    [
        {"convo_id": 1},
        {"convo_id": None, "original": [["agent", "x"]]},
        {"convo_id": "", "original": [["agent", "x"]]},
        {"convo_id": 1, "original": []},
        {"convo_id": 1, "original": [["bot", "x"]]},
        {"convo_id": 1, "original": [["agent"]]},
        {"convo_id": 1, "original": [["agent", 5]]},
        5,
    ],
)
def test_a_bad_dialogue_of_abcd_is_named_with_its_number(tmp_path: Path, bad: Any):
    path = sgd(tmp_path / "d.json", RETURN, bad, abcd(8, ("customer", "hello")))
    with pytest.raises(BadLinesError, match=r"d\.json: dialogue 2: "):
        check([path], READING)
    plan = check([path], READING, skips_bad=True)
    assert (plan.conversations, plan.turns, len(plan.bad)) == (2, 5, 1)


def test_a_turn_of_abcd_without_text_is_passed_over_and_named(tmp_path: Path):
    plan = check([sgd(tmp_path / "d.json", abcd(1, ("agent", " "), ("customer", "x")))], READING)
    assert (plan.turns, plan.bad[0][1]) == (1, "it has no text")
    assert plan.bad[0][0].endswith("dialogue 1, turn 1")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"train": []}', b'{"train": 5}', b"5", b"["])
def test_a_file_that_is_no_abcd_is_a_sentence(tmp_path: Path, content: bytes):
    path = tmp_path / "d.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError):
        check([path], READING, data_format="abcd")


def test_a_format_that_is_said_is_believed(tmp_path: Path):
    path = jsonl(tmp_path / "x.jsonl", b"garbage first", said("a", "hello"))
    with pytest.raises(UnreadableFileError, match="neither"):
        check([path], READING)
    assert check([path], READING, data_format="jsonl", skips_bad=True).turns == 1
    with pytest.raises(UnreadableFileError, match="no JSON array"):
        check([jsonl(tmp_path / "y.jsonl", said("a", "hello"))], READING, data_format="sgd")
    for missing in (tmp_path, tmp_path / "none"):
        for data_format in FORMATS:
            with pytest.raises(UnreadableFileError):
                check([missing], READING, data_format=data_format)


def test_a_folder_a_missing_and_an_unreadable_file_are_sentences(run: Run, tmp_path: Path):
    assert "this is a folder" in run("import", tmp_path).output
    assert "there is no such file" in run("import", tmp_path / "nothing.json").output
    result = run("import", "/proc/self/mem")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)


def test_all_bad_lines_are_counted_the_first_are_shown_and_nothing_is_written(
    run: Run, tmp_path: Path
):
    path = jsonl(tmp_path / "x.jsonl", said("a", "good"), *[b"bad"] * 12)
    result = run("import", path, "--bootstrap-servers", "127.0.0.1:1")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert len([line for line in lines if "x.jsonl:" in line]) == 5
    assert "… and 8 more" not in result.output
    assert "… and 7 more" in result.output
    assert lines[-1] == "Nothing was written. --skip-bad leaves these out."


def test_a_rate_is_a_number_of_turns_a_second(run: Run, tmp_path: Path):
    path = sgd(tmp_path / "d.json", LAMP)
    for wrong in ("0", "fast", "-3/s", "inf", "nan"):
        result = run("import", path, "--rate", wrong)
        assert result.exit_code == 2
        assert "is no rate" in result.output


def test_a_limit_takes_whole_conversations(tmp_path: Path):
    path = jsonl(
        tmp_path / "x.jsonl", said("a", "1"), said("b", "2"), said("c", "3"), said("a", "4")
    )
    plan = check([path], READING, conversations_max=2)
    assert (plan.conversations, plan.turns) == (2, 3)
    assert plan.conversation_ids == frozenset({"a", "b"})


def log_of(cluster: tuple[str, str], tenant: str) -> list[Received]:
    with Follower(
        cluster[1], [CONVERSATION_LOG], start="earliest", tenant=tenant, stop_at_end=True
    ) as follower:
        return [item for item in follower if isinstance(item, Received)]


@pytest.mark.kafka
def test_importing_twice_says_the_same_things_again_under_the_same_ids(
    run: Run, tmp_path: Path, cluster: tuple[str, str], tenant: str
):
    dialogues = sgd(tmp_path / "d.json", LAMP, RADIO)
    lines = jsonl(tmp_path / "x.jsonl", said("a", "hello"), said("a", "hello"))
    for _ in range(2):
        result = run("import", dialogues, lines, "--tenant", tenant, *cluster)
        assert result.exit_code == 0, result.output
        assert result.output.startswith("imported 8 turns of 3 conversations in ")
    found = log_of(cluster, tenant)
    again = Counter((item.event.source, item.event.id) for item in found)
    assert set(again.values()) == {2}
    assert len(again) == 7 + 5 + 4
    by_id: dict[str, set[str]] = {}
    for item in found:
        what = (type(item.record).__name__, getattr(item.record, "turn_id", ""))
        by_id.setdefault(item.event.id, set()).add(repr(what))
    assert all(len(kinds) == 1 for kinds in by_id.values())
    of_lamp = [item.record for item in found if item.record.conversation_id == "sgd-7_00001"]
    assert [type(record).__name__ for record in of_lamp[:3]] == [
        "ConversationOpened",
        "TurnSaid",
        "RepresentativeAccepted",
    ]
    assert all(record.occurred_at_ms > 1_700_000_000_000 for record in of_lamp)


@pytest.mark.kafka
def test_what_is_passed_over_is_told_and_the_rest_is_written_at_the_rate_asked_for(
    run: Run, tmp_path: Path, cluster: tuple[str, str], tenant: str
):
    path = jsonl(tmp_path / "x.jsonl", said("a", "one"), b"bad", said("a", "two"), said("a", "3"))
    result = run("import", path, "--skip-bad", "--rate", "20/s", "--tenant", tenant, *cluster)
    assert result.exit_code == 0, result.output
    assert "imported 3 turns of 1 conversations" in result.output
    assert "1 passed over" in result.output
    assert "x.jsonl:2: no JSON" in result.output
    stamps = [
        item.record.recorded_at_ms
        for item in log_of(cluster, tenant)
        if isinstance(item.record, TurnSaid)
    ]
    assert len(stamps) == 3
    assert stamps[2] - stamps[0] >= 95
