/** Runs the Agent desktop: keeps `Desk` true to the log and carries out what the user asks for. */

import { type Api, ApiError, freshId } from "./api";
import type {
  AsOf,
  Author,
  Change,
  ConversationView,
  Me,
  RecommendationView,
  Scope,
  Visibility,
} from "./contracts";
import {
  common,
  concerns,
  type Detail,
  isAbove,
  isEnded,
  isServedBy,
  joined,
  Journal,
  minus,
  ordered,
  type PendingTurn,
  plus,
  refusedTurns,
  type Repair,
  UNLOADED,
  whoHas,
  withChange,
  withConversation,
  withRecommendations,
  withTurns,
} from "./desk";
import { isAnswered } from "./issue";
import type { ConversationIntent } from "./library";
import { type Connection, LiveFeed } from "./live";
import { recall, remember } from "./memory";
import type { Handoff, RoutingChange } from "./routing";
import { wholePercent } from "./words";

const CONFIRM_MS_MAX = 8_000;
/** How long a turn that should have been refused may still turn up. */
const PENDING_MS_MAX = 3_000;
const ROWS_A_PAGE = 100;
const NOTICE_MS = 5_000;

export interface Notice {
  id: number;
  sentence: string;
  isFailure: boolean;
}

/** All a page needs to draw itself. Parts are replaced, never changed in place. */
export interface Desk {
  me: Me | null;
  connection: Connection;
  /** Since when the data may be old, epoch ms; null while live. */
  staleSinceMs: number | null;
  conversations: ReadonlyMap<string, ConversationView>;
  isListLoaded: boolean;
  /** False while some worker could not be asked for its part of the list. */
  isListComplete: boolean;
  /** Most rows of the list that are drawn. */
  rowsMax: number;
  hasMore: Readonly<Record<Scope, boolean>>;
  scope: Scope;
  showsEnded: boolean;
  selected: string | null;
  /** Why the selected conversation cannot be shown. */
  selectedFailure: string | null;
  details: ReadonlyMap<string, Detail>;
  /** Number of the last turn seen, by conversation. */
  seen: ReadonlyMap<string, number>;
  /** Commands on their way, as `verb:conversation`. */
  busy: ReadonlySet<string>;
  notices: readonly Notice[];
  /** What a screen reader says next. */
  announcement: string;
}

const EMPTY: Desk = {
  me: null,
  connection: { kind: "connecting" },
  staleSinceMs: null,
  conversations: new Map(),
  isListLoaded: false,
  isListComplete: true,
  rowsMax: ROWS_A_PAGE,
  hasMore: { mine: false, visible: false },
  scope: "mine",
  showsEnded: false,
  selected: null,
  selectedFailure: null,
  details: new Map(),
  seen: new Map(),
  busy: new Set(),
  notices: [],
  announcement: "",
};

/** Another part of the console that lives by the same feed. */
export interface Companion {
  /** The feed stands (again): what is shown must be fetched anew. */
  hello(): void;
  routing(change: RoutingChange): void;
  /** Something of a conversation changed. */
  changed?(conversationId: string): void;
}

export class Controller {
  desk: Desk = EMPTY;
  private readonly companions: Companion[] = [];
  /** One stream for everything: a browser has few connections for all tabs together. */
  private readonly feed: LiveFeed;
  private readonly journal = new Journal();
  /** Turns of ours that are looked after, see `watchPending`. */
  private readonly watched = new Set<string>();
  private cursors: Partial<Record<Scope, string>> = {};
  private listAsOf: readonly AsOf[] = [];
  private notices = 0;
  private scopeIsChosen = false;

  constructor(
    readonly api: Api,
    private readonly redraw: () => void,
  ) {
    this.feed = new LiveFeed(api, {
      hello: (isSwitch) => this.renew(isSwitch ? "companions" : ""),
      change: (change) => this.merge(change),
      routing: (change) => this.companions.forEach((one) => one.routing(change)),
      snapshot: (_, processor) => this.renew(processor),
      connection: (connection) => this.connectionIs(connection),
    });
    api.onSignedOut = () => this.connectionIs({ kind: "signed-out" });
  }

