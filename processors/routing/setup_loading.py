"""From the artefact `routing.setup` to a `Setup`, with every limit checked.

Whatever is wrong is said in one sentence that names the field, e.g. `queues[3].members[7]`; the
shape is checked first, then that ids are unique, then what refers to them, workstreams last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from itertools import pairwise
from typing import Final

import msgspec

from processors.artefact import read
from processors.routing.setup import (
    BASE_PRESENCES,
    DEFAULT_QUEUES,
    EMPTY_SETUP,
    SETUP,
    Kind,
    Method,
    Presence,
    Profile,
    Queue,
    RatingModel,
    RepresentativeSetup,
    Setup,
    Skill,
)
from processors.routing.setup_checks import (
    DAY_MS,
    Known,
    by_id,
    check_known,
    check_number,
    check_once,
    check_within,
    refuse,
)
from processors.routing.setup_file import FileRepresentative, FileSetup
from processors.routing.setup_hours import load_hours
from processors.routing.setup_intents import group_queues, load_intents
from processors.routing.setup_notices import NOTICES, fault_of_text
from processors.routing.setup_queues import load_queue
from processors.routing.setup_workstreams import load_workstream
from processors.routing.setup_zones import VERSION

PREFERRED_MAX: Final = 3


def load_setup(content: bytes) -> Setup:
    """Return the setup of an artefact. Raises InvalidReferenceError."""
    file = read(SETUP, content, FileSetup)
    _check_quotas(file)
    known = Known()
    _load_ratings(known, file)
    _load_profiles_and_presences(known, file)
    for index, one in enumerate(by_id(file.hours, "hours").values()):
        known.hours[one.id] = load_hours(one, f"hours[{index}]")
    for index, person in enumerate(by_id(file.representatives, "representatives").values()):
        field = f"representatives[{index}]"
        known.representatives[person.id] = _representative(known, person, field)
    queues = _queues(known, file)
    workstreams = {
        one.id: load_workstream(known, one, f"workstreams[{index}]", declines_max=file.declines_max)
        for index, one in enumerate(by_id(file.workstreams, "workstreams").values())
    }
    _check_rest(file)
    intents = load_intents(known, file, workstreams)
    queues |= group_queues(queues, intents)
    return Setup(
        digest=sha256(content).hexdigest(),
        workstreams=workstreams,
        queues=queues,
        representatives=known.representatives,
        skills=known.skills,
        rating_models=known.models,
        profiles=known.profiles,
        presences=known.presences,
        hours=known.hours,
        queues_of=_queues_of(queues.values()),
        notices=_notices(file),
        presence=file.presence,
        preferred=file.preferred,
        declines_max=file.declines_max,
        decliners_max=file.decliners_max,
        callable_numbers=file.callable_numbers,
        time_zone_data=VERSION,
        quotas=file.quotas,
        intents=intents,
    )


def _check_quotas(file: FileSetup) -> None:
    quotas = file.quotas
    if len(file.representatives) > quotas.representatives_max:
        refuse(
            "representatives",
            f"{len(file.representatives)} are more than quotas.representatives_max "
            f"({quotas.representatives_max}) allows",
        )
    for index, queue in enumerate(file.queues):
        if len(queue.members) > quotas.members_max:
            refuse(
                f"queues[{index}].members",
                f"{len(queue.members)} are more than quotas.members_max ({quotas.members_max}) "
                "allows; use several queues",
            )


def _check_rest(file: FileSetup) -> None:
    for index, number in enumerate(file.callable_numbers):
        check_number(number, f"callable_numbers[{index}]")
    most = file.preferred.representatives_max
    check_within(most, 1, PREFERRED_MAX, "preferred.representatives_max")
    check_within(file.presence.sessions_max, 1, 1_000, "presence.sessions_max")
    check_within(file.presence.grace_ms, 0, DAY_MS, "presence.grace_ms")


def _load_ratings(known: Known, file: FileSetup) -> None:
    for index, model in enumerate(by_id(file.rating_models, "rating_models").values()):
        field = f"rating_models[{index}].levels"
        levels = tuple((level.name, level.value) for level in model.levels)
        check_once([name for name, _ in levels], field)
        if any(after[1] <= before[1] for before, after in pairwise(levels)):
            refuse(field, "levels stand from the lowest value to the highest")
        known.models[model.id] = RatingModel(model.id, model.name or model.id, levels)
    for index, skill in enumerate(by_id(file.skills, "skills").values()):
        field = f"skills[{index}].rating_model"
        check_known(skill.rating_model, known.models, field, "rating model")
        of = known.models[skill.rating_model]
        known.skills[skill.id] = Skill(
            skill.id, skill.name or skill.id, of.id, of.lowest, of.highest
        )


def _load_profiles_and_presences(known: Known, file: FileSetup) -> None:
    for profile in by_id(file.profiles, "profiles").values():
        known.profiles[profile.id] = Profile(
            profile.id,
            profile.name or profile.id,
            profile.limit,
            profile.reset,
            profile.is_blocking,
        )
    for index, one in enumerate(by_id(file.presences, "presences").values()):
        if one.id in BASE_PRESENCES or one.id == "inactive":
            refuse(f"presences[{index}].id", f"{one.id!r} is a presence of the system's own")
        known.presences[one.id] = Presence(one.id, one.name, one.base)


def _representative(known: Known, one: FileRepresentative, field: str) -> RepresentativeSetup:
    limits: dict[str, int] = {}
    for profile, limit in one.profiles.items():
        check_known(profile, known.profiles, f"{field}.profiles", "capacity profile")
        limits[profile] = known.profiles[profile].limit if limit is None else limit
    rated = {
        skill: known.level(skill, level, f"{field}.skills.{skill}")
        for skill, level in one.skills.items()
    }
    for number, skill in enumerate(one.inactive_skills):
        if skill not in rated:
            refuse(f"{field}.inactive_skills[{number}]", f"{skill!r} is not among the skills")
    if one.hours is not None:
        check_known(one.hours, known.hours, f"{field}.hours", "operating hours record")
    if one.default_presence is not None:
        at = f"{field}.default_presence"
        check_known(one.default_presence, known.presences, at, "presence")
    return RepresentativeSetup(
        id=one.id,
        name=one.name or one.id,
        units=one.units,
        profiles=limits,
        skills={skill: level for skill, level in rated.items() if skill not in one.inactive_skills},
        teams=one.teams,
        attributes=one.attributes,
        hours_id=one.hours,
        default_presence=one.default_presence,
        is_bot=one.is_bot,
        is_supervisor=one.is_supervisor,
    )


def _queues(known: Known, file: FileSetup) -> dict[str, Queue]:
    files = by_id(file.queues, "queues")
    for index, one in enumerate(files.values()):
        if one.id in EMPTY_SETUP.queues:
            refuse(
                f"queues[{index}].id",
                f"{one.id!r} is a default queue; all that may be chosen for it is its method, "
                "under default_queues",
            )
    known.kinds = {one.id: one.kind for one in files.values()}
    known.kinds |= {queue_id: kind for kind, queue_id in DEFAULT_QUEUES.items()}
    known.fallbacks = frozenset(one.fallback_queue or "" for one in file.workstreams)
    queues = {
        one.id: load_queue(known, one, f"queues[{index}]")
        for index, one in enumerate(files.values())
    }
    return queues | _default_queues(known, file)


def _default_queues(known: Known, file: FileSetup) -> dict[str, Queue]:
    """Return the queues that always exist, with everybody but bots as members (UR-10)."""
    people = tuple(one.id for one in known.representatives.values() if not one.is_bot)
    chosen = file.default_queues
    methods: dict[Kind, Method] = {
        "record": chosen.entity.method,
        "messaging": chosen.messaging.method,
        "voice": chosen.voice.method,
    }
    found: dict[str, Queue] = {}
    for kind, queue_id in DEFAULT_QUEUES.items():
        if methods[kind] == "least_active" and kind != "voice":
            name = queue_id.removeprefix("default-")
            refuse(f"default_queues.{name}.method", "least_active is for voice queues only")
        found[queue_id] = msgspec.structs.replace(
            EMPTY_SETUP.queues[queue_id], members=people, method=methods[kind]
        )
    return found


def _notices(file: FileSetup) -> dict[str, Mapping[str, str]]:
    texts: dict[str, Mapping[str, str]] = {
        name: {"": notice.text} for name, notice in NOTICES.items()
    }
    for name, given in file.notices.items():
        if name not in NOTICES:
            refuse("notices", f"there is no notice {name!r}; use one of {', '.join(NOTICES)}")
        by_locale = {"": given} if isinstance(given, str) else given
        for locale, text in by_locale.items():
            wrong = fault_of_text(text)
            if wrong is not None:
                refuse(f"notices.{name}" + (f".{locale}" if locale else ""), wrong)
        texts[name] = {**texts[name], **by_locale}
    return texts


def _queues_of(queues: Iterable[Queue]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for queue in sorted(queues, key=lambda queue: (queue.priority, queue.id)):
        for member in queue.members:
            found.setdefault(member, []).append(queue.id)
    return {member: tuple(ids) for member, ids in found.items()}
