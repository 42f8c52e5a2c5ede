"""Who may see what: one predicate, asked by every read path.

Lists, totals, single reads, live changes and explanations all ask here and nowhere else.
"""

from __future__ import annotations

import msgspec

from processors.views.conversation import Access

REPRESENTATIVE = "representative"
SUPERVISOR = "supervisor"
ADMIN = "admin"
ADAPTER = "adapter"
INTENT_MANAGER = "intent_manager"


class Principal(msgspec.Struct, frozen=True):
    """Who asks.

    Attributes:
        tenant: Whose data they may see at all.
        user: Their id, the subject of the token.
        name: What to call them.
        teams: Teams they belong to.
        roles: representative, supervisor, admin, adapter, intent_manager.
        queues: Queues a supervisor watches.
        expires_at_ms: When the token ends, epoch ms; None when it does not.
        is_development: True for the token of a development run.
    """

    tenant: str
    user: str
    name: str
    teams: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    expires_at_ms: int | None = None
    is_development: bool = False


def visible(principal: Principal, access: Access) -> bool:
    """Return whether `principal` may see a row with this `access`.

    The same tenant, and: its owner, one who took part, a member of its team, a supervisor of its
    queue, or an admin. A supervisor without a claim for the row's queue does not see it.
    """
    if principal.tenant != access.tenant:
        return False
    if ADMIN in principal.roles:
        return True
    if access.owner == principal.user or principal.user in access.participants:
        return True
    if access.team is not None and access.team in principal.teams:
        return True
    return (
        SUPERVISOR in principal.roles
        and access.queue is not None
        and access.queue in principal.queues
    )