  /** Say who we are, then follow the feed; each hello of it loads what is shown. */
  async start(): Promise<void> {
    this.set({ seen: new Map(recall<[string, number][]>("seen", [])) });
    for (;;) {
      try {
        this.set({ me: await this.api.me() });
        break;
      } catch (error) {
        if (error instanceof ApiError && error.isSignedOut) return;
        if (error instanceof ApiError && error.status === 503) {
          this.connectionIs({ kind: "starting", because: error.message });
        } else if (navigator.onLine) this.connectionIs({ kind: "reconnecting", because: "" });
        else this.connectionIs({ kind: "offline" });
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
    this.feed.start();
  }

  stop(): void {
    this.feed.stop();
  }

  /** Let another part of the console hear the feed. */
  join(companion: Companion): void {
    this.companions.push(companion);
  }

  /** Stream what `query` names, beside conversations. */
  want(query: string): void {
    this.feed.want(query);
  }

  /** Let a screen reader say `announcement` when it is done with what it says. */
  tell(announcement: string): void {
    this.set({ announcement });
  }

  async signIn(token: string): Promise<void> {
    this.api.useToken(token);
    this.stop();
    this.connectionIs({ kind: "connecting" });
    await this.start();
  }

  // What is shown

  /** Return the rows of the list in the order they are shown. */
  shown(): ConversationView[] {
    return this.listed().slice(0, this.desk.rowsMax);
  }

  /** Return whether the list goes on below what is shown. */
  goesOn(): boolean {
    return this.desk.hasMore[this.desk.scope] || this.listed().length > this.desk.rowsMax;
  }

  private listed(): ConversationView[] {
    const { conversations, scope, showsEnded, selected, me } = this.desk;
    return ordered(conversations.values()).filter(
      (row) =>
        (scope === "visible" || concerns(me?.user ?? "", row)) &&
        (showsEnded || !isEnded(row) || row.conversation_id === selected),
    );
  }

  select(id: string | null): void {
    if (id === this.desk.selected) return;
    this.set({ selected: id, selectedFailure: null });
    if (id !== null) {
      this.markSeen(id);
      // Without the feed, the next hello loads it; before that an answer would only grow old.
      const isLive = this.desk.connection.kind === "live";
      if (isLive && !this.desk.details.get(id)?.isLoaded) void this.load(id);
    }
  }

  /** Select the row `step` places below (or above) the selected one. */
  move(step: number): void {
    const rows = this.shown();
    if (rows.length === 0) return;
    const at = rows.findIndex((row) => row.conversation_id === this.desk.selected);
    const to = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step));
    this.select(rows[to]?.conversation_id ?? null);
  }

  choose(scope: Scope): void {
    this.scopeIsChosen = true;
    this.set({ scope, rowsMax: ROWS_A_PAGE });
  }

  showEnded(showsEnded: boolean): void {
    this.set({ showsEnded });
    void this.reload();
  }

  async more(): Promise<void> {
    const { scope, showsEnded, rowsMax } = this.desk;
    this.set({ rowsMax: rowsMax + ROWS_A_PAGE });
    const cursor = this.cursors[scope];
    if (!cursor || this.listed().length >= this.desk.rowsMax) return;
    await this.attempt("more:", async () => {
      const page = await this.api.conversations(scope, showsEnded ? "all" : "open", cursor);
      this.cursors = { ...this.cursors, [scope]: page.next ?? "" };
      // Rows that are known already came by the feed or a first page and are not older than these.
      this.set({
        conversations: new Map([...joined([page]), ...this.desk.conversations]),
        hasMore: { ...this.desk.hasMore, [scope]: page.next !== null },
      });
    });
  }

  touch(id: string, recommendationId: string): void {
    this.update(id, (detail) => ({ ...detail, fresh: minus(detail.fresh, recommendationId) }));
  }

  // Commands

  async accept(id: string): Promise<void> {
    await this.attempt(`accept:${id}`, async () => {
      await this.api.accept(id);
      await this.until(() => {
        const row = this.desk.conversations.get(id);
        return row !== undefined && isServedBy(this.desk.me?.user ?? "", row);
      });
    });
  }

