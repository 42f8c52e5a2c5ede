/** The intents of the library: filtered, sorted, and several at a time reviewed, grouped, merged. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { icons } from "../icons";
import { countsOf, discardWords, type Intents } from "../intents";
import type { IntentGroup, IntentSummary, Status } from "../library";
import { hashOf } from "../place";
import { shared } from "../styles/shared";
import { contains, type Direction, type Order, turned, type Value, viewOf } from "../table";
import { boardStyles } from "./board.styles";
import type { Confirm } from "./confirm";
import { chipStyles, choiceStyles, formStyles } from "./intents.styles";
import type { MergeSheet } from "./merge";
import "./confirm";
import "./merge";

type Filter = Status | "all";

const FILTERS: Record<Filter, string> = {
  all: "All",
  pending: "Pending",
  approved: "Approved",
  discarded: "Discarded",
};

interface Column {
  id: string;
  words: string;
  first: Direction;
  value: (row: IntentSummary) => Value;
}

const COLUMNS: readonly Column[] = [
  { id: "name", words: "Intent", first: "ascending", value: (row) => row.name },
  { id: "count", words: "Said", first: "descending", value: (row) => row.count },
  { id: "conversations", words: "Conversations", first: "descending", value: (row) => row.conversations },
  { id: "group", words: "Group", first: "ascending", value: (row) => row.group_name },
  { id: "status", words: "Status", first: "descending", value: (row) => row.status },
];

@customElement("cs-intent-list")
export class IntentList extends LitElement {
  @property({ attribute: false }) model!: Intents;
  @property({ attribute: false }) rows: readonly IntentSummary[] | null = null;
  @property({ attribute: false }) groups: readonly IntentGroup[] | null = null;
  @property() opened: string | null = null;
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  @property({ type: Number }) revision = 0;
  @state() private status: Filter = "all";
  @state() private group = "";
  @state() private filter = "";
  @state() private page = 0;
  @state() private order: Order = { column: "count", direction: "descending" };
  @state() private chosen: ReadonlySet<string> = new Set();
  @state() private isAdding = false;
  @state() private problem: string | null = null;
  @query("cs-confirm") private confirm!: Confirm | null;
  @query("cs-merge") private merge!: MergeSheet | null;
  /** The row that was chosen last: a shift click chooses up to it. */
  private anchor: string | null = null;

  static override styles = [
    shared,
    boardStyles,
    formStyles,
    chipStyles,
    choiceStyles,
    css`
      :host {
        position: relative;
        border: 0;
        border-radius: 0;
        box-shadow: none;
      }

      .tools,
      .several {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        padding: 10px 16px;
      }

      .search input:not([type="checkbox"], [type="radio"], [type="range"]) {
        width: 180px;
        padding-left: 32px;
      }

      .tools select {
        width: auto;
        max-width: 190px;
      }

      .several {
        position: sticky;
        top: 0;
        z-index: 2;
        min-height: 50px;
        padding: 8px 16px;
        background: var(--accent-wash);
        font-size: 13px;
      }

      .several button,
      .several select {
        min-height: 30px;
        padding: 2px 10px;
        font-size: 13px;
      }

      .several select {
        width: auto;
        max-width: 170px;
      }

      .tick {
        width: 42px;
        padding: 10px 0 0 16px;
      }

      thead .tick {
        padding: 0 0 0 16px;
      }

      tbody th {
        min-width: 200px;
        padding-left: 8px;
      }

      thead th:nth-child(2) .sort {
        padding-left: 8px;
      }

      .under.two-lines {
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        max-width: 46ch;
        overflow: hidden;
      }

      .marks {
        display: inline-flex;
        flex-wrap: wrap;
        gap: 4px;
        margin-left: 4px;
      }

      tbody tr.chosen {
        background: var(--accent-wash);
      }

      .adding {
        display: grid;
        gap: 8px;
        margin: 0 16px 10px;
        padding: 12px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }

      .where {
        white-space: nowrap;
      }

      @container list (width < 720px) {
        .wide {
          display: none;
        }
      }

      .table-side {
        container: list / inline-size;
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("rows") || this.rows === null) return;
    const ids = new Set(this.rows.map(({ intent_id: id }) => id));
    const kept = [...this.chosen].filter((id) => ids.has(id));
    if (kept.length !== this.chosen.size) this.chosen = new Set(kept);
  }

  protected override render(): TemplateResult {
    const { rows } = this;
    if (rows === null) {
      return html`<p class="none" role="status">${this.model.failure ? nothing : "Loading…"}</p>`;
    }
    const view = viewOf(rows, {
      matches: (row) => this.fits(row),
      value: (row, column) => COLUMNS.find(({ id }) => id === column)?.value(row) ?? null,
      tie: (row) => row.intent_id,
      order: this.order,
      page: this.page,
    });
    const ids = view.rows.map(({ intent_id: id }) => id);
    const isEvery = ids.length > 0 && ids.every((id) => this.chosen.has(id));
    return html`
      ${this.tools(rows)} ${this.isAdding ? this.adding() : nothing}
      <div class="table-side">
        ${this.chosen.size > 0 ? this.several(rows) : nothing}
        <table>
          <caption class="unseen">Intents</caption>
          <thead>
            <tr>
              <th scope="col" class="tick">
                <input
                  type="checkbox"
                  aria-label="Choose every intent shown"
                  .checked=${isEvery}
                  .indeterminate=${!isEvery && ids.some((id) => this.chosen.has(id))}
                  @change=${() => this.chooseAll(ids, !isEvery)}
                />
              </th>
              ${COLUMNS.map((column) => this.head(column))}
            </tr>
          </thead>
          <tbody @keydown=${(event: KeyboardEvent) => this.pressed(event, ids)}>
            ${repeat(view.rows, (row) => row.intent_id, (row) => this.row(row, ids))}
          </tbody>
        </table>
        ${view.total === 0
          ? html`<p class="none">
              ${rows.length === 0 ? "There are no intents yet. Mine the history, or add one." : "Nothing fits the filter."}
            </p>`
          : nothing}
        ${view.pages > 1
          ? html`<div class="pager" role="group" aria-label="Pages">
              <button ?disabled=${view.page === 0} @click=${() => (this.page = view.page - 1)}>Previous</button>
              <span class="number">${view.page + 1} of ${view.pages} · ${view.total}</span>
              <button ?disabled=${view.page + 1 === view.pages} @click=${() => (this.page = view.page + 1)}>Next</button>
            </div>`
          : nothing}
        ${this.model.total > rows.length
          ? html`<p class="none">${this.model.total - rows.length} more are not listed: the largest come first.</p>`
          : nothing}
      </div>
      <cs-confirm></cs-confirm>
      <cs-merge .model=${this.model}></cs-merge>
    `;
  }

  // What is shown

  private fits(row: IntentSummary): boolean {
    if (this.status !== "all" && row.status !== this.status) return false;
    if (this.group !== "" && (row.group_id ?? "-") !== this.group) return false;
    return contains([row.name, row.description, row.group_name, row.line_of_business], this.filter);
  }

  private tools(rows: readonly IntentSummary[]): TemplateResult {
    const counts: Record<Filter, number> = { all: rows.length, ...countsOf(rows) };
    return html`<div class="tools">
      <div class="choices" role="group" aria-label="Status">
        ${(Object.keys(FILTERS) as Filter[]).map(
          (name) => html`<button
            aria-pressed=${this.status === name}
            data-status=${name}
            @click=${() => {
              this.status = name;
              this.page = 0;
            }}
          >
            ${FILTERS[name]} <span class="number">${counts[name]}</span>
          </button>`,
        )}
      </div>
      <select
        aria-label="Group"
        .value=${this.group}
        @change=${(event: Event) => {
          this.group = (event.target as HTMLSelectElement).value;
          this.page = 0;
        }}
      >
        <option value="">Every group</option>
        ${(this.groups ?? []).map((one) => html`<option value=${one.group_id}>${one.name}</option>`)}
        <option value="-">Without a group</option>
      </select>
      <label class="search">
        ${icons.search}
        <input
          type="search"
          placeholder="Search"
          aria-label="Search intents"
          autocomplete="off"
          .value=${this.filter}
          @input=${(event: Event) => {
            this.filter = (event.target as HTMLInputElement).value;
            this.page = 0;
          }}
        />
      </label>
      <span class="grow"></span>
      ${this.model.mayChange
        ? html`<button
            class="quiet"
            aria-expanded=${this.isAdding}
            data-verb="add"
            @click=${() => {
              this.isAdding = !this.isAdding;
              this.problem = null;
            }}
          >
            ${icons.plus} Add
          </button>`
        : nothing}
    </div>`;
  }

  private head(column: Column): TemplateResult {
    const isSorted = column.id === this.order.column;
    return html`<th
      scope="col"
      class=${column.id === "conversations" || column.id === "group" ? "wide" : ""}
      aria-sort=${isSorted ? this.order.direction : "none"}
    >
      <button
        class="quiet sort"
        data-sort=${column.id}
        @click=${() => {
          this.order = turned(this.order, column.id, column.first);
          this.page = 0;
        }}
      >
        ${column.words}${isSorted ? (this.order.direction === "ascending" ? icons.up : icons.down) : nothing}
      </button>
    </th>`;
  }

  private row(row: IntentSummary, ids: readonly string[]): TemplateResult {
    const id = row.intent_id;
    const isOpen = this.opened === id;
    const isChosen = this.chosen.has(id);
    return html`<tr data-intent=${id} class="${isOpen ? "open" : ""} ${isChosen ? "chosen" : ""}">
      <td class="tick">
        <input
          type="checkbox"
          aria-label="Choose ${row.name}"
          .checked=${isChosen}
          @click=${(event: MouseEvent) => this.tick(id, ids, event.shiftKey)}
        />
      </td>
      <th scope="row">
        <a
          href=${hashOf({ view: "intents", tab: "library", row: isOpen ? null : id })}
          aria-current=${isOpen ? "true" : "false"}
          >${row.name}</a
        >
        <span class="marks">
          ${row.is_changed ? html`<span class="chip accent" title="Not in force as it stands">changed</span>` : nothing}
          ${row.is_used_by_bots ? html`<span class="chip" title="Bots may use it">bot</span>` : nothing}
          ${row.source === "edited" ? html`<span class="chip" title="A person changed it; mining leaves that alone">edited</span>` : nothing}
        </span>
        <span class="under two-lines">${row.description}</span>
      </th>
      <td class="number">${row.count.toLocaleString()}</td>
      <td class="number wide">${row.conversations.toLocaleString()}</td>
      <td class="wide"><span class="clip">${row.group_name ?? "–"}</span></td>
      <td class="where">
        <span class="chip ${row.status}">${row.merged_into === null ? FILTERS[row.status] : "Merged"}</span>
      </td>
    </tr>`;
  }

  // Choosing

  private tick(id: string, ids: readonly string[], isRange: boolean): void {
    const from = this.anchor === null ? -1 : ids.indexOf(this.anchor);
    const to = ids.indexOf(id);
    const isOn = !this.chosen.has(id);
    const touched = isRange && from >= 0 ? ids.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
    this.chooseAll(touched, isOn);
    this.anchor = id;
  }

  private chooseAll(ids: readonly string[], isOn: boolean): void {
    const chosen = new Set(this.chosen);
    for (const id of ids) {
      if (isOn) chosen.add(id);
      else chosen.delete(id);
    }
    this.chosen = chosen;
  }

  /** Arrows go from row to row, x chooses, shift and arrow choose on the way. */
  private pressed(event: KeyboardEvent, ids: readonly string[]): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const line = (event.target as HTMLElement).closest<HTMLElement>("tr[data-intent]");
    const id = line?.dataset.intent;
    if (id === undefined) return;
    const at = ids.indexOf(id);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (event.key === "x") this.tick(id, ids, false);
    else if (to !== undefined) {
      const next = ids[Math.min(ids.length - 1, Math.max(0, to))];
      if (next === undefined) return;
      if (event.shiftKey) this.chooseAll([id, next], true);
      this.renderRoot.querySelector<HTMLElement>(`tr[data-intent="${CSS.escape(next)}"] a`)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private several(rows: readonly IntentSummary[]): TemplateResult {
    const chosen = rows.filter(({ intent_id: id }) => this.chosen.has(id));
    const isBusy = this.busy.has("intent:") || !this.model.mayChange;
    const button = (verb: string, words: string, act: () => void, isOff = false): TemplateResult =>
      html`<button data-verb=${verb} ?disabled=${isBusy || isOff} @click=${act}>${words}</button>`;
    return html`<div class="several" role="group" aria-label="What to do with the chosen intents">
      <b>${chosen.length} chosen</b>
      ${button("approve", "Approve", () => this.review(chosen, "approved"))}
      ${button("discard", "Discard", () => this.review(chosen, "discarded"))}
      ${button("use", "Use in bots", () => this.use(chosen, true))}
      ${button("unuse", "Not in bots", () => this.use(chosen, false))}
      <select aria-label="Add to group" ?disabled=${isBusy} @change=${(event: Event) => this.addTo(event, chosen)}>
        <option value="">Add to group…</option>
        ${(this.groups ?? []).map((one) => html`<option value=${one.group_id}>${one.name}</option>`)}
      </select>
      ${button("merge", "Merge…", () => this.mergeThem(chosen))}
      <span class="grow"></span>
      <button class="quiet" @click=${() => (this.chosen = new Set())}>None</button>
    </div>`;
  }

  // Commands

  private async review(rows: readonly IntentSummary[], status: Status): Promise<void> {
    if (status === "discarded") {
      const answer = await this.confirm?.ask({
        heading: rows.length === 1 ? `Discard “${rows[0]?.name}”?` : `Discard ${rows.length} intents?`,
        sentence: discardWords(rows).join(" "),
        verb: "Discard",
        isReasonless: true,
      });
      if (typeof answer !== "string") return;
    }
    await this.give((ids) => this.model.curate("review", { intent_ids: ids, status }), rows);
  }

  private async use(rows: readonly IntentSummary[], isUsed: boolean): Promise<void> {
    await this.give((ids) => this.model.curate("bots", { intent_ids: ids, is_used: isUsed }), rows);
  }

  private async addTo(event: Event, rows: readonly IntentSummary[]): Promise<void> {
    const select = event.target as HTMLSelectElement;
    const group = select.value;
    select.value = "";
    if (group === "") return;
    await this.give(async (ids) => (await this.model.group("add", { group_id: group, intent_ids: ids })) !== null, rows);
  }

  /** Give a command for what was chosen; it stays chosen only if that is refused. */
  private async give(
    command: (ids: readonly string[]) => Promise<boolean>,
    rows: readonly IntentSummary[],
  ): Promise<void> {
    const before = this.chosen;
    this.chosen = new Set();
    const isTaken = await command(rows.map(({ intent_id: id }) => id));
    if (!isTaken && this.chosen.size === 0) this.chosen = before;
  }

  private async mergeThem(rows: readonly IntentSummary[]): Promise<void> {
    if (await this.merge?.ask(rows)) this.chosen = new Set();
  }

  private adding(): TemplateResult {
    return html`<form class="adding" @submit=${this.add} novalidate>
      <label class="field">Name<input name="name" maxlength="200" autocomplete="off" /></label>
      <label class="field">
        What customers say, one example a line
        <textarea name="examples" rows="3"></textarea>
      </label>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <div class="row end">
        <button type="button" class="quiet" @click=${() => (this.isAdding = false)}>Cancel</button>
        <button class="primary" ?disabled=${this.busy.has("intent:")}>Add intent</button>
      </div>
    </form>`;
  }

  private readonly add = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const name = String(data.get("name")).trim();
    const examples = String(data.get("examples")).split("\n").map((line) => line.trim()).filter(Boolean);
    this.problem = name === "" ? "An intent needs a name." : null;
    if (this.problem !== null) return;
    if (await this.model.curate("add", { name, examples })) this.isAdding = false;
  };
}
