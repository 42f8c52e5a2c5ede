/** The list of conversations: mine or all visible, newest activity first. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import type { ConversationView, Scope } from "../contracts";
import type { Controller, Desk } from "../controller";
import { concerns, isEnded, isWaiting, lastActivityMs } from "../desk";
import { icons } from "../icons";
import { shared } from "../styles/shared";
import { ago, channelName, initials, span } from "../words";

@customElement("cs-conversations")
export class Conversations extends LitElement {
  @property({ attribute: false }) controller!: Controller;
  @property({ attribute: false }) desk!: Desk;
  @property({ type: Number }) nowMs = 0;
  @state() private isNaming = false;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }

      header {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 56px;
        padding: 0 8px 0 16px;
      }

      h2 {
        flex: 1;
        font-size: 14px;
        font-weight: 650;
      }

      .tabs {
        display: flex;
        gap: 2px;
        margin: 0 12px 8px;
        padding: 3px;
        border-radius: 8px;
        background: var(--sunken);
      }

      .tabs button {
        flex: 1;
        min-height: 28px;
        border-color: transparent;
        background: transparent;
        color: var(--ink-soft);
        font-size: 13px;
      }

      .tabs button[aria-pressed="true"] {
        background: var(--raised);
        color: var(--ink);
        box-shadow: var(--shadow);
      }

      .count {
        color: var(--ink-soft);
        font-weight: 450;
        font-variant-numeric: tabular-nums;
      }

      .list {
        flex: 1;
        min-height: 0;
        padding: 2px 8px 12px;
      }

      .row {
        position: relative;
        gap: 10px;
        justify-content: start;
        width: 100%;
        min-height: 0;
        margin-bottom: 2px;
        padding: 9px 10px 9px 12px;
        border-color: transparent;
        border-radius: 8px;
        background: transparent;
        font-weight: 400;
        text-align: left;
        white-space: normal;
      }

      .row[aria-current="true"],
      .row[aria-current="true"]:hover:not(:disabled) {
        background: var(--accent-wash);
      }

      .row[aria-current="true"]::before {
        content: "";
        position: absolute;
        inset: 10px auto 10px 0;
        width: 3px;
        border-radius: 3px;
        background: var(--accent);
      }

      .row:focus-visible {
        outline-offset: -2px;
      }

      .words {
        flex: 1;
        min-width: 0;
      }

      .line {
        display: flex;
        gap: 8px;
        align-items: center;
      }

      .face {
        flex: none;
        display: grid;
        place-items: center;
        width: 34px;
        height: 34px;
        border-radius: 50%;
        background: var(--sunken);
        box-shadow: inset 0 0 0 1px var(--line);
        color: var(--ink-soft);
        font-size: 12px;
        font-weight: 600;
      }

      .name,
      .preview {
        flex: 1;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .name {
        font-weight: 550;
      }

      .unread .name {
        font-weight: 700;
      }

      .preview {
        color: var(--ink-soft);
        font-size: 13px;
      }

      .unread .preview {
        color: var(--ink);
      }

      .time {
        color: var(--ink-soft);
        font-size: 12px;
        line-height: 21px;
        font-variant-numeric: tabular-nums;
      }

      .waiting {
        color: var(--warn-ink);
        font-weight: 600;
      }

      .marks {
        display: flex;
        align-items: center;
        gap: 6px;
      }

      .dot {
        width: 9px;
        height: 9px;
        border-radius: 50%;
        background: var(--accent);
      }

      .tag {
        padding: 0 6px;
        border-radius: 20px;
        background: var(--sunken);
        color: var(--ink-soft);
        font-size: 11px;
        line-height: 18px;
      }

      .tag.intent {
        max-width: 108px;
        overflow: hidden;
        background: var(--accent-wash);
        color: var(--accent-ink);
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .partial {
        margin: 0 4px 8px;
        padding: 6px 10px;
        border-radius: 8px;
        background: var(--warn-wash);
        color: var(--warn-ink);
        font-size: 13px;
      }

      .empty {
        display: grid;
        gap: 6px;
        justify-items: center;
        padding: 40px 20px;
        color: var(--ink-soft);
        text-align: center;
      }

      .empty svg {
        width: 28px;
        height: 28px;
        opacity: 0.7;
      }

      @container console (815px <= width < 1000px) {
        .face {
          display: none;
        }
      }

      footer {
        display: flex;
        align-items: center;
        min-height: 40px;
        padding: 0 16px;
        border-top: 1px solid var(--line);
      }

      label {
        display: flex;
        align-items: center;
        gap: 8px;
        color: var(--ink-soft);
        font-size: 13px;
        cursor: pointer;
      }

      input[type="checkbox"] {
        width: 15px;
        height: 15px;
        margin: 0;
        accent-color: var(--accent);
      }

      form {
        display: flex;
        gap: 6px;
        margin: 0 12px 8px;
      }

      form input {
        flex: 1;
        min-width: 0;
        padding: 4px 10px;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-small);
        background: var(--surface);
      }

      .more {
        width: 100%;
        margin-top: 4px;
      }

      .bone {
        height: 52px;
        margin: 4px 4px 8px;
        border-radius: 8px;
        background: var(--sunken);
      }
    `,
  ];

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get("desk");
    if (before && before.selected !== this.desk.selected) {
      const row = this.renderRoot.querySelector<HTMLElement>('[aria-current="true"]');
      row?.scrollIntoView({ block: "nearest" });
      const focused = (this.renderRoot as ShadowRoot).activeElement;
      if (focused?.classList.contains("row")) row?.focus();
    }
    if (this.isNaming) this.renderRoot.querySelector<HTMLInputElement>("form input")?.focus();
  }

  protected override render(): TemplateResult {
    const rows = this.controller.shown();
    const { me, isListLoaded, busy } = this.desk;
    return html`
      <header>
        <h2 id="title">Conversations</h2>
        ${me?.is_development
          ? html`<button
              class="quiet icon"
              title="New test conversation"
              aria-label="New test conversation"
              aria-expanded=${this.isNaming}
              @click=${() => (this.isNaming = !this.isNaming)}
            >
              ${icons.plus}
            </button>`
          : nothing}
      </header>
      ${this.isNaming ? this.naming() : nothing}
      <div class="tabs" role="group" aria-label="Which conversations">
        ${this.tab("mine", "Mine")} ${this.tab("visible", "All")}
      </div>
      <nav class="list scroll" aria-labelledby="title">
        ${this.desk.isListComplete
          ? nothing
          : html`<p class="partial">A part of the conversations cannot be asked for just now.</p>`}
        ${!isListLoaded ? this.bones() : rows.length === 0 ? this.empty() : nothing}
        <ul>
          ${repeat(
            isListLoaded ? rows : [],
            (row) => row.conversation_id,
            (row) => html`<li>${this.row(row)}</li>`,
          )}
        </ul>
        ${isListLoaded && this.controller.goesOn()
          ? html`<button
              class="quiet more"
              ?disabled=${busy.has("more:")}
              @click=${() => this.controller.more()}
            >
              Show older
            </button>`
          : nothing}
      </nav>
      <footer>
        <label>
          <input
            type="checkbox"
            .checked=${this.desk.showsEnded}
            @change=${(event: Event) =>
              this.controller.showEnded((event.target as HTMLInputElement).checked)}
          />
          Show ended
        </label>
      </footer>
    `;
  }

  private tab(scope: Scope, words: string): TemplateResult {
    const { conversations, hasMore, me, isListLoaded } = this.desk;
    let count = 0;
    for (const row of conversations.values()) {
      if (!isEnded(row) && (scope === "visible" || concerns(me?.user ?? "", row))) count += 1;
    }
    return html`<button
      aria-pressed=${this.desk.scope === scope}
      @click=${() => this.controller.choose(scope)}
    >
      ${words}
      ${isListLoaded
        ? html`<span class="count">${count}${hasMore[scope] ? "+" : ""}</span>`
        : nothing}
    </button>`;
  }

  private row(row: ConversationView): TemplateResult {
    const { selected, seen } = this.desk;
    const isSelected = row.conversation_id === selected;
    const isUnread = !isSelected && row.turns > (seen.get(row.conversation_id) ?? 0);
    const name = row.customer_name ?? row.customer_id ?? row.conversation_id;
    return html`<button
      class="row ${isUnread ? "unread" : ""}"
      data-conversation=${row.conversation_id}
      aria-current=${isSelected ? "true" : "false"}
      @click=${() => this.open(row.conversation_id)}
    >
      <span class="face" aria-hidden="true">${initials(name)}</span>
      <span class="words">
        <span class="line"><span class="name">${name}</span> ${this.time(row)}</span>
        <span class="line">
          <span class="preview">${row.preview || channelName(row.channel)}</span>
          <span class="marks">
            ${row.intent_name
              ? html`<span class="tag intent" title="What it is about" data-intent-name>${row.intent_name}</span>`
              : nothing}
            ${isEnded(row) ? html`<span class="tag">Ended</span>` : nothing}
            ${isUnread ? html`<span class="dot"></span><span class="unseen">Unread</span>` : nothing}
          </span>
        </span>
      </span>
    </button>`;
  }

  private time(row: ConversationView): TemplateResult {
    if (isWaiting(row)) {
      const where = row.owner_kind === "bot" ? "with the bot" : "waiting";
      return html`<span class="time ${where === "waiting" ? "waiting" : ""}" title="Nobody has accepted yet">
        <span class="unseen">${where} for</span> ${span(this.nowMs - row.opened_at_ms)}
      </span>`;
    }
    return html`<span class="time" title="Last activity">
      ${ago(this.nowMs - lastActivityMs(row))}
    </span>`;
  }

  private naming(): TemplateResult {
    return html`<form @submit=${this.openTest}>
      <input
        name="customer"
        aria-label="Customer's name"
        placeholder="Customer's name"
        autocomplete="off"
        maxlength="80"
        required
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === "Escape") this.isNaming = false;
        }}
      />
      <button class="primary" ?disabled=${this.desk.busy.has("open:")}>Open</button>
    </form>`;
  }

  private openTest(event: SubmitEvent): void {
    event.preventDefault();
    const name = String(new FormData(event.target as HTMLFormElement).get("customer")).trim();
    if (!name) return;
    this.isNaming = false;
    void this.controller.openTest(name);
  }

  private open(id: string): void {
    this.controller.select(id);
    this.dispatchEvent(new CustomEvent("open-conversation", { bubbles: true, composed: true }));
  }

  private empty(): TemplateResult {
    const { scope, me } = this.desk;
    return html`<div class="empty">
      ${icons.inbox}
      <p>${scope === "mine" ? "No conversation is yours right now." : "No open conversations."}</p>
      ${scope === "mine"
        ? html`<button class="quiet" @click=${() => this.controller.choose("visible")}>
            Look at all of them
          </button>`
        : me?.is_development
          ? html`<p class="small">Open a test conversation with the plus above.</p>`
          : nothing}
    </div>`;
  }

  private bones(): TemplateResult {
    return html`<div role="status">
      <span class="unseen">Loading conversations</span>
      ${[1, 2, 3, 4].map(() => html`<div class="bone"></div>`)}
    </div>`;
  }
}