  async end(id: string): Promise<void> {
    await this.attempt(`end:${id}`, async () => {
      await this.api.end(id);
      await this.until(() => {
        const row = this.desk.conversations.get(id);
        return row === undefined || isEnded(row);
      });
    });
  }

  /** Open a conversation of a made-up customer; development only. */
  async openTest(customerName: string): Promise<void> {
    await this.attempt("open:", async () => {
      const { conversation_id: id } = await this.api.open(customerName);
      this.choose("visible");
      await this.until(() => this.desk.conversations.has(id));
      this.select(id);
    });
  }

  /** Say `text`; it is shown at once and settles when the log gives it back. */
  async say(id: string, text: string, author: Author, visibility: Visibility): Promise<void> {
    const turn = {
      turn_id: freshId(),
      text,
      author,
      visibility,
      at_ms: Date.now(),
      epoch: 0,
      failure: null,
      isFinal: false,
    };
    this.update(id, (detail) => ({ ...detail, pending: [...detail.pending, turn] }));
    await this.send(id, turn.turn_id);
  }

  /** Send a pending turn (again); the same turn id makes a second delivery harmless. */
  async send(id: string, turnId: string): Promise<void> {
    const turn = this.desk.details.get(id)?.pending.find((item) => item.turn_id === turnId);
    if (!turn) return;
    const { text, author, visibility } = turn;
    const epoch =
      author === "representative" ? (this.desk.conversations.get(id)?.ownership_epoch ?? 0) : 0;
    this.mark(id, turnId, { failure: null, isFinal: false, epoch });
    try {
      await this.api.say(id, {
        turn_id: turnId,
        text,
        author,
        visibility,
        ...(epoch > 0 ? { ownership_epoch: epoch } : {}),
      });
      this.watchPending(id);
    } catch (error) {
      this.mark(id, turnId, { failure: sentence(error) });
    }
  }

  /** Look after turns of ours that the log refuses: it says nothing to whoever wrote them. */
  private watchPending(id: string): void {
    const row = this.desk.conversations.get(id);
    const detail = this.desk.details.get(id);
    if (row === undefined || detail === undefined) return;
    for (const { turn_id: turnId } of refusedTurns(detail, row)) {
      if (this.watched.has(turnId)) continue;
      this.watched.add(turnId);
      setTimeout(() => void this.settlePending(id, turnId), PENDING_MS_MAX);
    }
  }

  /** Say that a turn was refused, unless the transcript, read once more, has it after all. */
  private async settlePending(id: string, turnId: string): Promise<void> {
    this.watched.delete(turnId);
    // Without the feed nothing is certain; the next hello looks again.
    if (this.desk.connection.kind !== "live") return;
    try {
      await this.readTurns(id);
    } catch (error) {
      this.failed(error);
      return;
    }
    const row = this.desk.conversations.get(id);
    const detail = this.desk.details.get(id);
    if (row === undefined || detail === undefined) return;
    if (!refusedTurns(detail, row).some((turn) => turn.turn_id === turnId)) return;
    const user = this.desk.me?.user ?? "";
    const isFinal = isEnded(row) || !isServedBy(user, row);
    const failure = isFinal ? whoHas(row) : "The conversation had changed hands meanwhile.";
    this.mark(id, turnId, { failure, isFinal });
  }

  discard(id: string, turnId: string): void {
    this.update(id, (detail) => ({
      ...detail,
      pending: detail.pending.filter((turn) => turn.turn_id !== turnId),
    }));
  }

  /** Take a recommendation off the list at once; it comes back with a sentence if that fails. */
  async dismiss(id: string, recommendation: RecommendationView): Promise<void> {
    const { recommendation_id: recommendationId, title } = recommendation;
    this.update(id, (detail) => ({ ...detail, leaving: plus(detail.leaving, recommendationId) }));
    this.set({ announcement: `Dismissed: ${title}` });
    try {
      await this.api.dismiss(id, recommendationId, freshId());
      await this.until(() => !this.lists(id, recommendationId));
      if (this.lists(id, recommendationId)) await this.repair(id, "recommendations");
      if (!this.lists(id, recommendationId)) return;
      this.notify(`“${title}” is back: the dismissal was taken in but not carried out.`, true);
    } catch (error) {
      this.notify(`“${title}” is back: it could not be dismissed. ${sentence(error)}`, true);
    }
    this.update(id, (detail) => ({ ...detail, leaving: minus(detail.leaving, recommendationId) }));
  }

