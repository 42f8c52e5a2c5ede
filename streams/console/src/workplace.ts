/** A representative's work: presence, offers and items, kept true by the feed, and what to do with them. */

import { type Api, ApiError } from "./api";
import type { WorkerClock } from "./clock";
import type { ConversationView } from "./contracts";
import type { Companion, Controller } from "./controller";
import { isEnded, isRouted } from "./desk";
import { recall, remember } from "./memory";
import { Refresher } from "./refresher";
import type { DeskAnswer, Item, Offer, Presence, Target } from "./routing";
import { chime } from "./sound";
import type { Observation } from "./wishes";
import { inboxOf, momentOf, newOffers, observedAs, type Inbox, NO_WORK } from "./work";
import { presenceName, spokenSpan } from "./words";

const REST_MS = 150;
const WATCH_REST_MS = 500;

export class Workplace implements Companion {
  /** Null until it was asked for, or when the worker has no routing. */
  desk: DeskAnswer | null = null;
  inbox: Inbox = NO_WORK;
  /** Offers that were there when the page was loaded are not announced as new. */
  private isLoaded = false;
  hasSound = recall<boolean>("sound", false);
  /** The item of a conversation that a supervisor reads along; null while there is none. */
  watched: Item | null = null;
  private watchedId: string | null = null;
  private readonly refresher = new Refresher(() => this.load(), REST_MS);
  private readonly watchFetch = new Refresher(() => this.loadWatched(), WATCH_REST_MS);
  private readonly api: Api;

  constructor(
    private readonly controller: Controller,
    readonly clock: WorkerClock,
    private readonly redraw: () => void,
  ) {
    this.api = controller.api;
    this.api.onStamp = (atMs) => clock.observe(atMs);
    controller.join(this);
  }

  hello(): void {
    this.clock.reset();
    void this.refresher.now();
    if (this.watchedId !== null) void this.watchFetch.now();
  }

  changed(conversationId: string): void {
    if (conversationId === this.watchedId) this.watchFetch.ask();
  }

  /** The conversation that is open now; a supervisor sees what routing knows of somebody else's. */
  watch(row: ConversationView | undefined): void {
    const me = this.controller.desk.me;
    const isSupervisor = me !== null && me.roles.some((role) => role === "supervisor" || role === "admin");
    const isOthers =
      row?.owner_kind === "representative" && row.owner_id !== me?.user && isRouted(row) && !isEnded(row);
    const id = isSupervisor && isOthers ? row.conversation_id : null;
    if (id === this.watchedId) return;
    this.watchedId = id;
    this.watched = null;
    if (id !== null) void this.watchFetch.now();
  }

  /** Return whether I take part in a conversation of somebody else. */
  isJoined(id: string): boolean {
    const { watched } = this;
    if (watched?.item_id !== id) return false;
    return observedAs(watched, this.controller.desk.me?.user ?? "") === "join";
  }

  routing(): void {
    this.refresher.ask();
  }

  /** Return the item of a conversation if it is mine, in whatever state. */
  item(id: string | null): Item | undefined {
    return this.desk?.items.find((item) => item.item_id === id);
  }

  offer(itemId: string | null): Offer | undefined {
    return this.desk?.offers.find((offer) => offer.item_id === itemId);
  }

  isBusy(name: string): boolean {
    return this.controller.desk.busy.has(name);
  }

  useSound(hasSound: boolean): void {
    this.hasSound = hasSound;
    remember("sound", hasSound);
    if (hasSound) chime();
    this.redraw();
  }

  // Commands

  async bePresent(presence: Presence): Promise<void> {
    await this.controller.attempt("presence:", async () => {
      const isConnected = this.desk?.representative?.is_connected ?? true;
      if (!isConnected && presence !== "offline") await this.api.connect(true);
      await this.api.bePresent(presence);
      await this.controller.until(() => this.desk?.representative?.base_presence === presence);
    });
  }

