/** The supervisor's board: three tabs, the table of the chosen one, and a drawer for one of its rows. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { type Board, EVERY_QUEUE, oldestWaitMs } from "../board";
import { icons } from "../icons";
import { type BoardTab, hashOf, type Place } from "../place";
import type { QueueRow, RepresentativeRow } from "../routing";
import { shared } from "../styles/shared";
import { contains, type Direction, type Order, turned, type Value, type View, viewOf } from "../table";
import { itemCount, PRESENCES } from "../work";
import { clock, methodName, percent, presenceName, span, spoken } from "../words";
import { boardStyles } from "./board.styles";
import { chart, spark, sparkStyles } from "./spark";
import "./drawer";
import "./wires";

const TABS: Record<BoardTab, string> = {
  queues: "Queues",
  representatives: "Representatives",
  deliveries: "Deliveries",
};

interface Column<Row> {
  id: string;
  words: string;
  /** Said in full to whoever points at it or listens. */
  title?: string;
  first: Direction;
  value: (row: Row) => Value;
}

@customElement("cs-board")
export class BoardView extends LitElement {
  @property({ attribute: false }) board!: Board;
  @property({ attribute: false }) place!: Place & { view: "board" };
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  /** The worker's clock. */
  @property({ type: Number }) nowMs = 0;
  /** Who looks. */
  @property() user = "";
  /** What the board's own count of changes had reached. */
  @property({ type: Number }) revision = 0;
  @state() private filter = "";
  @state() private page = 0;
  @state() private orders: Record<string, Order> = {
    queues: { column: "oldest", direction: "descending" },
    representatives: { column: "name", direction: "ascending" },
  };

  static override styles = [shared, sparkStyles, boardStyles];