  /** Say that the intent is another one, or ask for a solution; the feed brings what comes of it. */
  async actOnIntent(
    id: string,
    verb: "dismiss" | "choose" | "solution",
    given: object = {},
  ): Promise<void> {
    await this.attempt(`intent-${verb}:${id}`, async () => {
      const before = this.desk.details.get(id)?.intent ?? null;
      await this.api.actOnIntent(id, verb, given);
      await this.until(() => isAnswered(verb, before, this.desk.details.get(id)?.intent ?? null));
    });
  }

  /** Show a sentence; failures until somebody closes it. */
  notify(sentenceToShow: string, isFailure: boolean, lastsMs = NOTICE_MS): void {
    this.notices += 1;
    const notice = { id: this.notices, sentence: sentenceToShow, isFailure };
    // What is said again is not shown twice.
    const others = this.desk.notices.filter(({ sentence: said }) => said !== sentenceToShow);
    this.set({ notices: [...others.slice(-2), notice] });
    if (!isFailure) setTimeout(() => this.dismissNotice(notice.id), lastsMs);
  }

  dismissNotice(id: number): void {
    this.set({ notices: this.desk.notices.filter((notice) => notice.id !== id) });
  }

  /** The tab is looked at again: what is open counts as read. */
  looked(): void {
    if (this.desk.selected) this.markSeen(this.desk.selected);
  }

  // Keeping it true

  /** Fetch anew what is shown of conversations, of everything else, or (empty) of both. */
  private renew(what: string): void {
    if (what === "" || what === "conversation") void this.reload();
    if (what === "conversation") return;
    for (const companion of this.companions) companion.hello();
  }

  private async reload(): Promise<void> {
    const { selected, details } = this.desk;
    // Other conversations are fetched again when somebody opens them.
    const kept = [...details].filter(
      ([id, detail]) => id === selected || detail.pending.length > 0,
    );
    this.set({
      details: new Map(
        kept.map(([id, detail]) => [id, id === selected ? detail : { ...detail, isLoaded: false }]),
      ),
    });
    await Promise.all([this.loadList(), selected === null ? undefined : this.load(selected)]);
  }

  private async loadList(): Promise<void> {
    const state = this.desk.showsEnded ? "all" : "open";
    try {
      const [[mine, visible], missed] = await this.journal.during(() =>
        Promise.all([
          this.api.conversations("mine", state),
          this.api.conversations("visible", state),
        ]),
      );
      this.cursors = { mine: mine.next ?? "", visible: visible.next ?? "" };
      this.listAsOf = common(mine.as_of ?? [], visible.as_of ?? []);
      const conversations = joined([mine, visible]);
      const open = this.desk.selected;
      const opened = open === null ? undefined : this.desk.conversations.get(open);
      if (opened && !conversations.has(opened.conversation_id)) {
        conversations.set(opened.conversation_id, opened);
      }
      this.set({
        conversations,
        isListLoaded: true,
        isListComplete: mine.is_complete !== false && visible.is_complete !== false,
        hasMore: { mine: mine.next !== null, visible: visible.next !== null },
        scope:
          this.scopeIsChosen || this.desk.isListLoaded || mine.items.length > 0
            ? this.desk.scope
            : "visible",
      });
      for (const change of missed) if (change.table === "conversation") this.mergeRow(change);
      this.trimSeen();
      if (open !== null) this.markSeen(open);
    } catch (error) {
      this.failed(error);
    }
  }

