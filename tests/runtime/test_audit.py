"""The audit finds what is wrong, says where, and knows how much it could check."""

from __future__ import annotations

import pytest

from streams.replay.audit import audit_memory
from streams.replay.exercise import Exercise
from streams.runtime import ledger
from streams.testing import TestDriver
from streams.topics import changelog_of
from tests.support.exercises import asked

CHANGELOG = changelog_of(Exercise.name)


@pytest.fixture
def driver():
    driver = TestDriver(Exercise())
    for n in range(12):
        driver.send(asked("add", f"k{n % 3}", 2, driver.clock.now_ms()))
    driver.send(asked("arm", "k1", 3, driver.clock.now_ms()))
    driver.send(asked("remove", "k2", 1, driver.clock.now_ms()))
    driver.advance(5_000)
    return driver


def changelog(driver):
    return driver.broker.partition(CHANGELOG, 0)


def tamper(driver, find, change):
    """Change the last changelog entry that `find` accepts."""
    place = changelog(driver)
    for index in reversed(range(len(place._records))):
        if find(place._records[index]):
            place._records[index] = change(place._records[index])
            return place._records[index].offset
    raise AssertionError("no such entry")


def replaced(entry, value):
    return type(entry)(entry.offset, entry.timestamp, entry.key, value, entry.headers)


def report_of(driver):
    (report,) = audit_memory(driver.broker, Exercise())
    return report


def test_an_untouched_changelog_is_right_at_every_marker(driver):
    report = report_of(driver)

    assert report.difference is None
    assert report.markers == report.markers_checked > 12
    assert report.rows == len(driver.table())
    assert report.sentence().startswith(f"{CHANGELOG}[0]: right at log offset {report.log_end}")


def test_a_wrong_value_is_found_with_topic_partition_offset_and_key(driver):
    def change(entry):
        return replaced(entry, entry.value[:-1] + b"!")

    offset = tamper(driver, lambda entry: entry.key == b"Sdemo:k0", change)

    difference = report_of(driver).difference
    assert difference.startswith(f"{CHANGELOG}[0]@{offset}: after log offset ")
    assert "the state of demo:k0 is" in difference


def test_a_missing_row_is_found_at_the_next_marker(driver):
    place = changelog(driver)
    row = ledger.row_key("counts", b"demo:k0")
    index = next(n for n, entry in enumerate(place._records) if entry.key == row)
    # As if it had never been written: the entries after it close up.
    kept = place._records[:index] + [
        type(one)(one.offset - 1, one.timestamp, one.key, one.value, one.headers)
        for one in place._records[index + 1 :]
    ]
    place._records, place.end = kept, place.end - 1

    assert "row 'demo:k0' of view counts is absent" in report_of(driver).difference


def test_a_timer_that_should_be_gone_is_found(driver):
    def change(entry):
        return replaced(entry, dict(entry.headers)[ledger.STAMP_HEADER] + b"\0" * 8)

    tamper(driver, lambda one: one.key.startswith(b"T") and one.value is None, change)

    assert "timer" in report_of(driver).difference


def test_a_marker_with_wrong_stream_time_is_found(driver):
    def change(entry):
        marker = ledger.decode_marker(entry.value)
        wrong = ledger.Marker(epoch=marker.epoch, next=marker.next, stream_time_ms=5)
        return replaced(entry, ledger.encode_marker(wrong))

    tamper(driver, lambda entry: entry.key == ledger.MARKER_KEY, change)

    assert "stream time 5" in report_of(driver).difference


def test_a_position_beyond_the_log_is_found(driver):
    log = driver.broker.partition(Exercise.log, 0)
    log._records, log.end = log._records[:4], 4

    assert "ends at 4: the log was made anew, or lost records" in report_of(driver).difference


def test_after_compaction_what_is_left_is_checked_and_the_report_says_how_much(driver):
    place = changelog(driver)
    before = report_of(driver)
    place.compact(place.end)

    report = report_of(driver)

    assert report.difference is None
    assert report.markers < before.markers
    assert report.entries_checked == len(place) - 2
    assert report.rows == before.rows


def test_a_value_lost_to_compaction_is_still_missed_at_the_end(driver):
    place = changelog(driver)
    place.compact(place.end)
    place._records = [one for one in place._records if one.key != b"Sdemo:k0"]

    assert "the state of demo:k0 is absent" in report_of(driver).difference


def test_a_trimmed_log_is_checked_from_where_it_begins(driver):
    driver.broker.partition(Exercise.log, 0).trim(6)

    report = report_of(driver)

    assert report.difference is None
    assert report.checked_from == 6
    assert report.markers_checked > 5
    assert "believed up to log offset 6" in report.sentence()


def test_a_wrong_value_after_a_trim_is_still_found(driver):
    driver.broker.partition(Exercise.log, 0).trim(6)

    def change(entry):
        return replaced(entry, entry.value[:-1] + b"!")

    tamper(driver, lambda entry: entry.key == b"Sdemo:k0", change)

    assert report_of(driver).difference is not None