  /** The last view that was made, and what it was made of. */
  private made: { of: readonly unknown[]; view: View<unknown> } | null = null;

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("place");
    if (before !== undefined && before.tab !== this.place.tab) this.turn(0, "");
  }

  protected override render(): TemplateResult {
    const { tab, row } = this.place;
    return html`
      <div class="top">
        <nav class="tabs" aria-label="Board">
          ${(Object.keys(TABS) as BoardTab[]).map(
            (name) => html`<a
              href=${hashOf({ view: "board", tab: name, row: null })}
              aria-current=${name === tab ? "page" : "false"}
              @click=${() => this.turn(0, "")}
            >
              ${TABS[name]}
            </a>`,
          )}
        </nav>
        ${tab === "deliveries"
          ? nothing
          : html`<label class="search">
              ${icons.search}
              <input
                type="search"
                placeholder="Filter"
                aria-label="Filter ${TABS[tab].toLowerCase()}"
                autocomplete="off"
                .value=${this.filter}
                @input=${(event: Event) => this.turn(0, (event.target as HTMLInputElement).value)}
              />
            </label>`}
      </div>
      ${this.board.failure
        ? html`<p class="failure" role="alert" data-failure>${this.board.failure}</p>`
        : nothing}
      <div class="main">
        <div class="table-side scroll">
          ${tab === "queues" ? this.queues() : tab === "representatives" ? this.representatives() : this.wires()}
        </div>
        ${row === null
          ? nothing
          : html`<cs-drawer
              .board=${this.board}
              .place=${this.place}
              .busy=${this.busy}
              .items=${this.board.items}
              .served=${this.board.served}
              .user=${this.user}
              .nowMs=${this.nowMs}
            ></cs-drawer>`}
      </div>
    `;
  }

  // Queues

  private queues(): TemplateResult {
    const rows = this.board.queues;
    if (rows === null) return this.loading();
    return html`${this.summary(rows)}
    ${this.table(rows, this.queueColumns(), (row) => row.queue_id, (row) => this.queue(row), (row) => [
      row.name,
      row.queue_id,
      row.kind,
      row.is_open ? "open" : "closed",
    ])}`;
  }

  private summary(rows: readonly QueueRow[]): TemplateResult {
    const sum = (value: (row: QueueRow) => number): number =>
      rows.reduce((whole, row) => whole + value(row), 0);
    const waits = rows.map((row) => this.oldest(row)).filter((wait) => wait !== null);
    const judged = rows.filter((row) => row.service_level !== null && row.answered > 0);
    const answered = judged.reduce((whole, row) => whole + row.answered, 0);
    const level = judged.reduce((whole, row) => whole + (row.service_level ?? 0) * row.answered, 0);
    const tile = (words: string, value: string, mark = ""): TemplateResult =>
      html`<div class="tile" data-tile=${words}><dt>${words}</dt><dd class=${mark}>${value}</dd></div>`;
    return html`<div class="summary">
      <dl>
        ${tile("Waiting", String(sum((row) => row.waiting)))}
        ${tile("Longest wait", waits.length === 0 ? "–" : span(Math.max(...waits)))}
        ${tile("Offered", String(sum((row) => row.offered)))}
        ${tile("Active", String(sum((row) => row.active)))}
        ${tile("Service level", answered === 0 ? "–" : percent(level / answered))}
        ${tile("Abandoned", String(sum((row) => row.abandoned)))}
      </dl>
      ${chart(this.board.past(EVERY_QUEUE), "Every queue")}
    </div>`;
  }

  private queueColumns(): Column<QueueRow>[] {
    const level = (row: QueueRow): Value => row.service_level;
    return [
      { id: "name", words: "Queue", first: "ascending", value: (row) => row.name },
      { id: "waiting", words: "Waiting", first: "descending", value: (row) => row.waiting },
      { id: "offered", words: "Offered", first: "descending", value: (row) => row.offered },
      { id: "active", words: "Active", first: "descending", value: (row) => row.active },
      { id: "oldest", words: "Oldest wait", first: "descending", value: (row) => this.oldest(row) },
      { id: "average", words: "Average wait", first: "descending", value: (row) => row.average_wait_ms },
      { id: "available", words: "Available", title: "Available of its members", first: "ascending", value: (row) => row.available },
      { id: "level", words: "Service level", title: "Share answered within the queue's own threshold", first: "ascending", value: level },
      { id: "abandoned", words: "Left", title: "Abandoned; in brackets those who left at once", first: "descending", value: (row) => row.abandoned },
      { id: "declined", words: "Declined", title: "Offers declined and run out", first: "descending", value: (row) => row.declines + row.timeouts },
    ];
  }

  private queue(row: QueueRow): TemplateResult {
    const oldest = this.oldest(row);
    const isLate = oldest !== null && row.service_level_ms !== null && oldest > row.service_level_ms;
    return html`<tr data-queue=${row.queue_id} class=${this.place.row === row.queue_id ? "open" : ""}>
      <th scope="row">
        <a href=${this.rowHash(row.queue_id)}>${row.name}</a>
        <span class="under">
          ${row.is_open
            ? html`${spoken(row.kind)} · ${methodName(row.method)}`
            : html`<span class="closed">Closed</span>${row.opens_at_ms === null
                  ? nothing
                  : html` until ${clock(row.opens_at_ms, this.nowMs)}`}`}
        </span>
      </th>
      <td class="number"><span class="with-spark">${row.waiting} ${spark(this.board.past(row.queue_id))}</span></td>
      <td class="number">${row.offered}</td>
      <td class="number">${row.active}</td>
      <td class="number ${isLate ? "late" : ""}" data-oldest>
        ${oldest === null ? "–" : span(oldest)}${isLate ? html`<span class="unseen">, above the threshold</span>` : nothing}
      </td>
      <td class="number">${row.average_wait_ms === null ? "–" : span(row.average_wait_ms)}</td>
      <td class="number">${row.available} of ${row.members}</td>
      <td class="number">
        ${row.service_level === null ? "–" : percent(row.service_level)}
        ${row.service_level_ms === null ? nothing : html`<span class="under">in ${span(row.service_level_ms)}</span>`}
      </td>
      <td class="number">${row.abandoned}${row.short_abandoned > 0 ? html` <span class="soft">(${row.short_abandoned})</span>` : nothing}</td>
      <td class="number">${row.declines} / ${row.timeouts}</td>
    </tr>`;
  }

  private oldest(row: QueueRow): number | null {
    return oldestWaitMs(row, this.nowMs);
  }

  // Representatives

  private representatives(): TemplateResult {
    const rows = this.board.representatives;
    if (rows === null) return this.loading();
    const columns: Column<RepresentativeRow>[] = [
      { id: "name", words: "Representative", first: "ascending", value: (row) => row.name },
      { id: "presence", words: "Presence", first: "ascending", value: (row) => (row.is_connected ? row.presence : "~offline") },
      { id: "load", words: "Load", first: "descending", value: (row) => (row.units_total > 0 ? row.units_used / row.units_total : 0) },
      { id: "items", words: "Items", first: "descending", value: itemCount },
      { id: "queues", words: "Queues", first: "descending", value: (row) => row.queues.length },
      { id: "last", words: "Last assigned", first: "descending", value: (row) => row.last_assigned_at_ms || null },
      { id: "set", words: "Set presence", first: "ascending", value: (row) => row.presence },
    ];
    return this.table(rows, columns, (row) => row.id, (row) => this.representative(row), (row) => [
      row.name,
      row.id,
      row.is_connected ? presenceName(row.presence) : "Offline",
      ...row.queues,
    ]);
  }

  private representative(row: RepresentativeRow): TemplateResult {
    const shown = row.is_connected ? row.presence : "offline";
    const profiles = row.profiles.map(({ id, used, limit }) => `${id} ${used} of ${limit}`).join(" · ");
    const isFull = row.units_total > 0 && row.units_used >= row.units_total;
    return html`<tr data-representative=${row.id} class=${this.place.row === row.id ? "open" : ""}>
      <th scope="row">
        <a href=${this.rowHash(row.id)}>${row.name}</a>
        ${row.name === row.id ? nothing : html`<span class="under">${row.id}</span>`}
      </th>
      <td>
        <span class="presence"><span class="dot ${shown}"></span>${presenceName(shown)}</span>
        ${row.since_ms ? html`<span class="under">for ${span(this.nowMs - row.since_ms)}</span>` : nothing}
      </td>
      <td class="load ${isFull ? "full" : ""}">
        <meter min="0" max=${Math.max(1, row.units_total)} value=${row.units_used} aria-hidden="true"></meter>
        <span class="number">${row.units_used} of ${row.units_total}</span>
        ${profiles ? html`<span class="under">${profiles}</span>` : nothing}
      </td>
      <td class="number">${itemCount(row)}</td>
      <td><span class="clip" title=${row.queues.join(", ")}>${row.queues.join(", ") || "–"}</span></td>
      <td class="number">${row.last_assigned_at_ms ? clock(row.last_assigned_at_ms, this.nowMs) : "–"}</td>
      <td>
        <select
          aria-label="Set presence of ${row.name}"
          ?disabled=${this.busy.has(`rep:${row.id}`)}
          @change=${(event: Event) => this.setPresence(row, event.target as HTMLSelectElement)}
        >
          <option value="">Set…</option>
          ${PRESENCES.map((presence) => html`<option value=${presence}>${presenceName(presence)}</option>`)}
        </select>
      </td>
    </tr>`;
  }

  private setPresence(row: RepresentativeRow, select: HTMLSelectElement): void {
    const presence = select.value;
    select.value = "";
    if (presence !== "") void this.board.setPresence(row.id, presence);
  }

  private wires(): TemplateResult {
    return html`<cs-wires .board=${this.board} .busy=${this.busy} .nowMs=${this.nowMs}
      .deliveries=${this.board.deliveries} .connections=${this.board.connections}></cs-wires>`;
  }

  // Tables

  private table<Row>(
    rows: readonly Row[],
    columns: readonly Column<Row>[],
    idOf: (row: Row) => string,
    draw: (row: Row) => TemplateResult,
    texts: (row: Row) => (string | null)[],
  ): TemplateResult {
    const { tab } = this.place;
    const order = this.orders[tab] ?? { column: "name", direction: "ascending" };
    const value = columns.find(({ id }) => id === order.column)?.value ?? (() => null);
    const view = this.seen([rows, tab, order, this.filter, this.page, this.isTicking(order)], () =>
      viewOf(rows, {
        matches: (row) => contains(texts(row), this.filter),
        value,
        tie: idOf,
        order,
        page: this.page,
      }),
    );
    return html`
      <table>
        <caption class="unseen">${TABS[tab]}</caption>
        <thead>
          <tr>
            ${columns.map((column) => this.head(column, order))}
          </tr>
        </thead>
        <tbody>
          ${repeat(view.rows, idOf, draw)}
        </tbody>
      </table>
      ${view.total === 0
        ? html`<p class="none">${rows.length === 0 ? "There are none yet." : "Nothing fits the filter."}</p>`
        : nothing}
      ${view.pages > 1
        ? html`<div class="pager" role="group" aria-label="Pages">
            <button ?disabled=${view.page === 0} @click=${() => (this.page = view.page - 1)}>Previous</button>
            <span class="number">${view.page + 1} of ${view.pages} · ${view.total}</span>
            <button ?disabled=${view.page + 1 === view.pages} @click=${() => (this.page = view.page + 1)}>Next</button>
          </div>`
        : nothing}
    `;
  }

  /** Return the view that was made of the same things before, or make it: a second ticks often. */
  private seen<Row>(of: readonly unknown[], make: () => View<Row>): View<Row> {
    const isSame = this.made?.of.every((one, at) => Object.is(one, of[at])) ?? false;
    if (!isSame) this.made = { of, view: make() };
    return this.made?.view as View<Row>;
  }

  /** Only waits change by themselves. */
  private isTicking(order: Order): number {
    return order.column === "oldest" ? this.nowMs : 0;
  }

  private head<Row>(column: Column<Row>, order: Order): TemplateResult {
    const isSorted = column.id === order.column;
    return html`<th scope="col" aria-sort=${isSorted ? order.direction : "none"} title=${column.title ?? nothing}>
      <button
        class="quiet sort"
        data-sort=${column.id}
        @click=${() => this.sort(turned(order, column.id, column.first))}
      >
        ${column.words}${isSorted ? (order.direction === "ascending" ? icons.up : icons.down) : nothing}
      </button>
    </th>`;
  }

  private sort(order: Order): void {
    this.orders = { ...this.orders, [this.place.tab]: order };
    this.page = 0;
  }

  private turn(page: number, filter: string): void {
    this.page = page;
    this.filter = filter;
  }

  private rowHash(row: string): string {
    return hashOf({ ...this.place, row: this.place.row === row ? null : row });
  }

  private loading(): TemplateResult {
    if (this.board.failure) return html``;
    return html`<p class="none" role="status">Loading…</p>`;
  }
}