  private async load(id: string): Promise<void> {
    try {
      const [[row, turns, page, handoff, intent], missed] = await this.journal.during(async () => {
        const [row, turns, page] = await Promise.all([
          this.api.conversation(id),
          this.api.turns(id),
          this.api.recommendations(id),
        ]);
        const [handoff, intent] = await Promise.all([this.handoffOf(row), this.intentOf(id)]);
        return [row, turns, page, handoff, intent] as const;
      });
      const conversations = new Map(this.desk.conversations).set(id, row);
      this.set({ conversations, selectedFailure: null });
      this.update(id, (detail) => ({
        ...withRecommendations(withTurns({ ...detail, turns: [] }, turns.items), page),
        turnsAsOf: turns.as_of ?? [],
        handoff,
        intent,
        intentAsOf: asOfOf(intent),
        isLoaded: true,
      }));
      for (const change of missed) if (change.conversation_id === id) this.apply(change);
      this.watchPending(id);
      this.markSeen(id);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404 && this.desk.selected === id) {
        this.set({ selectedFailure: "This conversation does not exist, or you may not see it." });
      } else this.failed(error);
    }
  }

  /** Return the newest hand-off; conversations without one are not asked about. */
  private async handoffOf(row: ConversationView): Promise<Handoff | null> {
    if ((row.handoff_state ?? "") === "") return null;
    return this.api.handoff(row.conversation_id).catch((error: unknown) => {
      if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return null;
      throw error;
    });
  }

  /** Return what is known of the customer's intent; null where there is no such thing. */
  private async intentOf(id: string): Promise<ConversationIntent | null> {
    return this.api.conversationIntent(id).catch((error: unknown) => {
      if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return null;
      throw error;
    });
  }

  private merge(change: Change): void {
    this.journal.record(change);
    for (const companion of this.companions) companion.changed?.(change.conversation_id);
    if (change.table === "conversation" && !isAbove(change, this.listAsOf)) return;
    this.apply(change);
    if (change.conversation_id === this.desk.selected) this.looked();
  }

  private apply(change: Change): void {
    if (change.table === "conversation") {
      this.mergeRow(change);
      return;
    }
    const detail = this.desk.details.get(change.conversation_id);
    if (!detail) return;
    const [next, repair] = withChange(detail, change);
    if (next === detail && repair === null) return;
    this.set({ details: new Map(this.desk.details).set(change.conversation_id, next) });
    this.announce(change, detail);
    if (repair !== null) void this.repair(change.conversation_id, repair);
  }

  private mergeRow(change: Change & { table: "conversation" }): void {
    const { selected, conversations } = this.desk;
    this.set({ conversations: withConversation(conversations, change) });
    this.watchPending(change.conversation_id);
    if (change.value === null && change.conversation_id === selected) {
      this.set({ selectedFailure: "This conversation is no longer visible to you." });
    }
  }

  private async repair(id: string, what: NonNullable<Repair>): Promise<void> {
    try {
      if (what === "turns") await this.readTurns(id);
      else {
        const [page, missed] = await this.journal.during(() => this.api.recommendations(id));
        this.update(id, (detail) => withRecommendations(detail, page));
        for (const change of missed) this.settleIn(id, change);
      }
    } catch (error) {
      this.failed(error);
    }
  }

  private announceIntent(
    id: string,
    before: ConversationIntent | null,
    now: ConversationIntent | null,
  ): void {
    const name = now?.state === "intent" ? now.intent?.name : undefined;
    if (id !== this.desk.selected || name === undefined || name === before?.intent?.name) return;
    const next = now?.next.kind === "question" ? ` Next question: ${now.next.text}` : "";
    this.set({ announcement: `What the customer wants: ${name}.${next}` });
  }

  private async readTurns(id: string): Promise<void> {
    const [page, missed] = await this.journal.during(() => this.api.turns(id));
    this.update(id, (detail) => ({
      ...withTurns({ ...detail, turns: [] }, page.items),
      turnsAsOf: page.as_of ?? [],
    }));
    // A gap that is still there is none: the numbers themselves have one.
    for (const change of missed) this.settleIn(id, change);
  }

  private settleIn(id: string, change: Change): void {
    if (change.conversation_id !== id || change.table === "conversation") return;
    this.update(id, (detail) => withChange(detail, change)[0]);
  }

  private announce(change: Change, before: Detail): void {
    if (change.table === "intent") {
      const now = this.desk.details.get(change.conversation_id)?.intent ?? null;
      if (now !== before.intent) this.announceIntent(change.conversation_id, before.intent, now);
      return;
    }
    if (change.conversation_id !== this.desk.selected || !before.isLoaded) return;
    if (change.table === "turn" && change.value?.author === "customer") {
      const { number, author_name: name, text } = change.value;
      if (number <= (before.turns.at(-1)?.number ?? 0)) return;
      this.set({ announcement: `${name ?? "Customer"}: ${text.slice(0, 300)}` });
    }
    if (change.table === "recommendation" && change.value !== null) {
      const { recommendation_id: id, title, score } = change.value;
      if (before.recommendations.some((item) => item.recommendation_id === id)) return;
      const announcement = `New recommendation: ${title}, ${wholePercent(score)} percent.`;
      this.set({ announcement });
    }
  }

  private failed(error: unknown): void {
    if (!(error instanceof ApiError) || error.isSignedOut) return;
    if (error.status === 503) this.feed.restart();
    else if (error.status !== 0) this.notify(error.message, true);
  }

  private connectionIs(connection: Connection): void {
    const isLive = connection.kind === "live";
    const staleSinceMs = isLive ? null : this.desk.staleSinceMs ?? (this.feed.heardAtMs || null);
    this.set({ connection, staleSinceMs });
    if (connection.kind === "signed-out") this.stop();
  }

  // Small things

  private lists(id: string, recommendationId: string): boolean {
    const detail = this.desk.details.get(id);
    return detail?.recommendations.some((row) => row.recommendation_id === recommendationId) ?? false;
  }

  private mark(id: string, turnId: string, change: Partial<PendingTurn>): void {
    this.update(id, (detail) => ({
      ...detail,
      pending: detail.pending.map((turn) => (turn.turn_id === turnId ? { ...turn, ...change } : turn)),
    }));
  }

  /** Run a command once at a time; its failure becomes a sentence. */
  async attempt(name: string, command: () => Promise<void>): Promise<void> {
    if (this.desk.busy.has(name)) return;
    this.set({ busy: plus(this.desk.busy, name) });
    try {
      await command();
    } catch (error) {
      this.notify(sentence(error), true);
    } finally {
      this.set({ busy: minus(this.desk.busy, name) });
    }
  }

  private readonly waiters = new Set<() => void>();

  /** Something that a command waits for may have come true outside of the desk's own state. */
  settle(): void {
    for (const look of [...this.waiters]) look();
  }

  /** Wait until the feed has made `holds` true, or long enough. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.waiters.delete(look);
        resolve();
      };
      const look = (): void => {
        if (holds()) settle();
      };
      const timer = setTimeout(settle, CONFIRM_MS_MAX);
      this.waiters.add(look);
      look();
    });
  }

  private markSeen(id: string): void {
    const turns = this.desk.conversations.get(id)?.turns;
    if (turns === undefined || document.visibilityState === "hidden") return;
    if ((this.desk.seen.get(id) ?? -1) >= turns) return;
    const seen = new Map(this.desk.seen).set(id, turns);
    this.set({ seen });
    remember("seen", [...seen]);
  }

  private trimSeen(): void {
    const { seen, conversations } = this.desk;
    if (seen.size <= 500) return;
    this.set({ seen: new Map([...seen].filter(([id]) => conversations.has(id))) });
  }

  private update(id: string, change: (detail: Detail) => Detail): void {
    const detail = this.desk.details.get(id) ?? UNLOADED;
    const next = change(detail);
    if (next !== detail) this.set({ details: new Map(this.desk.details).set(id, next) });
  }

  private set(change: Partial<Desk>): void {
    this.desk = { ...this.desk, ...change };
    for (const look of [...this.waiters]) look();
    this.redraw();
  }
}

function asOfOf(intent: ConversationIntent | null): readonly AsOf[] {
  return Array.isArray(intent?.as_of) ? intent.as_of : [];
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
