/** The supervisor's board: queues, representatives, deliveries, kept true by the feed. */

import { type Api, ApiError } from "./api";
import type { WorkerClock } from "./clock";
import type { Companion, Controller } from "./controller";
import type { BoardTab } from "./place";
import { Refresher } from "./refresher";
import type {
  Connection,
  Delivery,
  Item,
  QueueRow,
  RepresentativeRow,
  RoutingChange,
  Stamp,
  Target,
} from "./routing";
import type { Observation } from "./wishes";
import { isNewer, momentOf, queueIn, representativeIn, withRow } from "./work";

const QUEUES_REST_MS = 1_000;
const REPRESENTATIVES_REST_MS = 1_000;
const ITEMS_REST_MS = 500;
const WIRES_REST_MS = 1_000;
const SAMPLE_MS = 5_000;
const SAMPLES_MAX = 180;
const ITEMS_MAX = 100;

/** What a queue, or all of them, looked like at a moment. */
export interface Sample {
  at_ms: number;
  waiting: number;
  oldest_wait_ms: number;
}

export const EVERY_QUEUE = "";

export class Board implements Companion {
  queues: readonly QueueRow[] | null = null;
  representatives: readonly RepresentativeRow[] | null = null;
  /** Waiting items of the open queue in their order, or the items of the open representative. */
  items: readonly Item[] | null = null;
  itemsTotal = 0;
  /** What is served now of the open queue; empty for a representative, who has `items`. */
  served: readonly Item[] = [];
  deliveries: readonly Delivery[] | null = null;
  connections: readonly Connection[] | null = null;
  /** Why the board cannot be shown. */
  failure: string | null = null;
  deliveryState = "dead";
  /** Grows with everything that changes here. */
  revision = 0;
  private openTab: BoardTab = "queues";
  private openRow: string | null = null;
  private isShown = false;
  private queuesStamp: Stamp | undefined;
  private representativesStamp: Stamp | undefined;
  private readonly samples = new Map<string, Sample[]>();
  private sampler: ReturnType<typeof setInterval> | undefined;
  private readonly api: Api;
  private readonly queueFetch = new Refresher(() => this.loadQueues(), QUEUES_REST_MS);
  private readonly representativeFetch = new Refresher(
    () => this.loadRepresentatives(),
    REPRESENTATIVES_REST_MS,
  );
  private readonly itemFetch = new Refresher(() => this.loadItems(), ITEMS_REST_MS);
  private readonly wireFetch = new Refresher(() => this.loadWires(), WIRES_REST_MS);

  constructor(
    private readonly controller: Controller,
    private readonly clock: WorkerClock,
    private readonly draw: () => void,
  ) {
    this.api = controller.api;
    controller.join(this);
  }

  /** Show a tab, and the items of one of its rows beside it. */
  show(tab: BoardTab, row: string | null): void {
    const isFirst = !this.isShown || tab !== this.openTab;
    const isOther = isFirst || row !== this.openRow;
    if (isOther) [this.items, this.served] = [null, []];
    this.openTab = tab;
    this.openRow = row;
    this.isShown = true;
    this.sampler ??= setInterval(() => this.sample(), SAMPLE_MS);
    if (this.controller.desk.connection.kind !== "live") return;
    if (isFirst) this.fetchTab();
    if (isOther && row !== null) void this.itemFetch.now();
  }

  hide(): void {
    this.isShown = false;
    clearInterval(this.sampler);
    this.sampler = undefined;
    for (const fetch of this.fetches()) fetch.stop();
  }

  hello(): void {
    if (!this.isShown) return;
    this.fetchTab();
    if (this.openRow !== null) void this.itemFetch.now();
  }

  routing(change: RoutingChange): void {
    if (!this.isShown) return;
    if (change.processor === "handoff") {
      if (this.openTab === "deliveries") this.wireFetch.ask();
      return;
    }
    const queue = queueIn(change.value);
    const representative = representativeIn(change.value);
    if (queue !== null) this.mergeQueue(queue, change);
    else if (representative !== null) this.mergeRepresentative(representative, change);
    else this.refetch();
  }

  /** Return what a queue looked like over the last minutes, oldest first. */
  past(queue: string): readonly Sample[] {
    return this.samples.get(queue) ?? [];
  }

  showDeliveries(state: string): void {
    this.deliveryState = state;
    this.deliveries = null;
    this.redraw();
    void this.wireFetch.now();
  }

  // Commands

  async assign(itemId: string, target: Target, isOverCapacity: boolean): Promise<void> {
    await this.command(`item:${itemId}`, () => this.api.assign(itemId, target, isOverCapacity));
  }

  async close(itemId: string, reason: string): Promise<void> {
    const given = { item_id: itemId, reason };
    await this.command(`item:${itemId}`, () => this.api.supervise("close", given));
  }

