/** Under a conversation's head: who owns it, and what its representative can do with it. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { icons } from "../icons";
import type { Item, Offer } from "../routing";
import { shared } from "../styles/shared";
import { isAsked, observedAs, observing, secondsLeft, shareLeft, waitedMs } from "../work";
import { wish } from "../wishes";
import { span, stateName } from "../words";
import type { Workplace } from "../workplace";
import { ring, ringStyles } from "./ring";

@customElement("cs-work")
export class Work extends LitElement {
  @property({ attribute: false }) workplace!: Workplace;
  @property({ attribute: false }) item: Item | undefined;
  @property({ attribute: false }) offer: Offer | undefined;
  /** Somebody else's item, for a supervisor. */
  @property({ attribute: false }) watched: Item | null = null;
  @property() user = "";
  @property({ type: Boolean }) isBusy = false;
  @property({ type: Number }) nowMs = 0;

  static override styles = [
    shared,
    ringStyles,
    css`
      .strip {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px;
        padding: 6px 16px 6px 24px;
        border-bottom: 1px solid var(--line);
        background: var(--surface);
        font-size: 13px;
      }

      .offered {
        background: var(--accent-wash);
      }

      .words {
        flex: 1;
        min-width: 140px;
        color: var(--ink-soft);
      }

      .words b {
        color: var(--ink);
        font-weight: 600;
      }

      button {
        min-height: 28px;
        padding: 2px 10px;
        font-size: 13px;
      }

      @media (width < 1100px) {
        .strip {
          padding-left: 16px;
        }
      }
    `,
  ];

  protected override render(): TemplateResult | typeof nothing {
    if (this.offer !== undefined) return this.offered(this.offer);
    if (this.item === undefined && this.watched) return this.supervised(this.watched);
    const item = this.item;
    if (item === undefined || item.state === "closed") return nothing;
    return html`<div class="strip" data-work=${item.state} role="group" aria-label="Work on this conversation">
      <p class="words" data-ownership>
        <b>${isAsked(item) ? `Asked by ${item.representative_id ?? "a colleague"}` : stateName(item.state)}</b>
        ${item.queue_name ?? item.queue ? html` · ${item.queue_name ?? item.queue}` : nothing} · waited
        ${span(waitedMs(item, this.nowMs))} · epoch ${item.ownership_epoch}
        ${item.consult.length > 0 ? html` · with ${item.consult.join(", ")} consulted` : nothing}
        ${item.closes_at_ms !== null && item.state !== "active"
          ? html` · closes in ${span(item.closes_at_ms - this.nowMs)}`
          : nothing}
      </p>
      ${this.actions(item)}
    </div>`;
  }

  private offered(offer: Offer): TemplateResult {
    const seconds = secondsLeft(offer.deadline_ms, this.nowMs);
    return html`<div class="strip offered" role="group" aria-label="This conversation is offered to you">
      ${ring(shareLeft(offer, this.nowMs), seconds)}
      <p class="words"><b>Offered to you</b> by ${offer.queue_name ?? offer.queue}</p>
    </div>`;
  }

  /** Somebody else serves it; a supervisor may watch and take part. */
  private supervised(item: Item): TemplateResult | typeof nothing {
    if (item.state === "closed") return nothing;
    const how = observedAs(item, this.user);
    const others = item.observers.length - (how === null ? 0 : 1);
    return html`<div
      class="strip"
      data-supervised=${how ?? ""}
      role="group"
      aria-label="Supervise this conversation"
    >
      <p class="words">
        <b>${how === "join" ? "You take part" : how === "monitor" ? "You read along" : stateName(item.state)}</b>
        · ${item.queue_name ?? item.queue} · with ${item.representative_id ?? "nobody"}${others > 0
          ? html` · ${others} more read along`
          : nothing}
      </p>
      ${this.button("why", "Why?", () => wish(this, { kind: "why", item }))}
      ${observing(item, this.user).map(
        ({ verb, words, title }) => html`<button
          data-verb=${verb}
          title=${title}
          ?disabled=${this.isBusy}
          @click=${() => this.workplace.observe(verb, item.item_id)}
        >
          ${words}
        </button>`,
      )}
      ${this.button("assign", "Assign…", () => wish(this, { kind: "assign", item }))}
    </div>`;
  }

  private actions(item: Item): TemplateResult {
    if (isAsked(item)) {
      return this.button("end_consult", "I am done", () => this.endConsult(item, this.user));
    }
    const why = item.decision_id === null ? nothing : this.button("why", "Why me?", () => wish(this, { kind: "why", item }));
    const transfer = this.button("transfer", "Transfer…", () => wish(this, { kind: "transfer", item }));
    const release = this.button("release", "Release", () => this.act("release", item));
    switch (item.state) {
      case "active":
        return html`${why}
          ${item.consult.map((asked) =>
            this.button("end_consult", `End consult with ${asked}`, () => this.endConsult(item, asked)),
          )}
          ${this.button("consult", "Consult…", () => wish(this, { kind: "consult", item }))}
          ${transfer} ${release}
          ${SYNCHRONOUS.has(item.channel)
            ? nothing
            : this.button("wait", "Wait for the customer", () => this.act("wait", item))}`;
      case "waiting":
        return html`${why} ${transfer}
        ${this.button("resume", "Resume", () => this.act("resume", item), "primary")}`;
      case "wrap_up":
        return html`${why}
        ${this.button("close", "Done", () => this.act("close", item), "primary")}`;
      case "open":
        return html`${this.button("pick", "Pick", () => this.act("pick", item), "primary")}`;
      default:
        return html`${why}`;
    }
  }

  private button(verb: string, words: string, act: () => void, style = ""): TemplateResult {
    return html`<button class=${style} data-verb=${verb} title=${TITLES[verb] ?? nothing} ?disabled=${this.isBusy} @click=${act}>
      ${verb === "transfer" ? icons.move : verb === "why" ? icons.why : nothing}${words}
    </button>`;
  }

  private act(verb: string, item: Item): void {
    void this.workplace.act(verb, item.item_id);
  }

  private endConsult(item: Item, asked: string): void {
    void this.workplace.act("end_consult", item.item_id, { representative: asked });
  }
}

const TITLES: Record<string, string> = {
  release: "Give it back to its queue",
  end_consult: "Go on without whom you asked",
};

/** On these the customer is there, so there is nothing to wait for. */
const SYNCHRONOUS = new Set(["live_chat", "voice"]);
