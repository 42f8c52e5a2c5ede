/** One recommendation: the Adaptive Card, how sure the engine is, what matched, and two ways on. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { CardError, renderCard, type Rendered, type Wish } from "../card";
import type { RecommendationView } from "../contracts";
import { icons } from "../icons";
import { cardStyles } from "../styles/card";
import { shared } from "../styles/shared";
import { ago, kindName, moment, percent, wholePercent } from "../words";

/** What the recommendation asks of the page. */
export type RecommendationEvent =
  | { kind: "dismiss" | "why" | "touch"; recommendation: RecommendationView }
  | { kind: "wish"; recommendation: RecommendationView; wish: Wish };

/** What may be done with a link: put it into the reply, or only copied (voice). */
export type LinkUse = "insert" | "copy" | "none";

@customElement("cs-recommendation")
export class Recommendation extends LitElement {
  @property({ attribute: false }) recommendation!: RecommendationView;
  @property({ type: Boolean }) isFresh = false;
  @property({ type: Number }) nowMs = 0;
  @property() linkUse: LinkUse = "none";
  @property({ type: Boolean }) isDismissable = true;
  @state() private card: Rendered | null = null;
  @state() private failure: string | null = null;

  static override styles = [
    shared,
    cardStyles,
    css`
      article {
        position: relative;
        padding: 12px 14px 10px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--raised);
        box-shadow: var(--shadow);
        overflow: hidden;
        animation: arrive 220ms ease-out;
      }

      @keyframes arrive {
        from {
          opacity: 0;
          transform: translateY(-8px);
        }
      }

      article.fresh::before {
        content: "";
        position: absolute;
        inset: 0 auto 0 0;
        width: 3px;
        background: var(--accent);
      }

      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
        margin-bottom: 8px;
        color: var(--ink-soft);
        font-size: 12px;
      }

      .kind {
        flex: 1 0 auto;
        white-space: nowrap;
      }

      .score {
        display: inline-flex;
        align-items: center;
        gap: 5px;
        padding: 1px 8px;
        border-radius: 20px;
        background: var(--sunken);
        color: var(--ink-soft);
        font-weight: 600;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }

      .score.high {
        background: var(--good-wash);
        color: var(--good-ink);
      }

      .phrases {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 4px;
        margin-top: 10px;
        color: var(--ink-soft);
        font-size: 12px;
      }

      .phrases ul {
        display: contents;
      }

      .phrases li {
        padding: 0 7px;
        border: 1px solid var(--line);
        border-radius: 20px;
        color: var(--ink);
        line-height: 19px;
        overflow-wrap: anywhere;
      }

      .foot {
        display: flex;
        flex-wrap: wrap;
        gap: 0 2px;
        margin: 10px -14px -10px;
        padding: 4px 8px;
        border-top: 1px solid var(--line);
      }

      .foot button {
        min-height: 28px;
        padding: 2px 8px;
        font-size: 13px;
      }

      .plain {
        display: grid;
        gap: 4px;
      }

      .plain b {
        font-weight: 600;
      }

      .plain .failure {
        color: var(--warn-ink);
        font-size: 12px;
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("recommendation");
    if (changed.has("recommendation") && !isSameCard(before, this.recommendation)) this.draw();
  }

  protected override render(): TemplateResult {
    const row = this.recommendation;
    return html`<article
      class=${this.isFresh ? "fresh" : ""}
      aria-label="${row.title}, ${percent(row.score)}${row.is_highly_relevant ? ", highly relevant" : ""}"
      @click=${() => this.tell({ kind: "touch", recommendation: row })}
    >
      <div class="head">
        <span class="kind">
          ${kindName(row.kind)} ·
          <time title=${moment(row.issued_at_ms)}>${ago(this.nowMs - row.issued_at_ms)}</time>
        </span>
        <span class="score ${row.is_highly_relevant ? "high" : ""}" title="Confidence of the match">
          ${percent(row.score)}${row.is_highly_relevant ? html` · highly relevant` : nothing}
        </span>
      </div>
      ${this.card?.element ?? this.plain()}
      ${row.key_phrases.length > 0
        ? html`<div class="phrases">
            <span id="matched">Matched</span>
            <ul aria-labelledby="matched">
              ${row.key_phrases.map((phrase) => html`<li>${phrase}</li>`)}
            </ul>
          </div>`
        : nothing}
      <div class="foot">
        <button class="quiet" data-verb="why" @click=${() => this.tell({ kind: "why", recommendation: row })}>
          ${icons.why} Why
        </button>
        ${this.linkButton()}
        ${this.isDismissable
          ? html`<button
              class="quiet"
              data-verb="dismiss"
              @click=${() => this.tell({ kind: "dismiss", recommendation: row })}
            >
              ${icons.close} Dismiss
            </button>`
          : nothing}
      </div>
    </article>`;
  }

  private linkButton(): TemplateResult | typeof nothing {
    const link = this.card?.link ?? null;
    if (link === null || this.linkUse === "none") return nothing;
    const kind = this.linkUse;
    return html`<button
      class="quiet"
      data-verb="link"
      @click=${() =>
        this.tell({ kind: "wish", recommendation: this.recommendation, wish: { kind, text: link } })}
    >
      ${icons.link} ${kind === "insert" ? "Insert" : "Copy"} link
    </button>`;
  }

  /** What this frame says in a card's own words. */
  private said(): string[] {
    const { kind, score, is_highly_relevant: isHigh, key_phrases: phrases } = this.recommendation;
    const sure = `${wholePercent(score)} %${isHigh ? " · highly relevant" : ""}`;
    return [`${kindName(kind)}${sure}`, `Why: ${phrases.join(", ")}`];
  }

  private plain(): TemplateResult {
    const { title, reason } = this.recommendation;
    return html`<div class="plain" data-plain>
      <b>${title}</b>
      <span class="soft">${reason}</span>
      <span class="failure">${this.failure}</span>
    </div>`;
  }

  private draw(): void {
    this.card = null;
    this.failure = null;
    try {
      this.card = renderCard(this.recommendation.card, this.said(), (wish) =>
        this.tell({ kind: "wish", recommendation: this.recommendation, wish }),
      );
    } catch (error) {
      this.failure = error instanceof CardError ? error.message : "The card cannot be drawn.";
    }
  }

  private tell(detail: RecommendationEvent): void {
    this.dispatchEvent(new CustomEvent("recommendation", { detail, bubbles: true, composed: true }));
  }
}

/** A refresh that changed only the score must not take the focus out of the card's buttons. */
function isSameCard(before: RecommendationView | undefined, now: RecommendationView): boolean {
  return before !== undefined && textOf(before.card) === textOf(now.card);
}

function textOf(card: unknown): string {
  return typeof card === "string" ? card : JSON.stringify(card);
}