  async connect(isConnected: boolean): Promise<void> {
    await this.controller.attempt("presence:", async () => {
      await this.api.connect(isConnected);
      await this.controller.until(() => this.desk?.representative?.is_connected === isConnected);
    });
  }

  /** Accept an offer; return whether the item is mine now. */
  async accept(offer: Offer): Promise<boolean> {
    await this.answer("accept", offer);
    const isMine = this.item(offer.item_id) !== undefined;
    if (!isMine && this.desk !== null && this.offer(offer.item_id) === undefined) {
      this.controller.notify(`The offer of ${nameOf(offer.item)} was over already.`, true);
    }
    return isMine;
  }

  async decline(offer: Offer): Promise<void> {
    await this.answer("decline", offer);
  }

  /** Carry out `verb`; done when the item has changed or is no longer here. */
  async act(verb: string, itemId: string, given: Target | object = {}): Promise<boolean> {
    const before = JSON.stringify(this.item(itemId) ?? null);
    let isDone = false;
    await this.controller.attempt(`item:${itemId}`, async () => {
      await this.api.act(verb, itemId, given);
      isDone = true;
      await this.controller.until(() => JSON.stringify(this.item(itemId) ?? null) !== before);
    });
    return isDone;
  }

  async observe(verb: Observation, itemId: string): Promise<void> {
    await this.controller.attempt(`item:${itemId}`, async () => {
      await this.api.supervise(verb, { item_id: itemId });
      await this.watchFetch.now();
    });
  }

  private async answer(verb: "accept" | "decline", offer: Offer): Promise<void> {
    await this.controller.attempt(`offer:${offer.offer_id}`, async () => {
      await this.api.answerOffer(verb, offer.item_id, offer.offer_id);
      const isGone = (): boolean =>
        !(this.desk?.offers.some((other) => other.offer_id === offer.offer_id) ?? false);
      await this.controller.until(isGone);
    });
  }

  // Keeping it true

  private async load(): Promise<void> {
    if (!(this.controller.desk.me?.roles.includes("representative") ?? false)) return;
    try {
      this.take(await this.api.desk());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // No routing here, or none for this user: the desk works without.
      if (error.status === 404 || error.status === 403) this.take(null);
      else if (error.status !== 0 && error.status !== 401 && error.status !== 503) {
        this.controller.notify(error.message, true);
      }
    }
  }

  private async loadWatched(): Promise<void> {
    const id = this.watchedId;
    if (id === null) return;
    const item = await this.api.item(id).catch((error: unknown) => {
      if (error instanceof ApiError) return null;
      throw error;
    });
    if (id !== this.watchedId) return;
    this.watched = item;
    this.redraw();
  }

  private take(desk: DeskAnswer | null): void {
    const before = this.desk;
    this.clock.observe(momentOf(desk?.as_of) ?? 0);
    this.desk = desk;
    this.inbox = inboxOf(desk);
    if (desk !== null && this.isLoaded) this.tell(before, desk);
    this.isLoaded = true;
    this.controller.settle();
    this.redraw();
  }

  private tell(before: DeskAnswer | null, after: DeskAnswer): void {
    const offers = newOffers(before, after);
    const first = offers[0];
    if (first !== undefined) {
      const leftMs = first.deadline_ms - this.clock.nowMs();
      const more = offers.length > 1 ? ` And ${offers.length - 1} more.` : "";
      const where = first.queue_name ?? first.queue;
      this.controller.tell(
        `New offer: ${nameOf(first.item)}, ${where}. ${spokenSpan(leftMs)} to accept.${more}`,
      );
      if (this.hasSound) chime();
      return;
    }
    const [was, is] = [before?.representative, after.representative];
    if (was && is && was.presence !== is.presence && is.is_automatic) {
      this.controller.tell(`You are ${presenceName(is.presence)} now.`);
    }
  }
}

export function nameOf(item: Item): string {
  return item.customer_name ?? item.item_id;
}
