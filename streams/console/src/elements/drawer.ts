/** One queue or representative of the board: its items in order, and what a supervisor can do. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import type { Board } from "../board";
import { icons } from "../icons";
import { hashOf, type Place } from "../place";
import type { Item, QueueRow } from "../routing";
import { shared } from "../styles/shared";
import { observing, skillNames, waitedMs } from "../work";
import { wish } from "../wishes";
import { channelName, clock, methodName, percent, span, stateName } from "../words";
import { chart, sparkStyles } from "./spark";

@customElement("cs-drawer")
export class Drawer extends LitElement {
  @property({ attribute: false }) board!: Board;
  @property({ attribute: false }) place!: Place & { view: "board" };
  @property({ attribute: false }) items: readonly Item[] | null = null;
  @property({ attribute: false }) served: readonly Item[] = [];
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  /** Who looks. */
  @property() user = "";
  @property({ type: Number }) nowMs = 0;

  static override styles = [
    shared,
    sparkStyles,
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
        padding: 10px 10px 6px 16px;
      }

      h2 {
        flex: 1;
        font-size: 15px;
        font-weight: 650;
      }

      .in {
        flex: 1;
        min-height: 0;
        padding: 0 16px 16px;
      }

      .facts {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 8px 12px;
        margin: 4px 0 14px;
        font-size: 13px;
      }

      dt {
        color: var(--ink-soft);
        font-size: 12px;
      }

      dd {
        font-variant-numeric: tabular-nums;
      }

      h3 {
        margin: 16px 0 6px;
        font-size: 13px;
        font-weight: 650;
      }

      li {
        padding: 9px 0;
        border-top: 1px solid var(--line);
        font-size: 13px;
      }

      .line {
        display: flex;
        align-items: baseline;
        gap: 8px;
      }

      .line b {
        flex: 1;
        min-width: 0;
        overflow: hidden;
        font-weight: 600;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .place {
        min-width: 18px;
        color: var(--ink-soft);
      }

      .time {
        font-variant-numeric: tabular-nums;
      }

      .under {
        color: var(--ink-soft);
        font-size: 12px;
      }

      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        margin-top: 6px;
      }

      .actions button {
        min-height: 26px;
        padding: 1px 9px;
        font-size: 12px;
      }

      .none {
        padding: 20px 0;
        color: var(--ink-soft);
        text-align: center;
      }
    `,
  ];

  protected override render(): TemplateResult {
    const queue = this.queue();
    const title = queue?.name ?? this.representativeName();
    return html`
      <header>
        <h2 id="title">${title}</h2>
        <a class="close" href=${hashOf({ ...this.place, row: null })} aria-label="Close">${icons.close}</a>
      </header>
      <section class="in scroll" aria-labelledby="title">
        ${queue === undefined ? nothing : this.numbers(queue)}
        <h3>
          ${this.place.tab === "queues" ? "Waiting, in order" : "Items"}
          <span class="soft">${this.items === null ? "" : this.board.itemsTotal}</span>
        </h3>
        ${this.list()}
        ${this.served.length === 0
          ? nothing
          : html`<h3>Served now <span class="soft">${this.served.length}</span></h3>
              ${this.rows(this.served)}`}
      </section>
    `;
  }

  private numbers(row: QueueRow): TemplateResult {
    const facts: [string, string][] = [
      ["Hours", row.is_open ? "open" : row.opens_at_ms === null ? "closed" : `opens ${clock(row.opens_at_ms, this.nowMs)}`],
      ["Priority", String(row.priority ?? "–")],
      ["Method", methodName(row.method)],
      ["Arrived", String(row.arrived)],
      ["Answered", String(row.answered)],
      ["Speed to answer", row.speed_to_answer_ms === null ? "–" : span(row.speed_to_answer_ms)],
      ["Handle time", row.handle_time_ms === null ? "–" : span(row.handle_time_ms)],
      ["Transferred", String(row.transfers)],
      ["Overflowed", String(row.overflowed)],
      ...Object.entries(row.levels).map(
        ([seconds, share]): [string, string] => [`In ${seconds} s`, share === null ? "–" : percent(share)],
      ),
    ];
    return html`${chart(this.board.past(row.queue_id), row.name)}
      <dl class="facts">
        ${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
      </dl>`;
  }

  private list(): TemplateResult {
    const { items } = this;
    if (items === null) return html`<p class="none" role="status">Loading…</p>`;
    if (items.length === 0) {
      return html`<p class="none">${this.place.tab === "queues" ? "Nobody waits." : "Nothing at hand."}</p>`;
    }
    return html`${this.rows(items)}
      ${this.board.itemsTotal > items.length
        ? html`<p class="none">${this.board.itemsTotal - items.length} more behind these.</p>`
        : nothing}`;
  }

  private rows(items: readonly Item[]): TemplateResult {
    return html`<ol>
      ${repeat(items, (item) => item.item_id, (item) => html`<li data-item=${item.item_id}>${this.item(item)}</li>`)}
    </ol>`;
  }

  private item(item: Item): TemplateResult {
    const name = item.customer_name ?? item.item_id;
    const skills = skillNames(item);
    const declines = Object.keys(item.declines).length;
    const isBusy = this.busy.has(`item:${item.item_id}`);
    return html`
      <div class="line">
        ${item.position === null ? nothing : html`<span class="place" title="Position">${item.position}</span>`}
        <b>${name}</b>
        <span class="time" title="Waited">${span(waitedMs(item, this.nowMs))}</span>
      </div>
      <p class="under">
        ${stateName(item.state)} · ${channelName(item.channel)}${item.representative_id === null
          ? nothing
          : html` ${item.state === "offered" ? "to" : "with"} ${item.representative_id}`}${skills.length > 0 ? html` · needs ${skills.join(", ")}` : nothing}${declines > 0
          ? html` · declined by ${declines}`
          : nothing}${item.expected_wait_ms === null || item.state !== "open"
          ? nothing
          : html` · about ${span(item.expected_wait_ms)} to go`}
      </p>
      <div class="actions" role="group" aria-label="Actions for ${name}">
        <button data-verb="why" ?disabled=${isBusy} @click=${() => wish(this, { kind: "why", item })}>
          ${icons.why}Why
        </button>
        <button data-verb="assign" ?disabled=${isBusy} @click=${() => wish(this, { kind: "assign", item })}>
          Assign…
        </button>
        ${observing(item, this.user).map(
          ({ verb, words, title }) => html`<button
            data-verb=${verb}
            title=${title}
            ?disabled=${isBusy}
            @click=${() => wish(this, { kind: "observe", verb, item })}
          >
            ${words}
          </button>`,
        )}
        <button data-verb="read" @click=${() => wish(this, { kind: "open", item_id: item.item_id })}>Read</button>
        <button class="danger" data-verb="force-close" ?disabled=${isBusy} @click=${() => wish(this, { kind: "close", item })}>
          Close…
        </button>
      </div>
    `;
  }

  private queue(): QueueRow | undefined {
    if (this.place.tab !== "queues") return undefined;
    return this.board.queues?.find((row) => row.queue_id === this.place.row);
  }

  private representativeName(): string {
    const row = this.board.representatives?.find(({ id }) => id === this.place.row);
    return row?.name ?? this.place.row ?? "";
  }
}
