/** The assist panel: recommendations newest on top, and in words why there are none. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import type { ConversationView, RecommendationView } from "../contracts";
import { concerns, type Detail, isEnded, isServedBy } from "../desk";
import { icons } from "../icons";
import { shared } from "../styles/shared";
import { ago, kindName } from "../words";
import type { LinkUse } from "./recommendation";
import "./recommendation";

@customElement("cs-assist")
export class Assist extends LitElement {
  @property({ attribute: false }) conversation: ConversationView | undefined;
  @property({ attribute: false }) detail!: Detail;
  @property() user = "";
  @property({ type: Number }) nowMs = 0;
  /** Where the focus goes once a card has left. */
  private focusAt: number | null = null;

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
        padding: 0 16px;
      }

      header svg {
        color: var(--accent-ink);
      }

      h2 {
        flex: 1;
        font-size: 14px;
        font-weight: 650;
      }

      .count {
        color: var(--ink-soft);
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }

      .list {
        flex: 1;
        min-height: 0;
        padding: 2px 12px 16px;
      }

      li {
        margin-bottom: 10px;
        border-radius: var(--radius);
      }

      .none {
        margin-bottom: 10px;
        padding: 11px 14px;
        border: 1px dashed var(--line-strong);
        border-radius: var(--radius);
        color: var(--ink-soft);
        font-size: 13px;
      }

      .none b {
        color: var(--ink);
        font-weight: 600;
      }

      .empty {
        display: grid;
        gap: 8px;
        justify-items: center;
        padding: 40px 16px;
        color: var(--ink-soft);
        text-align: center;
        text-wrap: balance;
      }

      .empty svg {
        width: 28px;
        height: 28px;
        opacity: 0.7;
      }
    `,
  ];

  /** Return the recommendations as they are shown: without those on their way out. */
  shown(): RecommendationView[] {
    const { recommendations, leaving } = this.detail;
    return recommendations.filter((row) => !leaving.has(row.recommendation_id));
  }

  /** Return the recommendation that has the focus. */
  focused(): RecommendationView | undefined {
    const item = this.renderRoot.querySelector<HTMLElement>("li:focus-within");
    return this.shown().find((row) => row.recommendation_id === item?.dataset.recommendation);
  }

  /** Focus the card `step` places from the focused one; the newest when none is. */
  move(step: number): void {
    const items = this.items();
    const at = items.findIndex((item) => item.matches(":focus-within"));
    const to = at < 0 ? 0 : Math.min(items.length - 1, Math.max(0, at + step));
    items[to]?.focus();
  }

  /** Remember where the focus belongs when the card that has it goes away. */
  keepFocus(): void {
    const at = this.items().findIndex((item) => item.matches(":focus-within"));
    if (at >= 0) this.focusAt = at;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.focusAt === null || !changed.has("detail")) return;
    const items = this.items();
    const next = items[Math.min(this.focusAt, items.length - 1)];
    if (next) next.focus();
    else this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
    this.focusAt = null;
  }

  protected override render(): TemplateResult {
    const rows = this.shown();
    return html`
      <header>
        ${icons.spark}
        <h2 id="title" tabindex="-1">Recommendations</h2>
        ${rows.length > 0 ? html`<span class="count">${rows.length}</span>` : nothing}
      </header>
      <section class="list scroll" aria-labelledby="title">
        ${this.nothingFound()}
        <ol>
          ${repeat(
            rows,
            (row) => row.recommendation_id,
            (row) => html`<li tabindex="0" data-recommendation=${row.recommendation_id}>
              <cs-recommendation
                .recommendation=${row}
                .isFresh=${this.detail.fresh.has(row.recommendation_id)}
                .linkUse=${this.linkUse()}
                .isDismissable=${this.conversation !== undefined && concerns(this.user, this.conversation)}
                .nowMs=${this.nowMs}
              ></cs-recommendation>
            </li>`,
          )}
        </ol>
        ${rows.length === 0 && this.detail.nothingFound.length === 0 ? this.empty() : nothing}
      </section>
    `;
  }

  private linkUse(): LinkUse {
    const row = this.conversation;
    if (!row) return "none";
    if (row.channel === "voice") return "copy";
    return isServedBy(this.user, row) && !isEnded(row) ? "insert" : "copy";
  }

  private items(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>("li[data-recommendation]")];
  }

  private nothingFound(): TemplateResult[] {
    return this.detail.nothingFound.map(
      (row) => html`<p class="none" data-nothing=${row.kind}>
        <b>${kindName(row.kind)}: nothing found.</b> ${row.reason}
        <span class="soft">· ${ago(this.nowMs - row.at_ms)}</span>
      </p>`,
    );
  }

  private empty(): TemplateResult {
    return html`<div class="empty">${icons.spark}<p>${this.whyEmpty()}</p></div>`;
  }

  private whyEmpty(): string {
    const row = this.conversation;
    if (!row) return "Open a conversation to see what is recommended for it.";
    if (!this.detail.isLoaded) return "Loading…";
    if (row.channel === "record") return "Nothing is recommended for work on a record.";
    if (isEnded(row)) return "This conversation has ended; nothing is recommended any more.";
    if (row.accepted_at_ms === null) {
      return "Recommendations start once the conversation is accepted and you have said something.";
    }
    const hasSpoken = this.detail.turns.some(
      (turn) => turn.author === "representative" && turn.visibility === "public",
    );
    if (!hasSpoken) return "Recommendations start after your first message to the customer.";
    return "Nothing to recommend yet. New ones appear here while the customer writes.";
  }
}
