/** Minings: starting one, following it, and looking at what it found. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import type { Intents } from "../intents";
import type { Granularity, MiningRun } from "../library";
import { hashOf, type Place } from "../place";
import { shared } from "../styles/shared";
import { clock, sentenced, span, spoken } from "../words";
import { chipStyles, choiceStyles, formStyles } from "./intents.styles";
import "./mined";

export const GRANULARITIES: Record<Granularity, string> = { low: "Low", medium: "Medium", high: "High" };

const STATES: Record<MiningRun["state"], string> = {
  due: "Waiting to start",
  running: "Running",
  done: "Done",
  failed: "Failed",
};
const SIMULATED_MAX = 1_000;

@customElement("cs-mining")
export class Mining extends LitElement {
  @property({ attribute: false }) model!: Intents;
  @property({ attribute: false }) place!: Place & { view: "intents" };
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  @property({ type: Number }) revision = 0;
  @property({ type: Number }) nowMs = 0;
  @state() private granularity: Granularity | null = null;
  @state() private isSimulation = true;

  static override styles = [
    shared,
    formStyles,
    chipStyles,
    choiceStyles,
    css`
      :host {
        display: flex;
        min-height: 0;
      }

      .left {
        display: flex;
        flex-direction: column;
        width: 264px;
        min-height: 0;
        border-right: 1px solid var(--line);
      }

      form {
        display: grid;
        gap: 12px;
        padding: 14px 16px;
        border-bottom: 1px solid var(--line);
      }

      .runs {
        flex: 1;
        min-height: 0;
        padding: 8px;
      }

      .run {
        display: grid;
        gap: 2px;
        padding: 8px 10px;
        border-radius: 8px;
        color: var(--ink);
        font-size: 13px;
        text-decoration: none;
      }

      .run:hover {
        background: var(--hover);
      }

      .run[aria-current="true"] {
        background: var(--accent-wash);
      }

      .line {
        display: flex;
        align-items: center;
        gap: 8px;
      }

      .line b {
        flex: 1;
        font-weight: 600;
      }

      progress {
        width: 100%;
        height: 8px;
        accent-color: var(--accent);
      }

      .result {
        flex: 1;
        min-width: 0;
        min-height: 0;
        position: relative;
      }

      .waiting {
        display: grid;
        gap: 10px;
        max-width: 520px;
        margin: 0 auto;
        padding: 64px 24px;
      }

      .waiting h2 {
        font-size: 16px;
        font-weight: 650;
      }

      .none {
        padding: 40px 20px;
        color: var(--ink-soft);
        text-align: center;
      }

      .hint {
        color: var(--ink-soft);
        font-size: 12px;
      }

      @media (width < 900px) {
        :host {
          flex-direction: column;
          overflow-y: auto;
        }

        .left {
          width: auto;
          border-right: 0;
        }
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("revision") && this.granularity === null) {
      this.granularity = this.model.head?.settings.granularity ?? null;
    }
  }

  protected override render(): TemplateResult {
    return html`
      <div class="left">${this.form()} ${this.runs()}</div>
      <div class="result scroll">${this.result()}</div>
    `;
  }

  private form(): TemplateResult {
    const granularity = this.granularity ?? "medium";
    const isRunning = this.model.runs?.some(({ state }) => state === "running" || state === "due") ?? false;
    const isBusy = this.busy.has("mine:");
    return html`<form @submit=${this.start}>
      <fieldset>
        <legend>Granularity</legend>
        <div class="choices" role="group" aria-label="Granularity">
          ${(Object.keys(GRANULARITIES) as Granularity[]).map(
            (name) => html`<button
              type="button"
              aria-pressed=${name === granularity}
              data-granularity=${name}
              @click=${() => (this.granularity = name)}
            >
              ${GRANULARITIES[name]}
            </button>`,
          )}
        </div>
        <p class="hint">Low finds few broad intents, High many narrow ones.</p>
      </fieldset>
      <fieldset>
        <legend>What for</legend>
        <label class="check">
          <input type="radio" name="what" .checked=${this.isSimulation} @change=${() => (this.isSimulation = true)} />
          A simulation: last ${SIMULATED_MAX.toLocaleString()} conversations, changes nothing
        </label>
        <label class="check">
          <input type="radio" name="what" .checked=${!this.isSimulation} @change=${() => (this.isSimulation = false)} />
          For the library: all history, new intents come up for review
        </label>
      </fieldset>
      <button class="primary" data-verb="mine" ?disabled=${!this.model.mayChange || isBusy || isRunning}>
        ${isBusy ? "Starting…" : this.isSimulation ? "Simulate" : "Mine"}
      </button>
      ${isRunning ? html`<p class="hint">One mining runs already; the next can start after it.</p>` : nothing}
    </form>`;
  }

  private readonly start = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const run = await this.model.start({
      is_simulation: this.isSimulation,
      granularity: this.granularity ?? "medium",
      ...(this.isSimulation ? { records_max: SIMULATED_MAX } : {}),
    });
    if (run) location.hash = hashOf({ view: "intents", tab: "mining", row: run });
  };

  private runs(): TemplateResult {
    const { runs } = this.model;
    if (runs === null) return html`<p class="none" role="status">Loading…</p>`;
    if (runs.length === 0) return html`<p class="none">Nothing was mined yet.</p>`;
    return html`<nav class="runs scroll" aria-label="Minings">
      <ul>
        ${runs.map(
          (run) => html`<li>
            <a
              class="run"
              data-run=${run.run_id}
              data-state=${run.state}
              href=${hashOf({ ...this.place, row: run.run_id })}
              aria-current=${this.place.row === run.run_id ? "true" : "false"}
            >
              <span class="line">
                <b>${run.is_simulation ? "Simulation" : "Mining"}</b>
                <span class="chip ${run.state === "failed" ? "bad" : run.state === "done" ? "" : "accent"}">${STATES[run.state]}</span>
              </span>
              <span class="soft small">
                ${run.is_daily ? "Daily · " : nothing}${GRANULARITIES[run.granularity] ?? run.granularity}${run.state === "done"
                  ? html` · ${run.intents} intents`
                  : nothing}
                · ${clock(run.requested_at_ms, this.nowMs)}
              </span>
            </a>
          </li>`,
        )}
      </ul>
    </nav>`;
  }

  private result(): TemplateResult {
    const { row } = this.place;
    const { result, rowFailure, runs } = this.model;
    if (row === null) return html`<p class="none">Choose a mining to see what it found.</p>`;
    const run = result ?? runs?.find((one) => one.run_id === row) ?? null;
    // A failed one has nothing to look at but why it failed.
    if (rowFailure !== null && run?.state !== "failed") return html`<p class="none" role="alert">${rowFailure}</p>`;
    if (run === null) return html`<p class="none" role="status">Loading…</p>`;
    if (run.state === "failed") {
      return html`<div class="waiting" role="alert" data-mining-failed>
        <h2>This mining failed</h2>
        <p>${sentenced(run.because ?? "it is not known why")}</p>
      </div>`;
    }
    if (run.state !== "done") return this.progress(run);
    if (result === null) return html`<p class="none" role="status">Loading…</p>`;
    if (!result.is_kept) return html`<p class="none">Of this older mining only that it was is kept.</p>`;
    return html`<cs-mined
      .model=${this.model}
      .result=${result}
      .isExporting=${this.busy.has(`export:${row}`)}
      .isSaving=${this.busy.has("settings:")}
    ></cs-mined>`;
  }

  private progress(run: MiningRun): TemplateResult {
    const isKnown = run.total > 0;
    const lastedMs = run.started_at_ms === null ? null : this.nowMs - run.started_at_ms;
    return html`<div class="waiting" data-progress=${run.phase ?? ""}>
      <h2>${run.state === "due" ? "Waiting to start" : spoken(run.phase || "reading history")}</h2>
      <progress
        aria-label="How far it is"
        max=${isKnown ? run.total : nothing}
        value=${isKnown ? Math.min(run.done, run.total) : nothing}
      ></progress>
      <p class="soft">
        ${isKnown ? html`${run.done.toLocaleString()} of ${run.total.toLocaleString()}` : "Just begun"}${lastedMs !== null && lastedMs > 0
          ? html` · for ${span(lastedMs)}`
          : nothing}
      </p>
      <p class="soft small">You can leave this page; the mining goes on, and its result stays in the list.</p>
    </div>`;
  }
}
