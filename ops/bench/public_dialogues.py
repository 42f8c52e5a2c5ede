"""Public data sets as labelled questions: which of the demo's articles fits, by intent or service.

The data sets are not part of the repository: CLINC150 (Larson et al. 2019, CC BY 3.0) and
Schema-Guided Dialogue (Rastogi et al. 2020, CC BY-SA 4.0). The tables below are ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Labelled = tuple[list[tuple[str, str]], list[str]]

OF_INTENT = {
    "restaurant_reservation": "KB-506",
    "accept_reservations": "KB-506",
    "cancel_reservation": "KB-506",
    "car_rental": "KB-505",
    "book_flight": "KB-501",
    "flight_status": "KB-501 KB-502",
    "lost_luggage": "KB-503",
    "book_hotel": "KB-504",
    "uber": "KB-509",
    "card_declined": "KB-303 KB-602",
    "report_lost_card": "KB-602",
    "report_fraud": "KB-602",
    "freeze_account": "KB-602",
    "transfer": "KB-601",
    "balance": "KB-601",
    "bill_due": "KB-301 KB-302",
    "pay_bill": "KB-301 KB-302 KB-303",
    "international_fees": "KB-303 KB-402",
    "order_status": "KB-101",
    "play_music": "KB-604",
    "next_song": "KB-604",
    "update_playlist": "KB-604",
}
_OFF_TOPIC = """
    alarm are_you_a_bot calculator calories change_ai_name cook_time date definition
    do_you_have_pets find_phone flip_coin fun_fact gas_type goodbye greeting how_old_are_you income
    ingredient_substitution jump_start meaning_of_life measurement_conversion mpg nutrition_info
    oil_change_how payday pto_balance pto_used recipe roll_dice shopping_list smart_home spelling
    tell_joke thank_you time timer timezone tire_pressure todo_list vaccines w2 weather
    what_are_your_hobbies what_is_your_name who_made_you
"""
OFF_TOPIC = frozenset(_OFF_TOPIC.split())
OF_SERVICE = {
    "Banks": "KB-601",
    "Buses": "KB-508",
    "Events": "KB-507",
    "Flights": "KB-501 KB-502",
    "Homes": "KB-603",
    "Hotels": "KB-504",
    "Media": "KB-604",
    "Movies": "KB-604",
    "Music": "KB-604",
    "RentalCars": "KB-505",
    "Restaurants": "KB-506",
    "RideSharing": "KB-509",
    "Services": "KB-510",
}


def clinc(file: Path) -> Iterator[Labelled]:
    """Yield CLINC150's validation and test questions, out-of-scope ones included."""
    data = json.loads(file.read_text())
    for text, intent in data["val"] + data["test"]:
        if intent in OF_INTENT or intent in OFF_TOPIC:
            yield [("customer", text)], OF_INTENT.get(intent, "").split()
    for text, _ in data["oos_test"]:
        yield [("customer", text)], []


def sgd(folder: Path) -> Iterator[Labelled]:
    """Yield the window of every fifth customer message that would trigger a run."""
    number = 0
    for dialogue in _dialogues(folder):
        services = {name.partition("_")[0] for name in dialogue["services"]}
        relevant = sorted({one for name in services for one in OF_SERVICE.get(name, "").split()})
        said: list[tuple[str, str]] = []
        customer_messages = 0
        for author, text in _said(dialogue):
            said.append((author, text))
            if author != "customer":
                continue
            customer_messages += 1
            if customer_messages > 3 and customer_messages % 3:
                continue
            number += 1
            if number % 5 == 0:
                yield list(said), relevant


def turns(folder: Path, count: int) -> list[list[tuple[Any, str]]]:
    """Return the first `count` dialogues as `(author, text)`."""
    dialogues = _dialogues(folder)
    return [_said(dialogue) for _, dialogue in zip(range(count), dialogues, strict=False)]


def _dialogues(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("dialogues_*.json")):
        yield from json.loads(file.read_text())


def _said(dialogue: dict[str, Any]) -> list[tuple[Any, str]]:
    authors = {"USER": "customer", "SYSTEM": "representative"}
    return [(authors[turn["speaker"]], turn["utterance"]) for turn in dialogue["turns"]]
