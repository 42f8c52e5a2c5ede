"""Every hub there is, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from processors.handoff.hubs.contract import Hub
from processors.handoff.hubs.custom import Custom
from processors.handoff.hubs.dynamics365 import Dynamics365
from processors.handoff.hubs.errors import UnknownHubError
from processors.handoff.hubs.genesys import Genesys
from processors.handoff.hubs.liveperson import LivePerson
from processors.handoff.hubs.salesforce import Salesforce
from processors.handoff.hubs.servicenow import ServiceNow
from processors.handoff.hubs.zendesk import Zendesk

HUBS: Final[Mapping[str, Hub]] = {
    hub.kind: hub
    for hub in (
        Dynamics365(),
        Genesys(),
        LivePerson(),
        Salesforce(),
        ServiceNow(),
        Zendesk(),
        Custom(),
    )
}


def hub_of(kind: str) -> Hub:
    """Return the payloads of a kind of hub.

    Raises:
        UnknownHubError: There is no such kind.
    """
    found = HUBS.get(kind)
    if found is None:
        raise UnknownHubError(kind=kind, known=tuple(HUBS))
    return found