  async setPresence(representative: string, presence: string): Promise<void> {
    const given = { representative, presence };
    await this.command(`rep:${representative}`, () => this.api.supervise("presence", given));
  }

  async retry(deliveryId: string): Promise<void> {
    await this.command(`delivery:${deliveryId}`, () => this.api.retryDelivery(deliveryId));
  }

  async observe(verb: Observation, itemId: string): Promise<void> {
    await this.command(`item:${itemId}`, () => this.api.supervise(verb, { item_id: itemId }));
  }

  private async command(name: string, command: () => Promise<unknown>): Promise<void> {
    await this.controller.attempt(name, async () => {
      await command();
      this.itemFetch.ask();
    });
  }

  private redraw(): void {
    this.revision += 1;
    this.draw();
  }

  // Keeping it true

  private fetches(): Refresher[] {
    return [this.queueFetch, this.representativeFetch, this.itemFetch, this.wireFetch];
  }

  private fetchTab(): void {
    if (this.openTab === "queues") void this.queueFetch.now();
    else if (this.openTab === "representatives") void this.representativeFetch.now();
    else void this.wireFetch.now();
  }

  private refetch(): void {
    if (this.openTab === "queues") this.queueFetch.ask();
    else if (this.openTab === "representatives") this.representativeFetch.ask();
    if (this.openRow !== null) this.itemFetch.ask();
  }

  private mergeQueue(row: QueueRow, change: RoutingChange): void {
    if (this.queues === null || !isNewer(change, this.queuesStamp)) return;
    this.queues = withRow(this.queues, row, (other) => other.queue_id);
    if (row.queue_id === this.openRow) this.itemFetch.ask();
    this.redraw();
  }

  private mergeRepresentative(row: RepresentativeRow, change: RoutingChange): void {
    if (this.representatives === null || !isNewer(change, this.representativesStamp)) return;
    this.representatives = withRow(this.representatives, row, (other) => other.id);
    if (row.id === this.openRow) this.itemFetch.ask();
    this.redraw();
  }

  private async loadQueues(): Promise<void> {
    await this.load(async () => {
      const page = await this.api.queues();
      this.queues = page.items;
      this.queuesStamp = page.as_of;
      this.clock.observe(momentOf(page.as_of) ?? 0);
      if (this.past(EVERY_QUEUE).length === 0) this.sample();
    });
  }

  private async loadRepresentatives(): Promise<void> {
    await this.load(async () => {
      const page = await this.api.representatives();
      this.representatives = page.items;
      this.representativesStamp = page.as_of;
    });
  }

  private async loadItems(): Promise<void> {
    const [tab, row] = [this.openTab, this.openRow];
    if (row === null) return;
    await this.load(async () => {
      const limit = String(ITEMS_MAX);
      const [page, served] = await (tab === "queues"
        ? Promise.all([
            this.api.queueItems(row, ITEMS_MAX),
            this.api.items({ queue: row, state: "active", limit }),
          ])
        : Promise.all([this.api.items({ representative: row, limit }), null]));
      if (tab !== this.openTab || row !== this.openRow) return;
      this.items = page.items;
      this.served = served?.items ?? [];
      this.itemsTotal = page.total ?? page.items.length;
    });
  }

  private async loadWires(): Promise<void> {
    await this.load(async () => {
      const [connections, deliveries] = await Promise.all([
        this.api.connections(),
        this.api.deliveries(this.deliveryState),
      ]);
      this.connections = connections.items;
      this.deliveries = deliveries.items;
    });
  }

  private async load(fetch: () => Promise<void>): Promise<void> {
    try {
      await fetch();
      this.failure = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 0 && error.status !== 503) this.failure = error.message;
    }
    this.redraw();
  }

  /** Note how things stand; a wait goes on by itself, so no answer is needed for that. */
  private sample(): void {
    if (this.queues === null || this.controller.desk.connection.kind !== "live") return;
    const nowMs = this.clock.nowMs();
    const every: Sample = { at_ms: nowMs, waiting: 0, oldest_wait_ms: 0 };
    for (const row of this.queues) {
      const oldest = oldestWaitMs(row, nowMs) ?? 0;
      every.waiting += row.waiting;
      every.oldest_wait_ms = Math.max(every.oldest_wait_ms, oldest);
      this.keep(row.queue_id, { at_ms: nowMs, waiting: row.waiting, oldest_wait_ms: oldest });
    }
    this.keep(EVERY_QUEUE, every);
    this.redraw();
  }

  private keep(queue: string, sample: Sample): void {
    const samples = [...(this.samples.get(queue) ?? []), sample];
    this.samples.set(queue, samples.slice(-SAMPLES_MAX));
  }
}

/** Return how long the one waits who waits longest; null while nobody does. */
export function oldestWaitMs(row: QueueRow, nowMs: number): number | null {
  return row.oldest_since_ms === null ? null : Math.max(0, nowMs - row.oldest_since_ms);
}
