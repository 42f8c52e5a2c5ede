/** The customer's side of a conversation: beginning one, where it stands in the queue, leaving. */

import { type Api, ApiError } from "./api";
import type { Companion, Controller } from "./controller";
import type { TurnView } from "./contracts";
import { isEnded } from "./desk";
import type { Bot } from "./routing";

const NOTICE = /^notice-([a-z_]+)-/;
const WAIT = "average_wait_";

export class CustomerSide implements Companion {
  /** Null until they were asked for. */
  bots: readonly Bot[] | null = null;
  failure: string | null = null;
  /** Grows with everything that changes here. */
  revision = 0;
  private isShown = false;
  private readonly api: Api;

  constructor(
    private readonly controller: Controller,
    private readonly draw: () => void,
  ) {
    this.api = controller.api;
    controller.join(this);
  }

  show(): void {
    const isFirst = !this.isShown;
    this.isShown = true;
    if (isFirst && this.controller.desk.connection.kind === "live") this.hello();
  }

  hide(): void {
    this.isShown = false;
  }

  hello(): void {
    if (this.isShown && this.bots === null) void this.loadBots();
  }

  routing(): void {
    // What happens to others says nothing to a customer.
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
}

/** What a waiting customer was told last. */
export interface Standing {
  /** The place in the queue, or why it does not move. */
  place: string | null;
  /** How long it takes, as told when they began to wait. */
  wait: string | null;
}

/** Return what routing has told the customer since a bot or a representative last spoke. */
export function standingOf(turns: readonly TurnView[]): Standing {
  const spoke = turns.findLastIndex(
    ({ author, visibility }) => visibility === "public" && (author === "bot" || author === "representative"),
  );
  const told = turns
    .slice(spoke + 1)
    .filter(({ author, visibility }) => author === "system" && visibility === "public")
    .map(({ turn_id: id, text }) => ({ kind: NOTICE.exec(id)?.[1] ?? "", text }))
    .filter(({ kind }) => kind !== "");
  return {
    place: told.findLast(({ kind }) => !kind.startsWith(WAIT))?.text ?? null,
    wait: told.findLast(({ kind }) => kind.startsWith(WAIT))?.text ?? null,
  };
}
