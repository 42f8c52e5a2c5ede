"""Every topic as data: the one place creation, checks at start and the AsyncAPI come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["log", "derived", "changelog", "control"]

DAY_MS = 86_400_000
MIN_COMPACTION_LAG_MS = DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPlan:
    """What a topic is for and how Kafka must hold it.

    Attributes:
        name: `<context>.<kind>.v<major>`.
        role: log (a processor's only input), derived (one writer a partition), changelog, control.
        key: What the record key is, in words.
        partitions_of: Name of the topic whose partition count this one shares; itself for its own.
        records: Full names of the records it carries.
        compacted: Keep the last value per key instead of a time span.
        retention_ms: How long records stay; -1 for ever.
        config: Further topic settings.
        says: One sentence for people.
    """

    name: str
    role: Role
    key: str
    says: str
    records: tuple[str, ...] = ()
    partitions_of: str = ""
    compacted: bool = False
    retention_ms: int = -1
    config: dict[str, str] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        """Return the topic's Kafka configuration."""
        policy = "compact" if self.compacted else "delete"
        settings = {"cleanup.policy": policy, "max.message.bytes": "4194304"}
        if not self.compacted:
            settings["retention.ms"] = str(self.retention_ms)
        return settings | self.config


CONVERSATION_LOG = "conversation.turns.v1"
RECOMMENDATIONS = "assist.recommendations.v1"
INTENTS = "conversation.intents.v1"
OUTBOUND = "conversation.outbound.v1"
ROUTING_LOG = "handoff.requests.v1"
ROUTING_DECISIONS = "routing.decisions.v1"
HANDOFF_LOG = "handoff.connections.v1"
HANDOFF_STATUS = "handoff.status.v1"
HANDOFF_DELIVERIES = "handoff.deliveries.v1"
LIBRARY_LOG = "library.commands.v1"
LIBRARY = "intent.library.v1"
REFERENCE = "control.reference.v1"
SCHEMAS = "control.schemas.v1"
REJECTIONS = "control.rejections.v1"
QUARANTINE = "control.quarantine.v1"


def changelog_of(processor: str) -> str:
    """Return the name of a processor's changelog topic."""
    return f"cuestream-{processor}-changelog"


def changelog_plan(processor: str, log: str) -> TopicPlan:
    """Return the plan of a processor's changelog: compacted, with the log's partition count."""
    return TopicPlan(
        name=changelog_of(processor),
        role="changelog",
        key="table and key, binary",
        partitions_of=log,
        compacted=True,
        config={
            "min.compaction.lag.ms": str(MIN_COMPACTION_LAG_MS),
            # The lag counts from here: stream time may lie years back, and would void it.
            "message.timestamp.type": "LogAppendTime",
            "delete.retention.ms": str(7 * DAY_MS),
        },
        says=f"State, timers, view rows and markers of the {processor} processor.",
    )


TOPICS: tuple[TopicPlan, ...] = (
    TopicPlan(
        name=CONVERSATION_LOG,
        role="log",
        key="{tenant}:{conversation_id}",
        records=(
            "cuestream.conversation.ConversationOpened",
            "cuestream.conversation.TurnSaid",
            "cuestream.conversation.RepresentativeAccepted",
            "cuestream.conversation.OwnershipMoved",
            "cuestream.conversation.ConversationEnded",
            "cuestream.conversation.VariablesSet",
            "cuestream.conversation.HandoffInitiated",
            "cuestream.conversation.HandoffStatusChanged",
            "cuestream.assist.DismissRecommendation",
            "cuestream.intent.DismissIntent",
            "cuestream.intent.ChooseIntent",
            "cuestream.intent.RequestSolution",
            "cuestream.control.ReferenceChanged",
            "cuestream.control.Tick",
        ),
        says="Everything the conversation processor reads: turns, acceptance, commands, time.",
    ),
    TopicPlan(
        name=RECOMMENDATIONS,
        role="derived",
        key="{tenant}:{conversation_id}",
        partitions_of=CONVERSATION_LOG,
        records=(
            "cuestream.assist.RecommendationIssued",
            "cuestream.assist.RecommendationRefreshed",
            "cuestream.assist.RecommendationDismissed",
            "cuestream.assist.NothingFound",
        ),
        says="What smart assist recommends to the representative, and what became of it.",
    ),
    TopicPlan(
        name=INTENTS,
        role="derived",
        key="{tenant}:{conversation_id}",
        partitions_of=CONVERSATION_LOG,
        records=(
            "cuestream.intent.IntentDetected",
            "cuestream.intent.AttributeAnswered",
            "cuestream.intent.InterviewConcluded",
            "cuestream.intent.IntentDismissed",
            "cuestream.intent.IntentChosen",
            "cuestream.intent.SolutionsSuggested",
        ),
        says="What the customer wants, what is known of it, and what was suggested to solve it.",
    ),
    TopicPlan(
        name=OUTBOUND,
        role="derived",
        key="{tenant}:{conversation_id}",
        partitions_of=CONVERSATION_LOG,
        records=(
            "cuestream.conversation.TurnReleased",
            "cuestream.conversation.OwnershipChanged",
            "cuestream.conversation.BotSessionEnded",
            "cuestream.conversation.CallDirected",
        ),
        says="Turns of the serving side that may be delivered to the customer, and who owns what.",
    ),
    changelog_plan("conversation", CONVERSATION_LOG),
    TopicPlan(
        name=ROUTING_LOG,
        role="log",
        key="{tenant}",
        partitions_of=CONVERSATION_LOG,
        records=(
            "cuestream.routing.WorkItemArrived",
            "cuestream.routing.WorkItemActivity",
            "cuestream.routing.ReviewPool",
            "cuestream.routing.AcceptOffer",
            "cuestream.routing.AssignItem",
            "cuestream.routing.CloseItem",
            "cuestream.routing.DeclineOffer",
            "cuestream.routing.EndConsult",
            "cuestream.routing.EndItem",
            "cuestream.routing.ForceCloseItem",
            "cuestream.routing.JoinItem",
            "cuestream.routing.LeaveItem",
            "cuestream.routing.MonitorItem",
            "cuestream.routing.PickItem",
            "cuestream.routing.ReleaseItem",
            "cuestream.routing.RepresentativeConnected",
            "cuestream.routing.RepresentativeDisconnected",
            "cuestream.routing.ResumeItem",
            "cuestream.routing.SetPresence",
            "cuestream.routing.StartConsult",
            "cuestream.routing.TransferItem",
            "cuestream.routing.WaitItem",
            "cuestream.routing.EscalateToVoice",
            "cuestream.routing.EndEscalation",
            "cuestream.routing.ItemFocused",
            "cuestream.routing.ItemUnfocused",
            "cuestream.routing.ItemSentiment",
            "cuestream.routing.ItemIntent",
            "cuestream.control.ReferenceChanged",
            "cuestream.control.Tick",
        ),
        says="Everything the routing processor reads: work that arrives, presence, commands, time.",
    ),
    TopicPlan(
        name=ROUTING_DECISIONS,
        role="derived",
        key="{tenant}",
        partitions_of=CONVERSATION_LOG,
        records=(
            "cuestream.routing.AssignmentDecided",
            "cuestream.routing.CallbackRequested",
            "cuestream.routing.CapacityReset",
            "cuestream.routing.ConsultChanged",
            "cuestream.routing.CustomerNotified",
            "cuestream.routing.DirectedToNumber",
            "cuestream.routing.ItemClosed",
            "cuestream.routing.ItemMoved",
            "cuestream.routing.ItemRouted",
            "cuestream.routing.OfferClosed",
            "cuestream.routing.OfferMade",
            "cuestream.routing.PoolReviewed",
            "cuestream.routing.PresenceChanged",
            "cuestream.routing.QueueOverflowed",
            "cuestream.routing.SupervisorActed",
            "cuestream.routing.VoicemailRequested",
            "cuestream.routing.EscalationChanged",
            "cuestream.routing.SentimentAlerted",
            "cuestream.routing.QuotaPassed",
        ),
        says="What routing decided and why: classification, queue, candidates, offers, moves.",
    ),
    changelog_plan("routing", ROUTING_LOG),
    TopicPlan(
        name=HANDOFF_LOG,
        role="log",
        key="{tenant}",
        partitions_of=CONVERSATION_LOG,
        records=(
            "cuestream.handoff.HandoffRequested",
            "cuestream.handoff.HandoffTurnSaid",
            "cuestream.handoff.HandoffWithdrawn",
            "cuestream.handoff.EnableConnection",
            "cuestream.handoff.ChooseEnvironment",
            "cuestream.handoff.GiveApplication",
            "cuestream.handoff.AddBot",
            "cuestream.handoff.DisconnectBot",
            "cuestream.handoff.DisableConnection",
            "cuestream.handoff.RefreshConnection",
            "cuestream.handoff.SwitchVoice",
            "cuestream.handoff.SwitchSingleSignOn",
            "cuestream.handoff.ExportBot",
            "cuestream.handoff.ImportBot",
            "cuestream.handoff.ConnectionAdopted",
            "cuestream.handoff.BotPublished",
            "cuestream.handoff.BotUnpublished",
            "cuestream.handoff.BotConversationStarted",
            "cuestream.handoff.BotConversationEnded",
            "cuestream.handoff.DeliveryAttempted",
            "cuestream.handoff.HubMessageReceived",
            "cuestream.handoff.HubStatusReceived",
            "cuestream.handoff.RetryDelivery",
            "cuestream.control.ReferenceChanged",
            "cuestream.control.Tick",
        ),
        says="Everything the handoff processor reads: connection commands, hand-offs, receipts.",
    ),
    TopicPlan(
        name=HANDOFF_STATUS,
        role="derived",
        key="{tenant}",
        partitions_of=CONVERSATION_LOG,
        records=(
            "cuestream.handoff.ConnectionChanged",
            "cuestream.handoff.ConnectionInvalid",
            "cuestream.handoff.TeamsChannelEnabled",
            "cuestream.handoff.InstanceDetected",
            "cuestream.handoff.ConnectionTested",
            "cuestream.handoff.BotExported",
            "cuestream.handoff.BotImported",
            "cuestream.handoff.BotPublicationChanged",
            "cuestream.handoff.HandoffProgressed",
        ),
        says="What became of connections and hand-offs.",
    ),
    TopicPlan(
        name=HANDOFF_DELIVERIES,
        role="derived",
        key="{tenant}",
        partitions_of=CONVERSATION_LOG,
        records=(
            "cuestream.handoff.DeliveryDue",
            "cuestream.handoff.DeliveryChanged",
        ),
        says="What outside hubs are owed, and whether they got it.",
    ),
    changelog_plan("handoff", HANDOFF_LOG),
    TopicPlan(
        name=LIBRARY_LOG,
        role="log",
        key="{tenant}",
        partitions_of=CONVERSATION_LOG,
        records=(
            "cuestream.library.AddIntent",
            "cuestream.library.AddToGroup",
            "cuestream.library.ChangeExamples",
            "cuestream.library.ChangeLibrarySettings",
            "cuestream.library.EditIntent",
            "cuestream.library.ForgetExamples",
            "cuestream.library.IntentMined",
            "cuestream.library.LibraryTrained",
            "cuestream.library.MergeIntents",
            "cuestream.library.MiningFailed",
            "cuestream.library.MiningFinished",
            "cuestream.library.MiningProgressed",
            "cuestream.library.MiningStarted",
            "cuestream.library.PublicationFailed",
            "cuestream.library.PublishLibrary",
            "cuestream.library.RemoveFromGroup",
            "cuestream.library.RenameIntent",
            "cuestream.library.ReviewIntents",
            "cuestream.library.SaveGroup",
            "cuestream.library.SaveLineOfBusiness",
            "cuestream.library.SplitIntent",
            "cuestream.library.StartMining",
            "cuestream.library.UseInBots",
            "cuestream.control.ReferenceChanged",
            "cuestream.control.Tick",
        ),
        says="Everything the library processor reads: mining results, curation, publishing, time.",
    ),
    TopicPlan(
        name=LIBRARY,
        role="derived",
        key="{tenant}/{intent_id} for intents, {tenant} for what is in force",
        partitions_of=CONVERSATION_LOG,
        compacted=True,
        records=(
            "cuestream.library.GroupChanged",
            "cuestream.library.IntentChanged",
            "cuestream.library.IntentDiscovered",
            "cuestream.library.IntentRenamed",
            "cuestream.library.IntentRetired",
            "cuestream.library.IntentSplit",
            "cuestream.library.IntentsMerged",
            "cuestream.library.LibraryCommandAnswered",
            "cuestream.library.LibraryPublished",
            "cuestream.library.LibrarySettingsChanged",
            "cuestream.library.LineOfBusinessChanged",
            "cuestream.library.MiningEnded",
            "cuestream.library.MiningRequested",
            "cuestream.library.PublicationDue",
            "cuestream.library.PublicationEnded",
        ),
        says="The library of intents: each as it is now, its history, and what is in force.",
    ),
    changelog_plan("library", LIBRARY_LOG),
    TopicPlan(
        name=REFERENCE,
        role="control",
        key="{digest}",
        records=("cuestream.control.ReferenceArtefact",),
        compacted=True,
        says="Content-addressed configuration and models.",
    ),
    TopicPlan(
        name=SCHEMAS,
        role="control",
        key="{fingerprint}",
        records=("cuestream.control.SchemaPublished",),
        compacted=True,
        says="Writer schemas by fingerprint.",
    ),
    TopicPlan(
        name=REJECTIONS,
        role="control",
        key="{subject}",
        records=("cuestream.control.InputRejected",),
        partitions_of=CONVERSATION_LOG,
        says="Lawful refusals.",
    ),
    TopicPlan(
        name=QUARANTINE,
        role="control",
        key="{log}/{partition}/{offset}",
        records=(
            "cuestream.control.RecordQuarantined",
            "cuestream.control.QuarantineResolved",
        ),
        partitions_of=CONVERSATION_LOG,
        says="Inputs that could not be processed, kept whole, and what was done about them.",
    ),
)
