/** Where work is to go: a queue, a representative, a bot or a phone number. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { type Api, ApiError } from "../api";
import type { Target } from "../routing";
import { contains } from "../table";
import { presenceName } from "../words";
import { Sheet } from "./dialog";

export type TargetKind = "queue" | "representative" | "bot" | "number";

export interface Choice {
  target: Target;
  isOverCapacity: boolean;
}

interface Question {
  heading: string;
  kinds: readonly TargetKind[];
  /** Whether one may give work to somebody who has no capacity left. */
  mayExceed: boolean;
  /** What kind of work it is: a queue takes one kind only. */
  work: string;
}

interface Row {
  id: string;
  name: string;
  words: string;
}

const KINDS: Record<TargetKind, string> = {
  queue: "Queue",
  representative: "Representative",
  bot: "Bot",
  number: "Phone number",
};
const SHOWN_MAX = 60;

@customElement("cs-target")
export class TargetChooser extends Sheet {
  @property({ attribute: false }) api!: Api;
  @state() private question: Question | null = null;
  @state() private kind: TargetKind = "queue";
  @state() private filter = "";
  @state() private rows: readonly Row[] | null = null;
  @state() private failure: string | null = null;
  @state() private isOverCapacity = false;
  private answer: (choice: Choice | null) => void = () => undefined;

  static override styles = [
    ...Sheet.sheetStyles,
    css`
      dialog {
        --sheet-width: 520px;
      }

      .kinds {
        display: flex;
        flex-wrap: wrap;
        gap: 2px;
        margin-bottom: 10px;
        padding: 3px;
        border-radius: 8px;
        background: var(--sunken);
      }

      .kinds button {
        flex: 1;
        min-height: 30px;
        border-color: transparent;
        background: transparent;
        color: var(--ink-soft);
      }

      .kinds [aria-pressed="true"] {
        background: var(--raised);
        color: var(--ink);
        box-shadow: var(--shadow);
      }

      input:not([type="checkbox"]) {
        width: 100%;
        min-height: 36px;
        padding: 4px 12px;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-small);
        background: var(--surface);
      }

      .over {
        display: flex;
        align-items: center;
        gap: 8px;
        margin-top: 10px;
        font-size: 13px;
      }

      ul {
        height: 300px;
        margin-top: 10px;
      }

      li button {
        justify-content: space-between;
        width: 100%;
        min-height: 38px;
        border-color: transparent;
        background: transparent;
        font-weight: 500;
        text-align: left;
      }

      li span {
        color: var(--ink-soft);
        font-size: 12px;
        font-weight: 400;
      }

      form {
        display: grid;
        gap: 10px;
      }

      .none {
        margin-top: 12px;
        color: var(--ink-soft);
      }
    `,
  ];

  /** Ask where to; return null when the sheet was closed instead. */
  choose(question: Question): Promise<Choice | null> {
    this.answer(null);
    this.question = question;
    this.isOverCapacity = false;
    this.show();
    void this.use(question.kinds[0] ?? "queue");
    return new Promise((resolve) => (this.answer = resolve));
  }

  protected override closed(): void {
    this.answer(null);
    this.answer = () => undefined;
  }

  protected override heading(): string {
    return this.question?.heading ?? "";
  }

  protected override body(): TemplateResult {
    const { question, kind } = this;
    if (question === null) return html``;
    return html`
      ${question.kinds.length > 1
        ? html`<div class="kinds" role="group" aria-label="Where to">
            ${question.kinds.map(
              (name) => html`<button aria-pressed=${name === kind} @click=${() => this.use(name)}>
                ${KINDS[name]}
              </button>`,
            )}
          </div>`
        : nothing}
      ${kind === "number" ? this.number() : this.list()}
    `;
  }

  private number(): TemplateResult {
    return html`<form
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        const data = new FormData(event.target as HTMLFormElement);
        this.pick({ number: String(data.get("number")).trim() });
      }}
    >
      <input
        name="number"
        inputmode="tel"
        autocomplete="off"
        required
        aria-label="Phone number"
        placeholder="14255550100, without a plus"
      />
      <button class="primary">Transfer</button>
    </form>`;
  }

  private list(): TemplateResult {
    const rows = this.rows?.filter((row) => contains([row.name, row.id], this.filter)) ?? [];
    return html`
      <input
        type="search"
        aria-label="Filter"
        placeholder="Filter"
        autocomplete="off"
        .value=${this.filter}
        @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)}
      />
      ${this.question?.mayExceed && this.kind === "representative"
        ? html`<label class="over">
            <input
              type="checkbox"
              .checked=${this.isOverCapacity}
              @change=${(event: Event) => (this.isOverCapacity = (event.target as HTMLInputElement).checked)}
            />
            Even beyond their capacity
          </label>`
        : nothing}
      ${this.failure ? html`<p class="none" role="alert">${this.failure}</p>` : nothing}
      <ul class="scroll">
        ${rows.slice(0, SHOWN_MAX).map(
          (row) => html`<li>
            <button data-target=${row.id} @click=${() => this.pick({ [this.kind]: row.id } as unknown as Target)}>
              ${row.name}<span>${row.words}</span>
            </button>
          </li>`,
        )}
        ${this.rows === null
          ? html`<li class="none" role="status">Loading…</li>`
          : rows.length > SHOWN_MAX
            ? html`<li class="none">${rows.length - SHOWN_MAX} more; type to find them.</li>`
            : rows.length === 0
              ? html`<li class="none">Nothing fits.</li>`
              : nothing}
      </ul>
    `;
  }

  private async use(kind: TargetKind): Promise<void> {
    this.kind = kind;
    this.filter = "";
    this.failure = null;
    this.rows = kind === "number" ? [] : null;
    if (kind === "number") return;
    try {
      const rows = await this.fetch(kind);
      if (this.kind === kind) this.rows = rows;
    } catch (error) {
      this.rows = [];
      this.failure = error instanceof ApiError ? error.message : String(error);
    }
  }

  private async fetch(kind: TargetKind): Promise<Row[]> {
    if (kind === "queue") {
      const { items } = await this.api.queues();
      const fitting = items.filter((row) => row.kind === (this.question?.work ?? row.kind));
      return fitting.map((row) => ({
        id: row.queue_id,
        name: row.name,
        words: `${row.is_open ? "" : "closed · "}${row.waiting} waiting · ${row.available} available`,
      }));
    }
    if (kind === "bot") {
      const { items } = await this.api.bots();
      return items.filter((row) => row.is_published).map((row) => ({ id: row.bot_id, name: row.name, words: "" }));
    }
    const { items } = await this.api.representatives();
    // Who can take it now comes first.
    return items
      .map((row) => ({ row, isHere: row.is_connected && row.presence === "available" }))
      .sort((left, right) => Number(right.isHere) - Number(left.isHere) || (left.row.name < right.row.name ? -1 : 1))
      .map(({ row }) => ({
        id: row.id,
        name: row.name,
        words: `${presenceName(row.is_connected ? row.presence : "offline")} · ${row.units_used} of ${row.units_total}`,
      }));
  }

  private pick(target: Target): void {
    this.answer({ target, isOverCapacity: this.isOverCapacity });
    this.answer = () => undefined;
    this.close();
  }
}
