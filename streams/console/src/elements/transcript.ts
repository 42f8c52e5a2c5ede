/** What was said: customer on the left, our side on the right, notes and the system in between. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { unsafeHTML } from "lit/directives/unsafe-html.js";

import type { ConversationView, TurnView } from "../contracts";
import type { Controller } from "../controller";
import type { Detail, PendingTurn } from "../desk";
import { icons } from "../icons";
import { shared } from "../styles/shared";
import { turnHtml } from "../text";
import { clock, moment, spoken } from "../words";

type Line =
  | { kind: "turn"; key: string; turn: TurnView; isContinued: boolean }
  | { kind: "mark"; key: string; sentence: string; atMs: number };

@customElement("cs-transcript")
export class Transcript extends LitElement {
  @property({ attribute: false }) controller!: Controller;
  @property({ attribute: false }) conversation: ConversationView | undefined;
  @property({ attribute: false }) detail!: Detail;
  @property({ type: Number }) nowMs = 0;
  @state() private unseenBelow = 0;
  private isAtEnd = true;

  static override styles = [
    shared,
    css`
      :host {
        position: relative;
        display: flex;
        flex-direction: column;
        min-height: 0;
      }

      .turns {
        flex: 1;
        min-height: 0;
        padding: 20px 24px 12px;
      }

      .turns > div {
        max-width: 760px;
        margin: 0 auto;
      }

      .turn {
        display: flex;
        flex-direction: column;
        align-items: flex-start;
        margin-top: 14px;
      }

      .turn.continued {
        margin-top: 3px;
      }

      .turn.ours {
        align-items: flex-end;
      }

      .who {
        display: flex;
        align-items: center;
        gap: 6px;
        margin: 0 4px 3px;
        color: var(--ink-soft);
        font-size: 12px;
      }

      .who b {
        color: var(--ink);
        font-weight: 600;
      }

      .who svg {
        width: 13px;
        height: 13px;
      }

      .bubble {
        max-width: min(84%, 560px);
        padding: 8px 13px;
        border: 1px solid var(--line);
        border-radius: 4px 14px 14px 14px;
        background: var(--surface);
        overflow-wrap: anywhere;
      }

      .continued .bubble {
        border-radius: 14px;
      }

      .ours .bubble {
        border-color: transparent;
        border-radius: 14px 4px 14px 14px;
        background: var(--accent-wash);
      }

      .ours.continued .bubble {
        border-radius: 14px;
      }

      .bot .bubble {
        border: 1px dashed var(--line-strong);
        background: transparent;
      }

      .private .bubble {
        border: 1px solid color-mix(in srgb, var(--warn) 45%, transparent);
        background: var(--warn-wash);
      }

      .private .who {
        color: var(--warn-ink);
      }

      .bubble :is(p, ul, ol, blockquote, pre) {
        margin: 0 0 6px;
      }

      .bubble :is(p, ul, ol, blockquote, pre):last-child {
        margin-bottom: 0;
      }

      .bubble ul,
      .bubble ol {
        padding-left: 20px;
        list-style: revert;
      }

      .bubble blockquote {
        padding-left: 10px;
        border-left: 3px solid var(--line-strong);
        color: var(--ink-soft);
      }

      .bubble pre {
        overflow-x: auto;
      }

      .bubble code {
        font: 12.5px var(--font-mono);
      }

      .pending .bubble {
        opacity: 0.65;
      }

      .failed .bubble {
        border: 1px solid var(--bad);
        background: var(--bad-wash);
        opacity: 1;
      }

      .fate {
        display: flex;
        align-items: center;
        gap: 4px;
        margin: 2px 4px 0;
        color: var(--ink-soft);
        font-size: 12px;
      }

      .failed .fate {
        color: var(--bad-ink);
      }

      .fate button {
        min-height: 24px;
        padding: 0 8px;
        font-size: 12px;
      }

      .mark {
        display: flex;
        align-items: center;
        gap: 12px;
        margin: 18px 0 6px;
        color: var(--ink-soft);
        font-size: 12px;
        text-align: center;
      }

      .mark::before,
      .mark::after {
        content: "";
        flex: 1;
        height: 1px;
        background: var(--line);
      }

      .mark span {
        max-width: 78%;
      }

      .below {
        position: absolute;
        bottom: 12px;
        left: 50%;
        transform: translateX(-50%);
        border-radius: 20px;
        box-shadow: var(--shadow-high);
      }

      .nothing {
        padding: 48px 0;
        color: var(--ink-soft);
        text-align: center;
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("conversation");
    if (before?.conversation_id !== this.conversation?.conversation_id && changed.has("conversation")) {
      this.isAtEnd = true;
      this.unseenBelow = 0;
    }
    const old = changed.get("detail");
    if (old?.isLoaded && !this.isAtEnd) {
      this.unseenBelow += Math.max(0, this.detail.turns.length - old.turns.length);
    }
  }

  protected override updated(): void {
    if (!this.isAtEnd) return;
    const box = this.box();
    if (box) box.scrollTop = box.scrollHeight;
  }

  protected override render(): TemplateResult {
    const { turns, pending, isLoaded } = this.detail;
    return html`
      <div
        class="turns scroll"
        tabindex="0"
        role="log"
        aria-label="Transcript"
        aria-live="off"
        @scroll=${this.scrolled}
      >
        <div>
          ${repeat(
            this.lines(turns),
            (line) => line.key,
            (line) => (line.kind === "turn" ? this.turn(line.turn, line.isContinued) : this.mark(line)),
          )}
          ${repeat(pending, (turn) => turn.turn_id, (turn) => this.pendingTurn(turn))}
          ${turns.length + pending.length > 0
            ? nothing
            : html`<p class="nothing">${isLoaded ? "Nothing has been said yet." : "Loading…"}</p>`}
        </div>
      </div>
      ${this.unseenBelow > 0
        ? html`<button class="below primary" @click=${this.toEnd}>
            ${this.unseenBelow} new below
          </button>`
        : nothing}
    `;
  }

  /** Return the turns with the marks of the conversation's own life between them. */
  private lines(turns: readonly TurnView[]): Line[] {
    const marks = this.marks(turns);
    const lines: Line[] = [];
    let handoff = this.handoffMark(turns);
    let before: TurnView | undefined;
    for (const turn of turns) {
      if (handoff !== null && turn.number > (this.detail.handoff?.turns ?? 0)) {
        lines.push(handoff);
        handoff = null;
        before = undefined;
      }
      while (marks[0] && marks[0].atMs < atMs(turn)) {
        lines.push(marks.shift() as Line);
        before = undefined;
      }
      lines.push({
        kind: "turn",
        key: `turn:${turn.number}`,
        turn,
        isContinued: before !== undefined && continues(before, turn),
      });
      before = turn;
    }
    return handoff === null ? [...lines, ...marks] : [...lines, handoff, ...marks];
  }

  /** Return the line between the bot's part and what came after it. */
  private handoffMark(turns: readonly TurnView[]): Line | null {
    const { handoff } = this.detail;
    if (handoff === null) return null;
    const last = turns.findLast((turn) => turn.number <= handoff.turns);
    const reason = handoff.reason ? `: ${spoken(handoff.reason).toLowerCase()}` : "";
    const sentence = `Handed over by ${handoff.bot_id ?? "the bot"}${reason}`;
    return { kind: "mark", key: "handoff", sentence, atMs: last ? atMs(last) : 0 };
  }

  private marks(turns: readonly TurnView[]): (Line & { kind: "mark" })[] {
    const row = this.conversation;
    if (!row) return [];
    const marks: (Line & { kind: "mark" })[] = [];
    if (row.accepted_at_ms !== null) {
      const name = row.owner_name ?? row.owner_id ?? "a representative";
      const accepted = row.accepted_at_ms;
      const wasBot = this.detail.handoff === null && turns.some((turn) => turn.author === "bot" && atMs(turn) <= accepted);
      const sentence = wasBot
        ? `Handed over by the bot · ${name} accepted`
        : `${name} accepted the conversation`;
      marks.push({ kind: "mark", key: "accepted", sentence, atMs: accepted });
    }
    if (row.ended_at_ms !== null) {
      marks.push({ kind: "mark", key: "ended", sentence: "Conversation ended", atMs: row.ended_at_ms });
    }
    return marks;
  }

  private turn(turn: TurnView, isContinued: boolean): TemplateResult {
    if (turn.author === "system") {
      return html`<div class="mark" data-turn=${turn.turn_id}>
        <span>${turn.text} · ${clock(turn.occurred_at_ms, this.nowMs)}</span>
      </div>`;
    }
    const isPrivate = turn.visibility === "private";
    const isOurs = turn.author !== "customer";
    return html`<article
      class="turn ${turn.author} ${isOurs ? "ours" : ""} ${isPrivate ? "private" : ""} ${isContinued
        ? "continued"
        : ""}"
      data-turn=${turn.turn_id}
      data-author=${turn.author}
    >
      ${isContinued
        ? nothing
        : html`<div class="who">
            ${isPrivate ? icons.lock : nothing}
            <b>${this.speaker(turn)}</b>
            ${isPrivate ? html`<span>Private note</span>` : nothing}
            ${turn.author === "bot" ? html`<span>Bot</span>` : nothing}
            <time title=${moment(turn.occurred_at_ms)}>${clock(turn.occurred_at_ms, this.nowMs)}</time>
          </div>`}
      <div class="bubble">${unsafeHTML(turnHtml(turn.text, turn.text_format))}</div>
    </article>`;
  }

  private pendingTurn(turn: PendingTurn): TemplateResult {
    const id = this.conversation?.conversation_id ?? "";
    const isOurs = turn.author !== "customer";
    return html`<article
      class="turn pending ${isOurs ? "ours" : ""} ${turn.visibility === "private" ? "private" : ""}
        ${turn.failure === null ? "" : "failed"}"
      data-pending=${turn.turn_id}
    >
      <div class="bubble">${unsafeHTML(turnHtml(turn.text, "plain"))}</div>
      ${turn.failure === null
        ? html`<div class="fate">Sending…</div>`
        : html`<div class="fate" role="alert">
            ${turn.isFinal ? "Not delivered." : "Not sent."} ${turn.failure}
            ${turn.isFinal
              ? nothing
              : html`<button @click=${() => this.controller.send(id, turn.turn_id)}>Try again</button>`}
            <button class="quiet" @click=${() => this.controller.discard(id, turn.turn_id)}>
              Discard
            </button>
          </div>`}
    </article>`;
  }

  private speaker(turn: TurnView): string {
    if (turn.author_name) return turn.author_name;
    if (turn.author === "customer") return this.conversation?.customer_name ?? "Customer";
    const me = this.controller.desk.me;
    if (turn.author === "bot") return turn.author_id ?? "Bot";
    if (me && turn.author_id === me.user) return me.name || me.user;
    return turn.author_id ?? "Representative";
  }

  private mark(line: Line & { kind: "mark" }): TemplateResult {
    return html`<div class="mark" data-mark=${line.key}>
      <span>${line.sentence}${line.atMs > 0 ? html` · ${clock(line.atMs, this.nowMs)}` : nothing}</span>
    </div>`;
  }

  private box(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".turns");
  }

  private scrolled(): void {
    const box = this.box();
    if (!box) return;
    this.isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    if (this.isAtEnd) this.unseenBelow = 0;
  }

  private toEnd(): void {
    this.isAtEnd = true;
    this.unseenBelow = 0;
    this.requestUpdate();
  }
}

/** Return when a turn was let in, which is the clock that acceptance and end are told by, too. */
function atMs(turn: TurnView): number {
  return turn.recorded_at_ms || turn.occurred_at_ms;
}

function continues(before: TurnView, turn: TurnView): boolean {
  return (
    before.author === turn.author &&
    before.author_id === turn.author_id &&
    before.author_name === turn.author_name &&
    before.visibility === turn.visibility &&
    turn.occurred_at_ms - before.occurred_at_ms < 120_000
  );
}
