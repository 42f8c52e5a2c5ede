/** Connections of bots to hubs, and deliveries to hubs: those that wait, and those that failed for good. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { Board } from "../board";
import type { Connection, Delivery } from "../routing";
import { shared } from "../styles/shared";
import { clock, spoken } from "../words";
import { boardStyles } from "./board.styles";
import { wireStyles } from "./wires.styles";

const OVER: ReadonlySet<string> = new Set(["sent", "dead"]);
const STATES = ["dead", "pending", "sent", "all"] as const;

@customElement("cs-wires")
export class Wires extends LitElement {
  @property({ attribute: false }) board!: Board;
  @property({ attribute: false }) deliveries: readonly Delivery[] | null = null;
  @property({ attribute: false }) connections: readonly Connection[] | null = null;
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  @property({ type: Number }) nowMs = 0;

  static override styles = [shared, boardStyles, wireStyles];

  protected override render(): TemplateResult {
    return html`
      <h2>Deliveries to hubs</h2>
      <div class="tabs" role="group" aria-label="Which deliveries">
        ${STATES.map(
          (state) => html`<button
            class="quiet"
            aria-pressed=${state === this.board.deliveryState}
            @click=${() => this.board.showDeliveries(state)}
          >
            ${STATE_NAMES[state]}
          </button>`,
        )}
      </div>
      ${this.deliveries === null
        ? html`<p class="none" role="status">Loading…</p>`
        : this.deliveries.length === 0
          ? html`<p class="none">There are none.</p>`
          : this.deliveryTable(this.deliveries)}
      <h2>Connections of bots</h2>
      ${this.connections === null || this.connections.length === 0
        ? html`<p class="none">No bot is connected to a hub.</p>`
        : this.connectionTable(this.connections)}
    `;
  }

  private deliveryTable(rows: readonly Delivery[]): TemplateResult {
    return html`<table>
      <thead>
        <tr>
          <th scope="col">Hub</th>
          <th scope="col">What</th>
          <th scope="col">Conversation</th>
          <th scope="col">Attempts</th>
          <th scope="col">State</th>
          <th scope="col">Last error</th>
          <th scope="col"><span class="unseen">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) => html`<tr data-delivery=${row.delivery_id}>
            <th scope="row">${row.hub}</th>
            <td>${spoken(row.kind)}</td>
            <td class="mono">${row.conversation_id ?? "–"}</td>
            <td class="number">${row.attempts}</td>
            <td>
              ${spoken(row.state)}${row.next_at_ms && !OVER.has(row.state)
                ? html`<span class="under">next ${clock(row.next_at_ms, this.nowMs)}</span>`
                : nothing}
            </td>
            <td class="error">
              ${row.last_error ?? "–"}${row.status_code === null ? nothing : html` <span class="soft">(${row.status_code})</span>`}
            </td>
            <td>
              ${row.state === "dead"
                ? html`<button
                    data-verb="retry"
                    ?disabled=${this.busy.has(`delivery:${row.delivery_id}`)}
                    @click=${() => this.board.retry(row.delivery_id)}
                  >
                    Retry
                  </button>`
                : nothing}
            </td>
          </tr>`,
        )}
      </tbody>
    </table>`;
  }

  private connectionTable(rows: readonly Connection[]): TemplateResult {
    return html`<table>
      <thead>
        <tr>
          <th scope="col">Bot</th>
          <th scope="col">Hub</th>
          <th scope="col">State</th>
          <th scope="col">Environment</th>
          <th scope="col">Warnings</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) => html`<tr data-connection-of=${row.bot_id}>
            <th scope="row">
              ${row.bot_id}<span class="under">${row.is_published === false ? "not published" : row.is_published ? "published" : ""}</span>
            </th>
            <td>${row.hub ?? "–"}</td>
            <td>${spoken(row.state)}</td>
            <td>${row.environment ?? "–"}<span class="under mono">${row.application_id ?? ""}</span></td>
            <td class="error">
              ${words(row).map((sentence) => html`<span class="warning">${sentence}</span>`)}
            </td>
          </tr>`,
        )}
      </tbody>
    </table>`;
  }
}

function words(row: Connection): string[] {
  const sentences = [...(row.missing ?? []), ...(row.notes ?? [])];
  return sentences.length === 0 ? ["–"] : sentences;
}

const STATE_NAMES: Record<(typeof STATES)[number], string> = {
  dead: "Dead letters",
  pending: "Pending",
  sent: "Sent",
  all: "Every one",
};
