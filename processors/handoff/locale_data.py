"""Locale codes of the customer's language, as data.

Two columns of one public table, as it stood in December 2023, and what a later edition of it
changed. The codes stand in their canonical spelling; `SPELLINGS` has the others that are met.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BOT_AND_VOICE: Final[Mapping[str, str]] = {
    "ar-SA": "Arabic (Saudi Arabia)",
    "zh-CN": "Chinese (Mandarin)",
    "zh-HK": "Chinese (Cantonese)",
    "zh-TW": "Chinese (Traditional)",
    "cs-CZ": "Czech",
    "da-DK": "Danish",
    "nl-NL": "Dutch",
    "en-US": "English (United States)",
    "fi-FI": "Finnish",
    "fr-FR": "French",
    "de-DE": "German",
    "el-GR": "Greek",
    "hi-IN": "Hindi",
    "id-ID": "Indonesian",
    "it-IT": "Italian",
    "ja-JP": "Japanese",
    "ko-KR": "Korean",
    "nb-NO": "Norwegian Bokmål",
    "pl-PL": "Polish",
    "pt-BR": "Portuguese (Brazil)",
    "ru-RU": "Russian",
    "es-ES": "Spanish",
    "sv-SE": "Swedish",
    "th-TH": "Thai",
    "tr-TR": "Turkish",
}
"""Representatives and bots."""

VOICE_ONLY: Final[Mapping[str, str]] = {
    "bg-BG": "Bulgarian",
    "ca": "Catalan",
    "hr-HR": "Croatian",
    "nl-BE": "Dutch (Belgium)",
    "en-AU": "English (Australia)",
    "en-NZ": "English (New Zealand)",
    "en-GB": "English (United Kingdom)",
    "et-EE": "Estonian",
    "fr-CA": "French (Canada)",
    "he-IL": "Hebrew",
    "hu-HU": "Hungarian",
    "lv-LV": "Latvian",
    "lt-LT": "Lithuanian",
    "ms-MY": "Malay",
    "pt-PT": "Portuguese (Portugal)",
    "ro-RO": "Romanian",
    "sk-SK": "Slovak",
    "sl-SL": "Slovenian",
    "es-MX": "Spanish (Mexico)",
    "es-US": "Spanish (United States)",
    "vi-VN": "Vietnamese",
}
"""Representatives only: no bot speaks them."""

SPELLINGS: Final[Mapping[str, str]] = {"sl-SI": "sl-SL", "ca-ES": "ca"}
"""Correct or longer codes to those of the table."""

LATER_NO_BOT: Final = frozenset({"zh-HK"})
"""What bots speak no longer in the later edition."""
LATER_VOICE: Final[Mapping[str, str]] = {"eu-ES": "Basque"}
"""What the later edition adds for representatives."""
