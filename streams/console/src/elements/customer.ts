/** What a customer sees: a chat window, for demonstrations and tests. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { unsafeHTML } from "lit/directives/unsafe-html.js";

import type { ConversationView, TurnView } from "../contracts";
import type { Controller, Desk } from "../controller";
import { type CustomerSide, standingOf } from "../customer";
import { type Detail, isEnded } from "../desk";
import { icons } from "../icons";
import { hashOf } from "../place";
import { shared } from "../styles/shared";
import { turnHtml } from "../text";
import { clock, initials } from "../words";

@customElement("cs-customer")
export class CustomerView extends LitElement {
  @property({ attribute: false }) side!: CustomerSide;
  @property({ attribute: false }) controller!: Controller;
  @property({ attribute: false }) desk!: Desk;
  @property({ attribute: false }) conversation: ConversationView | undefined;
  @property({ attribute: false }) detail!: Detail;
  @property({ type: Number }) nowMs = 0;
  /** What the side's own count of changes had reached. */
  @property({ type: Number }) revision = 0;
  @state() private text = "";

  static override styles = [
    shared,
    css`
      :host {
        flex: 1;
        display: grid;
        place-items: center;
        min-height: 0;
        padding: 8px;
      }

      .window {
        display: flex;
        flex-direction: column;
        width: min(430px, 100%);
        height: min(720px, 100%);
        border: 1px solid var(--line);
        border-radius: 18px;
        background: var(--surface);
        box-shadow: var(--shadow-high);
        overflow: hidden;
      }

      header {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 68px;
        padding: 10px 12px 10px 18px;
        background: var(--accent);
        color: var(--on-accent);
      }

      .face {
        display: grid;
        place-items: center;
        width: 40px;
        height: 40px;
        flex: none;
        border-radius: 50%;
        background: var(--on-accent);
        color: var(--accent);
        font-weight: 700;
      }

      .face svg {
        width: 22px;
        height: 22px;
      }

      .who {
        flex: 1;
        min-width: 0;
      }

      h2 {
        font-size: 15px;
        font-weight: 650;
        line-height: 1.3;
      }

      .who p {
        font-size: 12.5px;
      }

      header button {
        border-color: currentColor;
        background: transparent;
        color: inherit;
      }

      header button:hover:not(:disabled) {
        background: color-mix(in srgb, var(--on-accent) 16%, transparent);
      }

      header :focus-visible {
        outline-color: var(--on-accent);
      }

      .turns {
        flex: 1;
        display: flex;
        flex-direction: column;
        min-height: 0;
        padding: 14px 16px;
        background: var(--sunken);
      }

      .turns::before {
        content: "";
        flex: 1;
      }

      article {
        display: flex;
        flex-direction: column;
        align-items: flex-start;
        margin-top: 10px;
      }

      article.mine {
        align-items: flex-end;
      }

      .by {
        margin: 0 6px 2px;
        color: var(--ink-soft);
        font-size: 12px;
      }

      .bubble {
        max-width: 84%;
        padding: 8px 13px;
        border: 1px solid var(--line);
        border-radius: 4px 16px 16px 16px;
        background: var(--surface);
        overflow-wrap: anywhere;
      }

      .mine .bubble {
        border-color: transparent;
        border-radius: 16px 4px 16px 16px;
        background: var(--accent);
        color: var(--on-accent);
      }

      .mine .bubble a {
        color: inherit;
      }

      .bubble :is(p, ul, ol) {
        margin: 0 0 6px;
      }

      .bubble :is(p, ul, ol):last-child {
        margin-bottom: 0;
      }

      .bubble :is(ul, ol) {
        padding-left: 18px;
        list-style: revert;
      }

      .pending {
        opacity: 0.7;
      }

      .fate {
        margin: 2px 6px 0;
        color: var(--bad-ink);
        font-size: 12px;
      }

      .note {
        margin: 14px auto 4px;
        max-width: 88%;
        color: var(--ink-soft);
        font-size: 12.5px;
        text-align: center;
      }

      .queue {
        display: flex;
        align-items: center;
        gap: 10px;
        padding: 9px 16px;
        border-bottom: 1px solid var(--line);
        background: var(--warn-wash);
        color: var(--warn-ink);
        font-size: 13px;
      }

      .queue b {
        font-weight: 650;
      }

      .write {
        display: flex;
        align-items: flex-end;
        gap: 8px;
        padding: 10px 12px;
        border-top: 1px solid var(--line);
      }

      textarea {
        flex: 1;
        min-width: 0;
        min-height: 40px;
        max-height: 140px;
        padding: 9px 14px;
        border: 1px solid var(--line-strong);
        border-radius: 20px;
        background: var(--surface);
        resize: none;
        field-sizing: content;
      }

      .write button {
        width: 40px;
        min-height: 40px;
        padding: 0;
        border-radius: 50%;
      }

      .start {
        display: grid;
        gap: 14px;
        align-content: start;
        padding: 22px 20px;
        overflow-y: auto;
      }

      .start label {
        display: grid;
        gap: 4px;
        font-size: 13px;
        font-weight: 550;
      }

      .start :is(input, select) {
        min-height: 40px;
        padding: 6px 12px;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius);
        background: var(--surface);
        color: inherit;
        font: inherit;
        font-weight: 400;
      }

      .start button {
        min-height: 42px;
        border-radius: var(--radius);
      }

      .over {
        display: grid;
        gap: 10px;
        justify-items: center;
        padding: 16px;
        border-top: 1px solid var(--line);
        color: var(--ink-soft);
        text-align: center;
      }
    `,
  ];

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("detail") && !changed.has("conversation")) return;
    const turns = this.renderRoot.querySelector(".turns");
    if (turns) turns.scrollTop = turns.scrollHeight;
  }

  protected override render(): TemplateResult {
    return html`<section class="window" aria-label="The customer's chat window">
      ${this.conversation === undefined ? this.welcome() : this.chat(this.conversation)}
    </section>`;
  }

  // Before

  private welcome(): TemplateResult {
    const { bots, failure } = this.side;
    const published = bots?.filter((bot) => bot.is_published) ?? [];
    const isBusy = this.desk.busy.has("begin:");
    return html`
      <header>
        <span class="face" aria-hidden="true">${icons.wave}</span>
        <div class="who"><h2>Hello!</h2><p>We usually answer at once.</p></div>
      </header>
      <form class="start" @submit=${this.begin}>
        <label>Your name<input name="customer" autocomplete="off" maxlength="80" required value="Mia Keller" /></label>
        <label>
          Talk to
          <select name="bot" data-bots=${bots === null ? "loading" : "loaded"}>
            ${published.map(
              (bot, at) => html`<option value=${bot.bot_id} ?selected=${at === 0}>${bot.name} (bot)</option>`,
            )}
            <option value="" ?selected=${published.length === 0}>A person</option>
          </select>
        </label>
        <label>
          Language
          <select name="locale">
            ${LOCALES.map(([code, words]) => html`<option value=${code}>${words}</option>`)}
          </select>
        </label>
        ${failure ? html`<p role="alert">${failure}</p>` : nothing}
        <button class="primary" ?disabled=${isBusy || bots === null}>
          ${isBusy ? "One moment…" : "Start chat"}
        </button>
        <p class="soft small">
          This is the customer's side, for demonstrations and tests. Open the desk in another tab to
          answer.
        </p>
      </form>
    `;
  }

  private begin(event: SubmitEvent): void {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const given = {
      bot_id: String(data.get("bot")) || null,
      customer_name: String(data.get("customer")).trim(),
      locale: String(data.get("locale")),
    };
    void this.side.begin(given).then((id) => {
      if (id !== null) location.hash = hashOf({ view: "customer", conversation: id });
    });
  }

  // The chat

  private chat(row: ConversationView): TemplateResult {
    const { turns, pending } = this.detail;
    const seen = turns.filter((turn) => turn.visibility !== "private");
    const said = pending.filter((turn) => turn.author === "customer");
    return html`
      ${this.head(row)} ${this.queue(row)}
      <div class="turns scroll" role="log" aria-label="Chat" tabindex="0">
        ${repeat(seen, (turn) => turn.number, (turn) => this.turn(turn, row))}
        ${repeat(
          said,
          (turn) => turn.turn_id,
          (turn) => html`<article class="mine pending">
            <div class="bubble">${unsafeHTML(turnHtml(turn.text, "plain"))}</div>
            ${turn.failure === null
              ? nothing
              : html`<div class="fate" role="alert">
                  ${turn.isFinal ? "Not delivered." : "Not sent."} ${turn.failure}
                  ${turn.isFinal
                    ? nothing
                    : html`<button
                        class="quiet"
                        @click=${() => this.controller.send(row.conversation_id, turn.turn_id)}
                      >
                        Try again
                      </button>`}
                </div>`}
          </article>`,
        )}
      </div>
      ${isEnded(row) ? this.over() : this.writing(row)}
    `;
  }

  private head(row: ConversationView): TemplateResult {
    const who = this.partner(row);
    const isBot = row.owner_kind === "bot";
    const isBusy = this.desk.busy.has(`end:${row.conversation_id}`);
    return html`<header>
      <span class="face" aria-hidden="true">
        ${isBot ? icons.bot : row.owner_kind === "representative" ? initials(who) : icons.wave}
      </span>
      <div class="who">
        <h2 data-partner>${who}</h2>
        <p role="status">${this.standing(row)}</p>
      </div>
      ${isEnded(row)
        ? nothing
        : html`<button data-verb="leave" ?disabled=${isBusy} @click=${() => this.side.leave(row.conversation_id)}>
            End chat
          </button>`}
    </header>`;
  }

  private partner(row: ConversationView): string {
    if (row.owner_kind === "bot") {
      const id = row.owner_id ?? row.bot_id ?? "";
      return this.side.bots?.find((bot) => bot.bot_id === id)?.name ?? (id || "Assistant");
    }
    if (row.owner_kind === "representative") return row.owner_name ?? row.owner_id ?? "A colleague";
    return "Customer service";
  }

  private standing(row: ConversationView): string {
    if (isEnded(row)) return "This chat is over";
    if (row.owner_kind === "bot") return "Automatic assistant";
    if (row.owner_kind === "representative") return "Is here for you";
    return "Looking for a colleague for you…";
  }

  private queue(row: ConversationView): TemplateResult | typeof nothing {
    if (row.owner_kind !== "queue" || isEnded(row)) return nothing;
    const { place, wait } = standingOf(this.detail.turns);
    if (place === null && wait === null) return nothing;
    return html`<p class="queue" role="status" data-queue-notice>
      ${place === null ? nothing : html`<b data-place>${place}</b>`}
      ${wait === null ? nothing : html`<span data-wait>${wait}</span>`}
    </p>`;
  }

  private turn(turn: TurnView, row: ConversationView): TemplateResult {
    if (turn.author === "system") {
      return html`<p class="note" data-turn=${turn.turn_id}>${turn.text}</p>`;
    }
    const isMine = turn.author === "customer";
    const bot = this.side.bots?.find(({ bot_id }) => bot_id === (turn.author_id ?? row.bot_id));
    const name = turn.author_name ?? (turn.author === "bot" ? bot?.name ?? "Assistant" : turn.author_id ?? "");
    return html`<article
      class=${isMine ? "mine" : ""}
      data-turn=${turn.turn_id}
      data-author=${turn.author}
    >
      ${isMine ? nothing : html`<span class="by">${name} · ${clock(turn.occurred_at_ms, this.nowMs)}</span>`}
      <div class="bubble">${unsafeHTML(turnHtml(turn.text, turn.text_format))}</div>
    </article>`;
  }

  private writing(row: ConversationView): TemplateResult {
    return html`<form class="write" @submit=${(event: SubmitEvent) => this.submitted(event, row)}>
      <textarea
        rows="1"
        maxlength="8000"
        aria-label="Message"
        placeholder="Write a message…"
        .value=${this.text}
        @input=${(event: Event) => (this.text = (event.target as HTMLTextAreaElement).value)}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          this.say(row);
        }}
      ></textarea>
      <button class="primary" aria-label="Send" ?disabled=${this.text.trim() === ""}>${icons.send}</button>
    </form>`;
  }

  private over(): TemplateResult {
    return html`<div class="over">
      <p>This chat is over. Thank you!</p>
      <button
        @click=${() => {
          location.hash = hashOf({ view: "customer", conversation: null });
        }}
      >
        Start another one
      </button>
    </div>`;
  }

  private submitted(event: SubmitEvent, row: ConversationView): void {
    event.preventDefault();
    this.say(row);
  }

  private say(row: ConversationView): void {
    const text = this.text.trim();
    if (text === "") return;
    this.text = "";
    void this.controller.say(row.conversation_id, text, "customer", "public");
  }
}

const LOCALES: readonly [string, string][] = [
  ["en-US", "English"],
  ["de-DE", "Deutsch"],
  ["fr-FR", "Français"],
  ["ja-JP", "日本語"],
];
