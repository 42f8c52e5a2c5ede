"""What a new version of a setup may not change, because work that is under way rests on it."""

from __future__ import annotations

from processors.errors import InvalidReferenceError
from processors.routing.setup import SETUP, Setup


def check_change(before: Setup, after: Setup) -> None:
    """Return if `after` may follow `before`: kinds, modes and resets stay what they are.

    Raises:
        InvalidReferenceError: It changes one of them; what is wanted is a new id.
    """
    for workstream_id, old in before.workstreams.items():
        new = after.workstreams.get(workstream_id)
        if new is not None and new.kind != old.kind:
            _refuse(f"workstreams {workstream_id}.kind", old.kind, new.kind)
        if new is not None and new.mode != old.mode:
            _refuse(f"workstreams {workstream_id}.mode", old.mode, new.mode)
    for queue_id, queue in before.queues.items():
        other = after.queues.get(queue_id)
        if other is not None and other.kind != queue.kind:
            _refuse(f"queues {queue_id}.kind", queue.kind, other.kind)
    for profile_id, profile in before.profiles.items():
        held = after.profiles.get(profile_id)
        if held is not None and held.reset != profile.reset:
            _refuse(f"profiles {profile_id}.reset", profile.reset, held.reset)


def _refuse(field: str, before: str, after: str) -> None:
    raise InvalidReferenceError(
        reference=SETUP,
        field=field,
        because=f"it is {before} for ever and cannot become {after}; give the new one a new id",
    )
