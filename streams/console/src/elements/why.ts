/** Why a recommendation is there: the records that led to it and everything the run weighed. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { type Api, ApiError } from "../api";
import type { Candidate, Explanation, ExplainStep, RecommendationView } from "../contracts";
import { icons } from "../icons";
import { copied } from "../clipboard";
import { capitalized, moment, percent, verdictName } from "../words";
import { Sheet } from "./dialog";

const GOOD = new Set(["shown", "refreshed"]);

@customElement("cs-why")
export class Why extends Sheet {
  @property({ attribute: false }) api!: Api;
  @state() private recommendation: RecommendationView | null = null;
  @state() private explanation: Explanation | null = null;
  @state() private failure: string | null = null;
  @state() private isCopied = false;

  static override styles = [
    ...Sheet.sheetStyles,
    css`
      dialog {
        --sheet-width: 720px;
      }

      .reason {
        margin-bottom: 16px;
        color: var(--ink-soft);
      }

      h3 {
        margin: 20px 0 8px;
        color: var(--ink-soft);
        font-size: 12px;
        font-weight: 600;
      }

      .chain li {
        position: relative;
        padding: 0 0 14px 24px;
      }

      .chain li::before {
        content: "";
        position: absolute;
        top: 6px;
        left: 3px;
        width: 9px;
        height: 9px;
        border-radius: 50%;
        background: var(--accent);
      }

      .chain li:not(:last-child)::after {
        content: "";
        position: absolute;
        inset: 19px auto -2px 7px;
        width: 1px;
        background: var(--line-strong);
      }

      .step {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 10px;
        align-items: baseline;
      }

      .step b {
        font-weight: 600;
      }

      .where {
        margin-top: 2px;
        color: var(--ink-soft);
        font: 12px/1.5 var(--font-mono);
        overflow-wrap: anywhere;
      }

      details {
        margin-top: 4px;
        font-size: 13px;
      }

      summary {
        width: fit-content;
        color: var(--accent-ink);
        cursor: pointer;
        font-size: 12px;
      }

      pre {
        max-height: 260px;
        margin: 6px 0 0;
        padding: 10px 12px;
        overflow: auto;
        border-radius: 8px;
        background: var(--sunken);
        font: 12px/1.5 var(--font-mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }

      .table {
        overflow-x: auto;
      }

      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 13px;
      }

      th {
        padding: 4px 10px 6px 0;
        color: var(--ink-soft);
        font-size: 12px;
        font-weight: 500;
        text-align: left;
      }

      td {
        padding: 8px 10px 8px 0;
        border-top: 1px solid var(--line);
        vertical-align: top;
      }

      td:nth-child(2) {
        width: 96px;
        font-variant-numeric: tabular-nums;
      }

      meter {
        display: block;
        width: 72px;
        height: 6px;
        margin-top: 5px;
        border-radius: 6px;
        background: var(--sunken);
        appearance: none;
        overflow: hidden;
      }

      meter::-webkit-meter-inner-element {
        display: block;
        height: 6px;
      }

      meter::-webkit-meter-bar {
        height: 6px;
        border: 0;
        border-radius: 6px;
        background: var(--line);
      }

      meter::-webkit-meter-optimum-value {
        background: var(--line-strong);
      }

      .good meter::-webkit-meter-optimum-value {
        background: var(--good);
      }

      meter::-moz-meter-bar {
        background: var(--line-strong);
      }

      .good meter::-moz-meter-bar {
        background: var(--good);
      }

      .verdict {
        display: inline-block;
        padding: 0 8px;
        border-radius: 20px;
        background: var(--sunken);
        color: var(--ink-soft);
        font-size: 12px;
        line-height: 20px;
        white-space: nowrap;
      }

      .good .verdict {
        background: var(--good-wash);
        color: var(--good-ink);
      }

      .command {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 8px 12px 8px 20px;
        border-top: 1px solid var(--line);
        background: var(--sunken);
      }

      .command code {
        flex: 1;
        overflow-x: auto;
        font: 12px/1.6 var(--font-mono);
        white-space: nowrap;
      }

      .failure {
        padding: 12px 14px;
        border-radius: 8px;
        background: var(--bad-wash);
        color: var(--bad-ink);
      }
    `,
  ];

  /** Open the sheet and fetch what explains `recommendation`. */
  async explain(recommendation: RecommendationView): Promise<void> {
    this.recommendation = recommendation;
    this.explanation = null;
    this.failure = null;
    this.isCopied = false;
    this.show();
    const id = recommendation.recommendation_id;
    try {
      const explanation = await this.api.explain(id);
      if (this.recommendation.recommendation_id === id) this.explanation = explanation;
    } catch (error) {
      this.failure = error instanceof ApiError ? error.message : String(error);
    }
  }

  protected override heading(): string {
    return this.recommendation ? `Why “${this.recommendation.title}”?` : "Why?";
  }

  protected override body(): TemplateResult {
    const row = this.recommendation;
    if (!row) return html``;
    return html`
      <p class="reason">${row.reason}</p>
      ${this.failure
        ? html`<p class="failure" role="alert">${this.failure}</p>`
        : this.explanation
          ? this.explained(this.explanation)
          : html`<p class="soft" role="status">Reading the log…</p>`}
    `;
  }

  protected override foot(): TemplateResult | typeof nothing {
    return this.recommendation ? this.command(this.recommendation.recommendation_id) : nothing;
  }

  private explained({ chain, candidates }: Explanation): TemplateResult {
    return html`
      <h3>What happened</h3>
      <ol class="chain">
        ${chain.map((step) => this.step(step))}
      </ol>
      <h3>What was considered</h3>
      ${candidates.length > 0
        ? html`<div class="table" tabindex="0" role="region" aria-label="Candidates">
            <table>
              <thead>
                <tr>
                  <th scope="col">Candidate</th>
                  <th scope="col">Score</th>
                  <th scope="col">Verdict</th>
                </tr>
              </thead>
              <tbody>
                ${candidates.map((candidate) => this.candidate(candidate))}
              </tbody>
            </table>
          </div>`
        : html`<p class="soft">The record names no candidates.</p>`}
    `;
  }

  private step(step: ExplainStep): TemplateResult {
    const type = step.type.split(".").at(-1) ?? step.type;
    return html`<li data-step=${step.kind}>
      <div class="step">
        <b>${type}</b>
        ${step.at_ms === null ? nothing : html`<span class="soft small">${moment(step.at_ms)}</span>`}
      </div>
      <p>${capitalized(step.summary)}</p>
      ${step.topic === null
        ? nothing
        : html`<p class="where">${step.topic} · partition ${step.partition} · offset ${step.offset}</p>`}
      ${step.record == null
        ? nothing
        : html`<details>
            <summary>The record</summary>
            <pre>${JSON.stringify(step.record, null, 2)}</pre>
          </details>`}
    </li>`;
  }

  private candidate(candidate: Candidate): TemplateResult {
    const phrases = candidate.key_phrases.join(" · ");
    return html`<tr class=${GOOD.has(candidate.verdict) ? "good" : ""} data-candidate=${candidate.item_id}>
      <td>
        ${candidate.title}
        ${phrases ? html`<div class="soft small">${phrases}</div>` : nothing}
      </td>
      <td>
        ${percent(candidate.score)}
        <meter min="0" max="1" value=${candidate.score} aria-hidden="true"></meter>
      </td>
      <td><span class="verdict">${verdictName(candidate.verdict)}</span></td>
    </tr>`;
  }

  private command(id: string): TemplateResult {
    const line = `cuestream explain '${id}'`;
    return html`<div class="command">
      <code tabindex="0">${line}</code>
      <button
        class="quiet"
        @click=${async () => {
          this.isCopied = await copied(line);
        }}
      >
        ${this.isCopied ? icons.check : icons.copy} ${this.isCopied ? "Copied" : "Copy"}
      </button>
    </div>`;
  }
}
