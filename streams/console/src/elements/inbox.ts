/** Offers with their countdown on top, then what is mine: active, to pick, waiting, wrap-up. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { icons } from "../icons";
import type { Item, Offer } from "../routing";
import { shared } from "../styles/shared";
import { type Inbox as Work, NO_WORK, secondsLeft, shareLeft, waitedMs } from "../work";
import { wish } from "../wishes";
import { channelName, initials, span, stateName } from "../words";
import { nameOf, type Workplace } from "../workplace";
import { ring, ringStyles } from "./ring";

@customElement("cs-inbox")
export class Inbox extends LitElement {
  @property({ attribute: false }) workplace!: Workplace;
  @property({ attribute: false }) work: Work = NO_WORK;
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  @property({ type: Boolean }) hasSound = false;
  @property() selected: string | null = null;
  /** The worker's clock. */
  @property({ type: Number }) nowMs = 0;
  /** Where the focus goes once an offer has left. */
  private focusAt: number | null = null;

  static override styles = [
    shared,
    ringStyles,
    css`
      :host {
        max-height: 62%;
        padding-bottom: 6px;
        border-bottom: 1px solid var(--line);
        overflow-y: auto;
        scrollbar-width: thin;
      }

      header {
        display: flex;
        align-items: center;
        min-height: 48px;
        padding: 0 8px 0 16px;
      }

      h2 {
        flex: 1;
        font-size: 14px;
        font-weight: 650;
      }

      h3 {
        margin: 8px 16px 2px;
        color: var(--ink-soft);
        font-size: 12px;
        font-weight: 600;
      }

      .offer {
        display: grid;
        gap: 8px;
        margin: 0 10px 8px;
        padding: 10px;
        border: 1px solid var(--accent);
        border-radius: var(--radius);
        background: var(--accent-wash);
      }

      .line {
        display: flex;
        align-items: center;
        gap: 10px;
        min-width: 0;
      }

      .words {
        flex: 1;
        min-width: 0;
      }

      .words > * {
        display: block;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .offer b,
      .row b {
        font-weight: 600;
      }

      .offer .words span {
        color: var(--ink-soft);
        font-size: 12px;
      }

      .offer button {
        flex: 1;
      }

      .message {
        overflow-wrap: anywhere;
        font-size: 13px;
      }

      .row {
        display: flex;
        gap: 10px;
        width: calc(100% - 16px);
        min-height: 40px;
        margin: 1px 8px;
        padding: 4px 8px;
        border-color: transparent;
        background: transparent;
        font-weight: 400;
        text-align: left;
      }

      .row[aria-current="true"] {
        background: var(--accent-wash);
      }

      .row .words span {
        color: var(--ink-soft);
        font-size: 12px;
        line-height: 1.3;
      }

      .face {
        display: grid;
        place-items: center;
        width: 26px;
        height: 26px;
        flex: none;
        border-radius: 50%;
        background: var(--accent-wash);
        color: var(--accent-ink);
        font-size: 11px;
        font-weight: 650;
      }

      .time {
        color: var(--ink-soft);
        font-size: 12px;
        font-variant-numeric: tabular-nums;
      }

      .tag {
        padding: 0 8px;
        border-radius: 20px;
        background: var(--warn-wash);
        color: var(--warn-ink);
        font-size: 12px;
        white-space: nowrap;
      }

      .none {
        padding: 0 16px 10px;
        color: var(--ink-soft);
        font-size: 13px;
      }
    `,
  ];

  /** Focus the offer that ends first; return whether there is one. */
  focusOffer(): boolean {
    const first = this.offers()[0];
    first?.focus();
    return first !== undefined;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.focusAt === null || !changed.has("work")) return;
    const offers = this.offers();
    const next = offers[Math.min(this.focusAt, offers.length - 1)];
    if (next) next.focus();
    else this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
    this.focusAt = null;
  }

  protected override render(): TemplateResult {
    const { offers, active, waiting, wrapUp, open, asked } = this.work;
    const isEmpty = [offers, active, waiting, wrapUp, open, asked].every((rows) => rows.length === 0);
    const { hasSound } = this;
    return html`
      <header>
        <h2 id="title" tabindex="-1">Inbox</h2>
        <button
          class="quiet icon"
          title="Sound for new offers: ${hasSound ? "on" : "off"}"
          aria-label="Sound for new offers"
          aria-pressed=${hasSound}
          @click=${() => this.workplace.useSound(!hasSound)}
        >
          ${hasSound ? icons.bell : icons.mute}
        </button>
      </header>
      <section aria-labelledby="title">
        <ol>
          ${repeat(offers, (offer) => offer.offer_id, (offer) => html`<li>${this.offer(offer)}</li>`)}
        </ol>
        ${isEmpty ? html`<p class="none">Nothing for you right now. Offers appear here.</p>` : nothing}
        ${this.group("Active", active)} ${this.group("Wrap-up", wrapUp)}
        ${this.group("Waiting for the customer", waiting)} ${this.group("To pick", open)}
        ${this.group("You are asked about", asked)}
      </section>
    `;
  }

  private offer(offer: Offer): TemplateResult {
    const { item } = offer;
    const name = nameOf(item);
    const where = offer.queue_name ?? offer.queue;
    const seconds = secondsLeft(offer.deadline_ms, this.nowMs);
    const isBusy = this.busy.has(`offer:${offer.offer_id}`);
    const isOver = seconds === 0;
    // The bot's private message is for whoever has accepted; its topic is not private.
    const topic = item.variables.va_LastTopic;
    return html`<div
      class="offer"
      role="group"
      tabindex="0"
      data-offer=${offer.item_id}
      data-offer-id=${offer.offer_id}
      aria-label="Offer: ${name}, ${where}, ${channelName(item.channel)}"
      aria-describedby="keys"
      @keydown=${(event: KeyboardEvent) => this.pressed(event, offer)}
    >
      <div class="line">
        <span class="words">
          <b>${name}</b>
          <span>${where} · ${channelName(item.channel)}</span>
          <span>waited ${span(waitedMs(item, this.nowMs))}</span>
        </span>
        ${ring(shareLeft(offer, this.nowMs), seconds)}
      </div>
      ${topic === undefined ? nothing : html`<p class="message">About: ${topic}</p>`}
      ${offer.is_automatic
        ? html`<p class="message" role="status">It comes to you by itself.</p>`
        : html`<div class="line">
            <button class="primary" data-verb="accept-offer" ?disabled=${isBusy || isOver} @click=${() => this.accept(offer)}>
              ${isOver ? "Time is up" : isBusy ? "One moment…" : "Accept"}
            </button>
            <button data-verb="decline-offer" ?hidden=${offer.can_decline === false} ?disabled=${isBusy || isOver} @click=${() => this.decline(offer)}>
              Decline
            </button>
          </div>`}
      <span class="unseen" id="keys">A accepts, D declines.</span>
    </div>`;
  }

  private group(words: string, items: readonly Item[]): TemplateResult | typeof nothing {
    if (items.length === 0) return nothing;
    return html`<h3>${words} <span class="soft">${items.length}</span></h3>
      <ul>
        ${repeat(items, (item) => item.item_id, (item) => html`<li>${this.row(item)}</li>`)}
      </ul>`;
  }

  private row(item: Item): TemplateResult {
    const name = nameOf(item);
    return html`<button
      class="row"
      data-item=${item.item_id}
      data-state=${item.state}
      aria-current=${item.item_id === this.selected ? "true" : "false"}
      @click=${() => wish(this, { kind: "open", item_id: item.item_id })}
    >
      <span class="face" aria-hidden="true">${initials(name)}</span>
      <span class="words">
        <b>${name}</b>
        <span>${item.queue_name ?? item.queue ?? stateName(item.state)} · ${channelName(item.channel)}</span>
      </span>
      ${this.time(item)}
    </button>`;
  }

  private time(item: Item): TemplateResult | typeof nothing {
    if (item.closes_at_ms !== null && (item.state === "wrap_up" || item.state === "waiting")) {
      return html`<span class="tag" title="Closes by itself">${span(item.closes_at_ms - this.nowMs)}</span>`;
    }
    const sinceMs = item.state === "wrap_up" ? item.wrap_up_at_ms : item.accepted_at_ms;
    if (sinceMs === null) return nothing;
    return html`<span class="time" title="Since it is ${stateName(item.state).toLowerCase()}">
      ${span(this.nowMs - sinceMs)}
    </span>`;
  }

  private pressed(event: KeyboardEvent, offer: Offer): void {
    if (event.ctrlKey || event.metaKey || event.altKey || offer.is_automatic) return;
    const at = this.work.offers.indexOf(offer);
    switch (event.key.toLowerCase()) {
      case "a":
        this.accept(offer);
        break;
      case "d":
        if (offer.can_decline !== false) this.decline(offer);
        break;
      case "arrowdown":
      case "j":
        this.offers()[at + 1]?.focus();
        break;
      case "arrowup":
      case "k":
        this.offers()[at - 1]?.focus();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  private accept(offer: Offer): void {
    void this.workplace.accept(offer).then((isMine) => {
      if (isMine) wish(this, { kind: "open", item_id: offer.item_id });
    });
  }

  private decline(offer: Offer): void {
    this.focusAt = this.work.offers.indexOf(offer);
    void this.workplace.decline(offer);
  }

  private offers(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>(".offer")];
  }
}
