/** The customer's side of a conversation: beginning one, where it stands in the queue, leaving. */

import { type Api, ApiError } from "./api";
import type { Companion, Controller } from "./controller";
import { isEnded } from "./desk";
import { Refresher } from "./refresher";
import type { Bot, Item } from "./routing";

const ITEM_REST_MS = 500;
/** Further back than this a place in the queue is not looked for. */
const AHEAD_MAX = 100;

export class CustomerSide implements Companion {
  /** Null until they were asked for. */
  bots: readonly Bot[] | null = null;
  /** What routing knows of the conversation; null while nobody has to find a representative. */
  item: Item | null = null;
  failure: string | null = null;
  /** Grows with everything that changes here. */
  revision = 0;
  private conversation: string | null = null;
  private isShown = false;
  private readonly api: Api;
  private readonly itemFetch = new Refresher(() => this.loadItem(), ITEM_REST_MS);

  constructor(
    private readonly controller: Controller,
    private readonly draw: () => void,
  ) {
    this.api = controller.api;
    controller.join(this);
  }

  show(conversation: string | null): void {
    const isOther = !this.isShown || conversation !== this.conversation;
    this.isShown = true;
    this.conversation = conversation;
    if (!isOther) return;
    this.item = null;
    if (this.controller.desk.connection.kind === "live") this.hello();
  }

  hide(): void {
    this.isShown = false;
    this.itemFetch.stop();
  }

  hello(): void {
    if (!this.isShown) return;
    if (this.bots === null) void this.loadBots();
    void this.itemFetch.now();
  }

  routing(): void {
    // What happens to others says nothing to a customer.
  }

  /** Routing tells the customer where they stand, so what is said is what one looks again for. */
  changed(conversationId: string): void {
    if (this.isShown && conversationId === this.conversation) this.itemFetch.ask();
  }

  /** Begin a conversation; return its id once it can be read. */
  async begin(given: { bot_id: string | null; customer_name: string; locale: string }): Promise<string | null> {
    let begun: string | null = null;
    await this.controller.attempt("begin:", async () => {
      const { conversation_id: id } = await this.api.begin(given);
      await this.controller.until(() => this.controller.desk.conversations.has(id));
      begun = id;
    });
    return begun;
  }

  async leave(id: string): Promise<void> {
    await this.controller.attempt(`end:${id}`, async () => {
      await this.api.leave(id);
      await this.controller.until(() => {
        const row = this.controller.desk.conversations.get(id);
        return row === undefined || isEnded(row);
      });
    });
  }

  private redraw(): void {
    this.revision += 1;
    this.draw();
  }

  private async loadBots(): Promise<void> {
    try {
      this.bots = (await this.api.bots()).items;
      this.failure = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404 || error.status === 403) this.bots = [];
      else if (error.status !== 503) this.failure = error.message;
    }
    this.redraw();
  }

  /** Return an item's place in its queue, as far as one may look. */
  private async positionOf(item: Item): Promise<number | null> {
    if (item.state !== "open" || !item.queue) return null;
    const { items } = await this.api.queueItems(item.queue, AHEAD_MAX);
    return items.find((other) => other.item_id === item.item_id)?.position ?? null;
  }

  private async loadItem(): Promise<void> {
    const id = this.conversation;
    const row = id === null ? undefined : this.controller.desk.conversations.get(id);
    // Only what waits in a queue has a place in it; asking about others would be refused.
    if (id === null || row?.owner_kind !== "queue") {
      this.item = null;
      this.redraw();
      return;
    }
    try {
      const item = await this.api.item(id);
      const position = item.position ?? (await this.positionOf(item));
      if (id === this.conversation) this.item = { ...item, position };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.item = null;
    }
    this.redraw();
  }
}
