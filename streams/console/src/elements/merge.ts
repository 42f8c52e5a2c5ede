/** Which of several intents the others go into, and what will become of them. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { type Intents, mergeWords } from "../intents";
import type { IntentSummary } from "../library";
import { contains } from "../table";
import { Sheet } from "./dialog";
import { formStyles } from "./intents.styles";

const SHOWN_MAX = 40;

@customElement("cs-merge")
export class MergeSheet extends Sheet {
  @property({ attribute: false }) model!: Intents;
  /** What is merged; the one that stays is among them. */
  @state() private rows: readonly IntentSummary[] = [];
  @state() private into: string | null = null;
  @state() private filter = "";
  @state() private isBusy = false;
  @state() private failure: string | null = null;
  private answer: (isMerged: boolean) => void = () => undefined;

  static override styles = [
    ...Sheet.sheetStyles,
    formStyles,
    css`
      dialog {
        --sheet-width: 540px;
      }

      form {
        display: grid;
        gap: 12px;
      }

      .list {
        display: grid;
        gap: 2px;
        max-height: 260px;
      }

      .check {
        padding: 5px 8px;
        border-radius: 6px;
      }

      .check:hover {
        background: var(--hover);
      }

      .number {
        margin-left: auto;
        color: var(--ink-soft);
        font-variant-numeric: tabular-nums;
      }

      ul {
        display: grid;
        gap: 6px;
        padding-left: 18px;
        list-style: disc;
        font-size: 13px;
      }
    `,
  ];

  /** Ask what to merge into what, and do it; return whether it was done. */
  ask(rows: readonly IntentSummary[]): Promise<boolean> {
    this.answer(false);
    this.rows = rows;
    [this.filter, this.failure] = ["", null];
    const largest = [...rows].sort((left, right) => right.count - left.count)[0];
    this.into = rows.length > 1 ? (largest?.intent_id ?? null) : null;
    this.show();
    return new Promise((resolve) => (this.answer = resolve));
  }

  protected override closed(): void {
    this.answer(false);
    this.answer = () => undefined;
  }

  protected override heading(): string {
    const [first] = this.rows;
    return this.rows.length === 1 ? `Merge “${first?.name}” into…` : `Merge ${this.rows.length} intents`;
  }

  protected override body(): TemplateResult {
    const candidates = this.candidates();
    const into = this.target();
    const others = this.rows.filter(({ intent_id: id }) => id !== this.into);
    return html`<form @submit=${this.submitted}>
      ${this.rows.length === 1
        ? html`<input
            type="search"
            aria-label="Search intents"
            placeholder="Search"
            autocomplete="off"
            .value=${this.filter}
            @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)}
          />`
        : nothing}
      <fieldset>
        <legend>Which one stays?</legend>
        <div class="list scroll">
          ${candidates.slice(0, SHOWN_MAX).map(
            (row) => html`<label class="check">
              <input
                type="radio"
                name="into"
                value=${row.intent_id}
                .checked=${row.intent_id === this.into}
                @change=${() => (this.into = row.intent_id)}
              />
              ${row.name}<span class="number">${row.count.toLocaleString()}</span>
            </label>`,
          )}
        </div>
        ${candidates.length > SHOWN_MAX
          ? html`<p class="soft small">${candidates.length - SHOWN_MAX} more; search to find them.</p>`
          : candidates.length === 0
            ? html`<p class="soft small">Nothing fits.</p>`
            : nothing}
      </fieldset>
      ${into !== undefined && others.length > 0
        ? html`<div class="warning" data-consequences>
            <ul>
              ${mergeWords(into, others).map((words) => html`<li>${words}</li>`)}
            </ul>
          </div>`
        : nothing}
      ${this.failure ? html`<p class="problem" role="alert" data-refusal>${this.failure}</p>` : nothing}
      <div class="row end">
        <button type="button" @click=${() => this.close()}>Keep them apart</button>
        <button class="primary" data-verb="confirm-merge" ?disabled=${this.isBusy || into === undefined || others.length === 0}>
          Merge
        </button>
      </div>
    </form>`;
  }

  /** One intent may go into any other; of several, one stays. An intent cannot go into itself. */
  private candidates(): IntentSummary[] {
    if (this.rows.length > 1) return [...this.rows];
    const own = this.rows[0]?.intent_id;
    return (this.model?.rows ?? [])
      .filter((row) => row.intent_id !== own && row.status !== "discarded" && row.merged_into === null)
      .filter((row) => contains([row.name, row.group_name], this.filter));
  }

  private target(): IntentSummary | undefined {
    return [...this.rows, ...(this.model?.rows ?? [])].find(({ intent_id: id }) => id === this.into);
  }

  private readonly submitted = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.into === null) return;
    this.isBusy = true;
    const ids = this.rows.map(({ intent_id: id }) => id).filter((id) => id !== this.into);
    this.failure = await this.model.merge(this.into, ids);
    this.isBusy = false;
    if (this.failure !== null) return;
    this.answer(true);
    this.answer = () => undefined;
    this.close();
  };
}
