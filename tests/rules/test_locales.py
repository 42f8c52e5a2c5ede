"""Locale codes: the two lists, how a code is matched, and who can serve it."""

from __future__ import annotations

import pytest

from processors.handoff import locales
from processors.handoff.locales import LATER_TABLE, canonical, for_hand_off
from processors.machine import Rejection

BOTS = (
    "ar-SA zh-CN zh-HK zh-TW cs-CZ da-DK nl-NL en-US fi-FI fr-FR de-DE el-GR hi-IN id-ID it-IT"
    " ja-JP ko-KR nb-NO pl-PL pt-BR ru-RU es-ES sv-SE th-TH tr-TR"
)
VOICE_ONLY = (
    "bg-BG ca hr-HR nl-BE en-AU en-NZ en-GB et-EE fr-CA he-IL hu-HU lv-LV lt-LT ms-MY pt-PT ro-RO"
    " sk-SK sl-SL es-MX es-US vi-VN"
)


@pytest.mark.rule("HO-46")
def test_bots_speak_these_twenty_five():
    found = [locale.code for locale in locales.LOCALES if locale.is_bot_supported]
    assert len(found) == 25
    assert " ".join(found) == BOTS


@pytest.mark.rule("HO-47")
def test_representatives_speak_twenty_one_more():
    found = [locale.code for locale in locales.LOCALES if not locale.is_bot_supported]
    assert len(found) == 21
    assert " ".join(found) == VOICE_ONLY


@pytest.mark.rule("HO-47")
def test_the_later_edition_takes_cantonese_from_bots_and_gives_basque_to_representatives():
    assert canonical("eu-ES") is None
    basque, cantonese = canonical("eu-ES", among=LATER_TABLE), canonical("zh-HK", among=LATER_TABLE)
    assert basque is not None
    assert not basque.is_bot_supported
    assert cantonese is not None
    assert not cantonese.is_bot_supported


@pytest.mark.parametrize("code", [*BOTS.split(), *VOICE_ONLY.split()])
def test_any_case_of_a_code_means_it_and_gives_its_canonical_spelling(code: str):
    for spelling in (code, code.lower(), code.upper(), f" {code} "):
        found = canonical(spelling)
        assert found is not None
        assert found.code == code


def test_the_correct_code_of_slovenian_leads_to_the_one_of_the_table():
    found = canonical("sl-si")
    assert found is not None
    assert found.code == "sl-SL"


@pytest.mark.rule("HO-19")
def test_an_unknown_code_is_rejected_and_one_no_bot_speaks_goes_to_representatives_only():
    unknown = for_hand_off("tlh")
    assert isinstance(unknown, Rejection)
    assert unknown.code == locales.UNKNOWN
    assert not isinstance(for_hand_off("en-gb"), Rejection)
    refused = for_hand_off("en-gb", is_to_bot=True)
    assert isinstance(refused, Rejection)
    assert refused.code == locales.NO_BOT
    assert not isinstance(for_hand_off("en-us", is_to_bot=True), Rejection)
