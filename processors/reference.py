"""Configuration and models as of a version: one function per reference makes content usable.

An artefact is content-addressed and immutable; a log says from where on a version counts. Whoever
publishes one calls `validate` first, which is the very code that later loads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from processors.assist.articles import ARTICLES, load_articles
from processors.assist.settings import SETTINGS, load_settings
from processors.dialogue.bots import BOTS, load_bots
from processors.errors import UnknownReferenceError
from processors.handoff.settings import HANDOFF_SETTINGS, load_settings as load_handoff_settings
from processors.intents.library import LIBRARY
from processors.intents.loading import load_in_force, load_library
from processors.routing.setup import SETUP
from processors.routing.setup_loading import load_setup

LOADERS: Final[Mapping[str, Callable[[bytes], Any]]] = {
    ARTICLES: load_articles,
    SETTINGS: load_settings,
    BOTS: load_bots,
    SETUP: load_setup,
    HANDOFF_SETTINGS: load_handoff_settings,
    LIBRARY: load_in_force,
}
"""Reference name to what makes its content usable."""

VALIDATORS: Final[Mapping[str, Callable[[bytes], Any]]] = {LIBRARY: load_library}
"""Reference name to what is asked of a version that is to be published, where it is more."""


def load(reference: str, content: bytes) -> Any:
    """Return the loaded form of an artefact.

    Raises:
        UnknownReferenceError: Nobody reads a reference of that name.
        InvalidReferenceError: The content does not say what it must.
    """
    loader = LOADERS.get(reference)
    if loader is None:
        raise UnknownReferenceError(reference=reference, known=sorted(LOADERS))
    return loader(content)


def validate(reference: str, content: bytes) -> None:
    """Return if the content may be published. Raises as `load`.

    More is asked of what is to be published than of what was: it has to be of use here and now.
    """
    validator = VALIDATORS.get(reference)
    if validator is None:
        load(reference, content)
    else:
        validator(content)
