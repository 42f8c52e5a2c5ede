/** The page of intents: what customers want, as mined and as curated, and what is in force of it. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";

import { icons } from "../icons";
import { type Intents, isFresh } from "../intents";
import type { LibraryHead, MiningRun } from "../library";
import { hashOf, type IntentsTab, type Place } from "../place";
import { shared } from "../styles/shared";
import { clock, percent, sentenced } from "../words";
import { boardStyles } from "./board.styles";
import { chipStyles } from "./intents.styles";
import type { PublishSheet } from "./publish";
import "./groups";
import "./intent";
import "./intent-list";
import "./library-settings";
import "./mining";
import "./publish";

const TABS: Record<IntentsTab, string> = {
  library: "Library",
  mining: "Mining",
  groups: "Groups",
  versions: "Versions",
  settings: "Settings",
};

@customElement("cs-intents")
export class IntentsView extends LitElement {
  @property({ attribute: false }) model!: Intents;
  @property({ attribute: false }) place!: Place & { view: "intents" };
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  @property({ type: Number }) nowMs = 0;
  /** What the model's own count of changes had reached. */
  @property({ type: Number }) revision = 0;
  @query("cs-publish") private sheet!: PublishSheet | null;

  static override styles = [
    shared,
    boardStyles,
    chipStyles,
    css`
      .state {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        font-size: 13px;
      }

      cs-intent-list,
      cs-mining,
      cs-groups,
      cs-library-settings {
        flex: 1;
        min-width: 0;
      }

      cs-intent {
        width: clamp(340px, 44%, 640px);
        border-left: 1px solid var(--line);
      }

      .note {
        max-width: 420px;
      }

      .welcome {
        flex: 1;
        display: grid;
        gap: 12px;
        place-content: center;
        justify-items: center;
        padding: 32px;
        text-align: center;
      }

      .welcome svg {
        width: 40px;
        height: 40px;
        color: var(--accent-ink);
      }

      .welcome h2 {
        font-size: 18px;
        font-weight: 650;
      }

      .welcome progress {
        width: 260px;
        height: 8px;
        accent-color: var(--accent);
      }

      .welcome p {
        max-width: 460px;
        color: var(--ink-soft);
        text-wrap: balance;
      }

      @media (width < 900px) {
        cs-intent {
          position: fixed;
          inset: 0;
          z-index: 3;
          width: 100%;
          border-left: 0;
          background: var(--surface);
        }
      }
    `,
  ];

  protected override render(): TemplateResult {
    const { tab } = this.place;
    const { head, failure, mayChange } = this.model;
    return html`
      <div class="top">
        <nav class="tabs" aria-label="Intents">
          ${(Object.keys(TABS) as IntentsTab[]).map(
            (name) => html`<a
              href=${hashOf({ view: "intents", tab: name, row: null })}
              aria-current=${name === tab ? "page" : "false"}
              >${TABS[name]}</a
            >`,
          )}
        </nav>
        ${head === null ? nothing : this.state(head, mayChange)}
      </div>
      ${failure ? html`<p class="failure" role="alert" data-failure>${failure}</p>` : nothing}
      ${head !== null && !mayChange
        ? html`<p class="failure readonly" data-readonly>
            You may look at everything here. Changing it takes the role intent manager, supervisor or admin.
          </p>`
        : nothing}
      <div class="main">${this.tab()}</div>
      <cs-publish .model=${this.model} .head=${head} .revision=${this.revision}></cs-publish>
    `;
  }

  /** What is in force, what is on its way, and the way to bring in what was changed. */
  private state(head: LibraryHead, mayChange: boolean): TemplateResult {
    const { published, publication, changes_since_publish: changes } = head;
    const isUnderWay = publication?.state === "due";
    const hasFailed = publication?.state === "failed";
    return html`<div class="state">
      <span role="status" data-publication=${publication?.state ?? "none"} data-version=${published?.version ?? 0}>
        ${isUnderWay
          ? html`<span class="chip accent">Version ${publication.version} is being trained</span>`
          : published === null
            ? html`<span class="soft">Nothing is in force yet</span>`
            : html`<span class="soft">Version ${published.version} in force, ${count(published.intents, "intent")}</span>`}
        ${hasFailed ? html`<span class="chip bad">Version ${publication.version} failed</span>` : nothing}
      </span>
      ${changes > 0
        ? html`<span class="chip pending" data-changes=${changes}>${count(changes, "change")} not in force</span>`
        : nothing}
      <button
        class=${changes > 0 ? "primary" : ""}
        data-verb="publish"
        ?disabled=${!mayChange || isUnderWay}
        @click=${() => this.sheet?.ask()}
      >
        ${icons.publish} Publish…
      </button>
    </div>`;
  }

  private tab(): TemplateResult {
    switch (this.place.tab) {
      case "library":
        return this.library();
      case "mining":
        return html`<cs-mining
          .model=${this.model}
          .place=${this.place}
          .revision=${this.revision}
          .busy=${this.busy}
          .nowMs=${this.nowMs}
        ></cs-mining>`;
      case "groups":
        return html`<cs-groups
          .model=${this.model}
          .place=${this.place}
          .revision=${this.revision}
          .busy=${this.busy}
        ></cs-groups>`;
      case "versions":
        return this.versions();
      case "settings":
        return html`<cs-library-settings
          .model=${this.model}
          .settings=${this.model.head?.settings ?? null}
          .busy=${this.busy}
        ></cs-library-settings>`;
    }
  }

  private library(): TemplateResult {
    const { model } = this;
    if (this.place.row === null && isFresh(model)) return this.welcome();
    const first = this.place.row === null && model.rows?.length === 0 ? underWay(model.runs) : undefined;
    if (first !== undefined) return this.waiting(first);
    return html`
      <cs-intent-list
        .model=${model}
        .rows=${model.rows}
        .groups=${model.groups}
        .opened=${this.place.row}
        .revision=${this.revision}
        .busy=${this.busy}
      ></cs-intent-list>
      ${this.place.row === null
        ? nothing
        : keyed(
            this.place.row,
            html`<cs-intent
              .model=${model}
              .intentId=${this.place.row}
              .intent=${model.intent}
              .failure=${model.rowFailure}
              .rows=${model.rows}
              .groups=${model.groups}
              .lines=${model.lines}
              .busy=${this.busy}
              .nowMs=${this.nowMs}
            ></cs-intent>`,
          )}
    `;
  }

  private welcome(): TemplateResult {
    return html`<section class="welcome" data-welcome>
      ${icons.intents}
      <h2>Find out what your customers want</h2>
      <p>
        Cuestream reads past conversations and proposes intents: what customers asked for, what was asked in
        return and what was answered. You review them, then publish what you approved. Until then nothing is
        used in a live conversation.
      </p>
      <button
        class="primary"
        data-verb="mine-first"
        ?disabled=${!this.model.mayChange || this.busy.has("mine:")}
        @click=${this.mine}
      >
        ${this.busy.has("mine:") ? "Starting…" : "Mine history"}
      </button>
    </section>`;
  }

  /** The first mining is under way: the library fills by itself. */
  private waiting(run: MiningRun): TemplateResult {
    return html`<section class="welcome" data-first-mining>
      ${icons.intents}
      <h2>The history is being read</h2>
      <progress
        aria-label="How far it is"
        max=${run.total > 0 ? run.total : nothing}
        value=${run.total > 0 ? Math.min(run.done, run.total) : nothing}
      ></progress>
      <p>What it finds comes up here for review. You can leave this page meanwhile.</p>
      <a href=${hashOf({ view: "intents", tab: "mining", row: run.run_id })}>See how far it is</a>
    </section>`;
  }

  private readonly mine = async (): Promise<void> => {
    const granularity = this.model.head?.settings.granularity ?? "medium";
    const run = await this.model.start({ is_simulation: false, granularity });
    if (run !== null) location.hash = hashOf({ view: "intents", tab: "mining", row: run || null });
  };

  private versions(): TemplateResult {
    const { versions } = this.model;
    if (versions === null) return html`<p class="none table-side" role="status">Loading…</p>`;
    return html`<div class="table-side">
      <table data-versions>
        <caption class="unseen">Versions</caption>
        <thead>
          <tr>
            ${["Version", "State", "When", "By", "Note", "Intents", "Examples", "Accuracy", "Threshold"].map(
              (words) => html`<th scope="col"><span class="sort">${words}</span></th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${versions.map(
            (row) => html`<tr data-version=${row.version}>
              <th scope="row">
                ${row.version} <span class="under mono">${(row.digest ?? "").slice(0, 12)}</span>
              </th>
              <td>
                ${row.is_in_force
                  ? html`<span class="chip approved">In force</span>`
                  : html`<span class="chip ${row.state === "failed" ? "bad" : ""}">${STATES[row.state] ?? row.state}</span>`}
                ${row.because ? html`<span class="under">${sentenced(row.because)}</span>` : nothing}
              </td>
              <td class="number">${clock(row.at_ms, this.nowMs)}</td>
              <td>${row.by ?? "–"}</td>
              <td class="note">${row.note || "–"}</td>
              <td class="number">${row.intents}</td>
              <td class="number">${row.examples}</td>
              <td class="number">${row.accuracy === null ? "–" : percent(row.accuracy)}</td>
              <td class="number">${row.threshold === null ? "–" : row.threshold.toFixed(2)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
      ${versions.length === 0
        ? html`<p class="none">Nothing was published yet. Approve intents in the library, then publish.</p>`
        : nothing}
    </div>`;
  }
}

function underWay(runs: readonly MiningRun[] | null): MiningRun | undefined {
  return runs?.find((run) => !run.is_simulation && (run.state === "due" || run.state === "running"));
}

const STATES: Record<string, string> = { due: "Being trained", done: "Replaced", failed: "Failed" };

export function count(number: number, what: string): string {
  return `${number.toLocaleString()} ${what}${number === 1 ? "" : "s"}`;
}
