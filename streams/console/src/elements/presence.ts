/** The representative's presence and load, in the page's head. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { DeskRepresentative, Presence } from "../routing";
import { shared } from "../styles/shared";
import { PRESENCES } from "../work";
import { presenceName } from "../words";
import type { Workplace } from "../workplace";

@customElement("cs-presence")
export class PresencePicker extends LitElement {
  @property({ attribute: false }) workplace!: Workplace;
  @property({ attribute: false }) representative: DeskRepresentative | null = null;
  @property({ type: Boolean }) isBusy = false;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 14px;
        min-width: 0;
        font-size: 13px;
      }

      .picker {
        position: relative;
        display: inline-flex;
        align-items: center;
      }

      select {
        min-height: 32px;
        padding: 4px 10px 4px 28px;
        border: 1px solid var(--line-strong);
        border-radius: 20px;
        background: var(--surface);
        color: inherit;
        font: inherit;
        font-weight: 600;
        cursor: pointer;
      }

      .dot {
        position: absolute;
        left: 12px;
        width: 9px;
        height: 9px;
        border-radius: 50%;
        background: var(--line-strong);
        pointer-events: none;
      }

      .available {
        background: var(--good);
      }

      .busy,
      .do_not_disturb {
        background: var(--bad);
      }

      .away {
        background: var(--warn);
      }

      .automatic {
        color: var(--warn-ink);
        white-space: nowrap;
      }

      .load {
        display: grid;
        gap: 1px;
        white-space: nowrap;
      }

      .load span {
        color: var(--ink-soft);
        font-size: 12px;
        font-variant-numeric: tabular-nums;
        line-height: 1.3;
      }

      meter {
        display: block;
        width: 92px;
        height: 7px;
        border-radius: 7px;
        background: var(--line);
        appearance: none;
        overflow: hidden;
      }

      meter::-webkit-meter-inner-element {
        display: block;
        height: 7px;
      }

      meter::-webkit-meter-bar {
        height: 7px;
        border: 0;
        border-radius: 7px;
        background: var(--line);
      }

      meter::-webkit-meter-optimum-value {
        background: var(--accent);
      }

      .full meter::-webkit-meter-optimum-value {
        background: var(--bad);
      }

      meter::-moz-meter-bar {
        background: var(--accent);
      }

      .full meter::-moz-meter-bar {
        background: var(--bad);
      }

      @media (width < 600px) {
        select {
          width: 104px;
          padding-right: 4px;
        }

        /* There is room for one: who is offline goes online first. */
        .offline {
          display: none;
        }
      }

      @media (width < 900px) {
        .load,
        .automatic {
          display: none;
        }
      }
    `,
  ];

  protected override render(): TemplateResult | typeof nothing {
    const row = this.representative;
    if (row === null) return nothing;
    return html`
      <span class="picker ${row.is_connected ? "" : "offline"}">
        <span class="dot ${row.is_connected ? row.presence : ""}"></span>
        <select
          aria-label="Presence"
          data-presence=${row.presence}
          ?disabled=${this.isBusy}
          @change=${this.chosen}
        >
          ${[...new Set([...PRESENCES, row.base_presence])].map(
            (presence) => html`<option value=${presence} ?selected=${presence === row.base_presence}>
              ${presenceName(presence)}
            </option>`,
          )}
        </select>
      </span>
      ${row.is_connected && row.is_automatic
        ? html`<span class="automatic" role="status" data-automatic>
            ${row.presence === row.base_presence ? "" : `${presenceName(row.presence)}, `}set automatically
          </span>`
        : nothing}
      ${row.is_connected
        ? this.load(row)
        : html`<button data-verb="connect" ?disabled=${this.isBusy} @click=${() => this.workplace.connect(true)}>
            Go online
          </button>`}
    `;
  }

  protected override updated(): void {
    // A refused choice must not stay in the field.
    const select = this.renderRoot.querySelector("select");
    if (select && this.representative && !this.isBusy) select.value = this.representative.base_presence;
  }

  private load(row: DeskRepresentative): TemplateResult {
    const profiles = row.profiles.map(({ id, used, limit }) => `${id} ${used} of ${limit}`);
    const units = row.units_total > 0 ? [`${row.units_used} of ${row.units_total} units`] : [];
    const words = [...units, ...profiles].join(" · ");
    const [used, total] =
      row.units_total > 0
        ? [row.units_used, row.units_total]
        : [sum(row.profiles.map(({ used }) => used)), sum(row.profiles.map(({ limit }) => limit))];
    return html`<div class="load ${used >= total ? "full" : ""}" title=${words} data-load>
      <span>${words || "No capacity set"}</span>
      <meter min="0" max=${Math.max(1, total)} value=${used} aria-label="Load: ${words}"></meter>
    </div>`;
  }

  private chosen(event: Event): void {
    void this.workplace
      .bePresent((event.target as HTMLSelectElement).value as Presence)
      .then(() => this.requestUpdate());
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((whole, value) => whole + value, 0);
}
