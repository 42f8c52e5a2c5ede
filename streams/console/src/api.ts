/** The query API as functions. Every failure is an `ApiError` whose message is a sentence to show. */

import type {
  Author,
  ConversationPage,
  ConversationView,
  Explanation,
  Me,
  Phase,
  Problem,
  RecommendationPage,
  Scope,
  TurnPage,
  TurnView,
  Visibility,
} from "./contracts";
import type {
  Article,
  ConversationIntent,
  DryRun,
  Granularity,
  IntentFull,
  IntentGroup,
  IntentSummary,
  LibraryHead,
  LineOfBusiness,
  MiningResult,
  MiningRun,
  Taken,
  Version,
} from "./library";
import type {
  Bot,
  Changes,
  Connection,
  Decision,
  DecisionHead,
  Delivery,
  DeskAnswer,
  Handoff,
  Item,
  Page,
  Presence,
  QueueRow,
  RepresentativeRow,
  Target,
  WhatIf,
} from "./routing";

const TOKEN = "cuestream.token";
const TURNS_A_PAGE = 200;

/** A request that did not do what was asked; `status` 0 means the worker was not reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    sentence: string,
  ) {
    super(sentence);
    this.name = "ApiError";
  }

  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

export class Api {
  /** Called on every 401, so that one place asks for a token. */
  onSignedOut: () => void = () => undefined;
  /** Called with the moment of every answer, as the worker's clock had it. */
  onStamp: (atMs: number) => void = () => undefined;

  /** A pasted token lives as long as the browser tab; in development a cookie does its work. */
  useToken(token: string): void {
    if (token) sessionStorage.setItem(TOKEN, token);
    else sessionStorage.removeItem(TOKEN);
  }

  headers(): Record<string, string> {
    const token = sessionStorage.getItem(TOKEN);
    return token ? { authorization: `Bearer ${token}` } : {};
  }

  me(): Promise<Me> {
    return this.get("/v1/me");
  }

  conversations(scope: Scope, state: Phase, cursor?: string): Promise<ConversationPage> {
    const query = new URLSearchParams({ scope, state, limit: "50" });
    if (cursor) query.set("cursor", cursor);
    return this.get(`/v1/conversations?${query}`);
  }

  conversation(id: string): Promise<ConversationView> {
    return this.get(`/v1/conversations/${encodeURIComponent(id)}`);
  }

  /** Return all turns numbered above `after`, page by page, and how far the first page had read. */
  async turns(id: string, after = 0): Promise<TurnPage> {
    const items: TurnView[] = [];
    let last = after;
    let asOf: TurnPage["as_of"];
    for (;;) {
      const query = new URLSearchParams({ after: String(last), limit: String(TURNS_A_PAGE) });
      const page = await this.get<TurnPage>(
        `/v1/conversations/${encodeURIComponent(id)}/turns?${query}`,
      );
      asOf ??= page.as_of;
      items.push(...page.items);
      const newest = page.items.at(-1);
      if (!newest || newest.number <= last || page.items.length < TURNS_A_PAGE) break;
      last = newest.number;
    }
    return asOf ? { items, as_of: asOf } : { items };
  }

  recommendations(id: string): Promise<RecommendationPage> {
    return this.get(`/v1/conversations/${encodeURIComponent(id)}/recommendations`);
  }

  explain(id: string): Promise<Explanation> {
    return this.get(`/v1/explain?${new URLSearchParams({ id })}`);
  }

  open(customerName: string): Promise<{ conversation_id: string }> {
    return this.post("/v1/conversations", { channel: "live_chat", customer_name: customerName });
  }

  say(
    id: string,
    turn: {
      turn_id: string;
      text: string;
      author: Author;
      visibility: Visibility;
      /** The ownership the speaker saw; under a newer one the turn is refused. */
      ownership_epoch?: number;
    },
  ): Promise<unknown> {
    return this.post(`/v1/conversations/${encodeURIComponent(id)}/turns`, turn);
  }

  accept(id: string): Promise<unknown> {
    return this.post(`/v1/conversations/${encodeURIComponent(id)}/accept`, {});
  }

  end(id: string): Promise<unknown> {
    return this.post(`/v1/conversations/${encodeURIComponent(id)}/end`, {});
  }

  dismiss(conversationId: string, recommendationId: string, commandId: string): Promise<unknown> {
    return this.post("/v1/recommendations/dismiss", {
      conversation_id: conversationId,
      recommendation_id: recommendationId,
      command_id: commandId,
    });
  }

  /** Begin a conversation as a customer does: with a bot, or straight with routing. */
  begin(given: { bot_id: string | null; customer_name: string; locale: string }): Promise<{
    conversation_id: string;
  }> {
    return this.post("/v1/conversations", {
      channel: "live_chat",
      customer_name: given.customer_name,
      locale: given.locale,
      is_routed: true,
      ...(given.bot_id === null ? {} : { bot_id: given.bot_id }),
    });
  }

  leave(id: string): Promise<unknown> {
    return this.post(`/v1/conversations/${encodeURIComponent(id)}/end`, { reason: "customer_left" });
  }

  handoff(id: string): Promise<Handoff> {
    return this.get(`/v1/conversations/${encodeURIComponent(id)}/handoff`);
  }

  // Hand-off and routing

  desk(): Promise<DeskAnswer> {
    return this.get("/v1/desk");
  }

  bePresent(presence: Presence): Promise<unknown> {
    return this.post("/v1/desk/presence", { presence });
  }

  connect(isConnected: boolean): Promise<unknown> {
    return this.post(isConnected ? "/v1/desk/connect" : "/v1/desk/disconnect", {});
  }

  answerOffer(verb: "accept" | "decline", itemId: string, offerId: string): Promise<unknown> {
    return this.post(`/v1/offers/${verb}`, { item_id: itemId, offer_id: offerId });
  }

  /** Ask for something about a work item: pick, release, transfer, consult, end, close, … */
  act(verb: string, itemId: string, given: object = {}): Promise<unknown> {
    return this.post(`/v1/items/${verb}`, { item_id: itemId, ...given });
  }

  supervise(verb: string, given: object): Promise<unknown> {
    return this.post(`/v1/supervise/${verb}`, given);
  }

  assign(itemId: string, target: Target, isOverCapacity: boolean): Promise<unknown> {
    const over = isOverCapacity ? { over_capacity: true } : {};
    return this.supervise("assign", { item_id: itemId, ...target, ...over });
  }

  queues(): Promise<Page<QueueRow>> {
    return this.get("/v1/queues");
  }

  queueItems(queue: string, limit: number): Promise<Page<Item>> {
    return this.get(`/v1/queues/items?${new URLSearchParams({ queue, limit: String(limit) })}`);
  }

  items(query: Record<string, string>): Promise<Page<Item>> {
    return this.get(`/v1/items?${new URLSearchParams(query)}`);
  }

  item(itemId: string): Promise<Item> {
    return this.get(`/v1/items/one?${new URLSearchParams({ item_id: itemId })}`);
  }

  representatives(): Promise<Page<RepresentativeRow>> {
    return this.get("/v1/representatives");
  }

  decisions(itemId: string): Promise<Page<DecisionHead>> {
    return this.get(`/v1/decisions?${new URLSearchParams({ item_id: itemId })}`);
  }

  decision(id: string): Promise<Decision> {
    return this.get(`/v1/decisions/one?${new URLSearchParams({ id })}`);
  }

  whatIf(decisionId: string, changes: Changes): Promise<WhatIf> {
    return this.post("/v1/decisions/what-if", { decision_id: decisionId, changes });
  }

  connections(): Promise<Page<Connection>> {
    return this.get("/v1/connections");
  }

  deliveries(state: string): Promise<Page<Delivery>> {
    return this.get(`/v1/deliveries?${new URLSearchParams({ state })}`);
  }

  retryDelivery(deliveryId: string): Promise<unknown> {
    return this.post("/v1/deliveries/retry", { delivery_id: deliveryId });
  }

  bots(): Promise<Page<Bot>> {
    return this.get("/v1/bots");
  }

  // The intent library

  library(): Promise<LibraryHead> {
    return this.get("/v1/library");
  }

  intents(limit: number): Promise<Page<IntentSummary>> {
    return this.get(`/v1/intents?${new URLSearchParams({ limit: String(limit) })}`);
  }

  intent(intentId: string): Promise<IntentFull> {
    return this.get(`/v1/intents/one?${new URLSearchParams({ intent_id: intentId })}`);
  }

  groups(): Promise<Page<IntentGroup>> {
    return this.get("/v1/groups");
  }

  linesOfBusiness(): Promise<Page<LineOfBusiness>> {
    return this.get("/v1/lines-of-business");
  }

  versions(): Promise<Page<Version>> {
    return this.get("/v1/library/versions");
  }

  miningRuns(): Promise<Page<MiningRun>> {
    return this.get("/v1/mining/runs");
  }

  miningRun(runId: string): Promise<MiningResult> {
    return this.get(`/v1/mining/runs/one?${new URLSearchParams({ run_id: runId })}`);
  }

  async miningExport(runId: string): Promise<Blob> {
    const path = `/v1/mining/runs/export?${new URLSearchParams({ run_id: runId })}`;
    const response = await this.fetched(path, { headers: { accept: "text/csv", ...this.headers() } });
    return response.blob();
  }

  startMining(given: {
    is_simulation: boolean;
    granularity: Granularity;
    records_max?: number;
  }): Promise<Taken> {
    return this.post("/v1/mining/start", given);
  }

  /** Curate: `intents`, `groups` or `lines-of-business`, and what to do. */
  curate(what: "intents" | "groups" | "lines-of-business", verb: string, given: object): Promise<Taken> {
    return this.post(`/v1/${what}/${verb}`, given);
  }

  saveLibrarySettings(given: object): Promise<Taken> {
    return this.post("/v1/library/settings", given);
  }

  /** Published articles: by words, or those with the ids given. */
  articles(words: string, ids: readonly string[] = []): Promise<{ items: Article[] }> {
    const given = [["q", words], ["limit", `${ids.length || 20}`], ...ids.map((id) => ["article_id", id])];
    return this.get(`/v1/articles?${new URLSearchParams(given)}`);
  }

  dryRun(conversations: number): Promise<DryRun> {
    return this.post("/v1/library/dry-run", { conversations });
  }

  publishLibrary(note: string): Promise<Taken> {
    return this.post("/v1/library/publish", { note });
  }

  conversationIntent(id: string): Promise<ConversationIntent> {
    return this.get(`/v1/conversations/${encodeURIComponent(id)}/intent`);
  }

  /** Say something about a conversation's intent: `dismiss`, `choose`, `solution`. */
  actOnIntent(id: string, verb: string, given: object = {}): Promise<Taken> {
    return this.post(`/v1/conversations/${encodeURIComponent(id)}/intent/${verb}`, given);
  }

  private get<T>(path: string): Promise<T> {
    return this.request<T>(path, { headers: { accept: "application/json", ...this.headers() } });
  }

  private post<T>(path: string, body: unknown): Promise<T> {
    return this.request<T>(path, {
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        ...this.headers(),
      },
      body: JSON.stringify(body),
    });
  }

  private async request<T>(path: string, init: RequestInit): Promise<T> {
    return (await (await this.fetched(path, init)).json()) as T;
  }

  private async fetched(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(path, { ...init, credentials: "same-origin" });
    } catch {
      throw new ApiError(0, "The Cuestream worker cannot be reached. Try again in a moment.");
    }
    this.onStamp(Date.parse(response.headers.get("date") ?? ""));
    if (response.ok) return response;
    if (response.status === 401) this.onSignedOut();
    throw new ApiError(response.status, await sentenceOf(response));
  }
}

/** Return what a refused response says, as a sentence. */
export async function sentenceOf(response: Response): Promise<string> {
  const problem = await response
    .json()
    .then((body: unknown) => (isProblem(body) ? body : {}))
    .catch((): Problem => ({}));
  return problem.detail ?? problem.title ?? `The worker answered with status ${response.status}.`;
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== "object" || body === null) return false;
  const { title, detail } = body as Record<string, unknown>;
  return [title, detail].every((text) => text === undefined || typeof text === "string");
}

/** Return a fresh id; it also works where the page is not a secure context. */
export function freshId(): string {
  if ("randomUUID" in crypto) return crypto.randomUUID();
  const bytes = (crypto as Crypto).getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
