/** What a mining found: cut finer or coarser by a slider, as a map and as a list. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { icons } from "../icons";
import type { Intents } from "../intents";
import type { Granularity, MinedIntent, MiningResult } from "../library";
import { shared } from "../styles/shared";
import {
  type Cluster,
  clustersAt,
  granularityAt,
  nearestGranularity,
  piecesOf,
  type Stop,
  stepAt,
  stepsOf,
  stopsOf,
} from "../tree";
import { percent } from "../words";
import "./cluster-map";
import { chipStyles, formStyles, hueStyles } from "./intents.styles";

const NAMES: Record<Granularity, string> = { low: "Low", medium: "Medium", high: "High" };
const CLOSE = 0.85;
const FIGURES: readonly (readonly [name: string, words: string])[] = [
  ["conversations", "conversations"],
  ["turns", "messages"],
  ["bearing", "with a wish"],
  ["distinct", "of them different"],
  ["clusters", "finer intents"],
];

@customElement("cs-mined")
export class Mined extends LitElement {
  @property({ attribute: false }) model!: Intents;
  @property({ attribute: false }) result!: MiningResult;
  @property({ type: Boolean }) isExporting = false;
  @property({ type: Boolean }) isSaving = false;
  /** How many steps of the tree the slider takes. */
  @state() private step = 0;
  /** The cluster that is pointed at, in the map or in the list. */
  @state() private lit: string | null = null;
  @state() private opened: string | null = null;
  private steps: readonly number[] = [];
  private clusters: readonly Cluster[] = [];

  static override styles = [
    shared,
    formStyles,
    chipStyles,
    hueStyles,
    css`
      :host {
        padding: 14px 16px 24px;
      }

      header,
      .dial {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 14px;
      }

      h2 {
        font-size: 16px;
        font-weight: 650;
      }

      .figures {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 14px;
        margin: 4px 0;
        color: var(--ink-soft);
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }

      .dial {
        margin-top: 10px;
        padding: 10px 14px;
        border-radius: var(--radius);
        background: var(--sunken);
        font-size: 13px;
      }

      .dial output {
        min-width: 86px;
        font-size: 18px;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
      }

      .range {
        flex: 1;
        display: grid;
        min-width: 200px;
      }

      .range input {
        width: 100%;
        margin: 0;
        accent-color: var(--accent);
      }

      .stops {
        position: relative;
        height: 26px;
        /* The thumb's middle never reaches the ends of the track. */
        margin: 0 8px;
      }

      .stops button {
        position: absolute;
        top: 2px;
        min-height: 24px;
        padding: 0 6px;
        font-size: 12px;
        transform: translateX(-50%);
      }

      .stops [aria-pressed="true"] {
        background: var(--accent-wash);
        color: var(--accent-ink);
      }

      .found {
        display: grid;
        grid-template-columns: minmax(0, 1.35fr) minmax(240px, 1fr);
        gap: 16px;
        margin-top: 14px;
        align-items: start;
      }

      cs-cluster-map {
        position: sticky;
        top: 8px;
      }

      .list > li {
        border-bottom: 1px solid var(--line);
      }

      .cluster {
        gap: 8px;
        justify-content: start;
        width: 100%;
        min-height: 36px;
        padding: 6px 4px;
        border-color: transparent;
        border-radius: 6px;
        background: transparent;
        font-size: 13px;
        text-align: left;
        white-space: normal;
      }

      .cluster.lit {
        background: var(--hover);
      }

      .swatch {
        flex: none;
        width: 12px;
        height: 12px;
        border-radius: 50%;
        background: var(--hue);
      }

      .cluster .grow {
        overflow-wrap: anywhere;
      }

      .number {
        color: var(--ink-soft);
        font-weight: 450;
        font-variant-numeric: tabular-nums;
      }

      .more {
        display: grid;
        gap: 6px;
        padding: 2px 8px 12px 28px;
        font-size: 13px;
      }

      .more ul {
        display: grid;
        gap: 3px;
        color: var(--ink-soft);
      }

      .more b {
        font-weight: 600;
      }

      .none {
        padding: 48px 16px;
        color: var(--ink-soft);
        text-align: center;
      }

      @container console (width < 1000px) {
        .found {
          grid-template-columns: minmax(0, 1fr);
        }

        cs-cluster-map {
          position: static;
        }
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues): void {
    const before = changed.get("result") as MiningResult | undefined;
    if (changed.has("result") && before?.run_id !== this.result.run_id) {
      this.steps = stepsOf(this.result.tree);
      this.step = stepAt(this.steps, this.result.tree.cut);
      [this.lit, this.opened] = [null, null];
    }
    if (changed.has("result") || changed.has("step")) {
      this.clusters = clustersAt(this.result, this.steps, this.step);
    }
  }

  protected override render(): TemplateResult {
    const { result, clusters } = this;
    return html`
      <header>
        <h2>${result.is_simulation ? "What a mining would find" : "What was found"}</h2>
        ${result.is_simulation ? html`<span class="chip" data-simulation>Simulation: the library is unchanged</span>` : nothing}
        <span class="grow"></span>
        <button class="small-button" data-verb="export" ?disabled=${this.isExporting} @click=${() => this.model.export(result.run_id)}>
          ${icons.tray} Export
        </button>
      </header>
      ${this.figures()}
      ${clusters.length === 0
        ? html`<p class="none">
            Nothing was found: too few customers said something that carries a wish. More conversations help.
          </p>`
        : html`${this.dial()}
            <div class="found">
              <cs-cluster-map
                .pieces=${piecesOf(result)}
                .clusters=${clusters}
                .of=${result.run_id}
                .lit=${this.lit}
                @lit=${(event: CustomEvent<string | null>) => (this.lit = event.detail)}
              ></cs-cluster-map>
              ${this.list()}
            </div>`}
    `;
  }

  private figures(): TemplateResult {
    const { mined, figures, is_simulation: isSimulation, added, updated, left_out: left } = this.result;
    const number = (holds: (intent: MinedIntent) => boolean): number => mined.filter(holds).length;
    const differ = [
      { name: "new", words: "new", number: number(({ change }) => change === "new"), isShown: true },
      { name: "known", words: "more of known ones", number: number(({ change }) => change === "known"), isShown: true },
      { name: "near", words: "very close to another", number: number(isNear), isShown: false },
      { name: "added", words: "added to the library", number: added, isShown: !isSimulation },
      { name: "updated", words: "updated there", number: updated, isShown: false },
      { name: "left", words: "left out", number: left, isShown: false },
    ];
    return html`<p class="figures" data-diff>
        ${differ
          .filter((one) => one.isShown || one.number > 0)
          .map(({ name, words, number: found }) => html`<span data-change=${name}><b>${found}</b> ${words}</span>`)}
      </p>
      <p class="figures" data-figures>
        ${FIGURES.map(([name, words]) => {
          const value = figures[name];
          return typeof value === "number" ? html`<span>${value.toLocaleString()} ${words}</span>` : nothing;
        })}
      </p>`;
  }

  // The slider

  private dial(): TemplateResult {
    const { tree } = this.result;
    const most = this.steps.length;
    const number = this.clusters.length;
    const here = granularityAt(tree, this.steps, this.step);
    const words = `${number} intents${here === null ? "" : `, ${NAMES[here]}`}`;
    return html`<div class="dial">
      <output for="granularity" data-clusters=${number}>${number} intents</output>
      <div class="range">
        <input
          id="granularity"
          type="range"
          min="0"
          max=${most}
          step="1"
          aria-label="Granularity: from few broad intents to many narrow ones"
          aria-valuetext=${words}
          ?disabled=${most === 0}
          .value=${String(most - this.step)}
          @input=${(event: Event) => (this.step = most - Number((event.target as HTMLInputElement).value))}
        />
        <div class="stops" role="group" aria-label="Go to a granularity">
          ${stopsOf(tree, this.steps).map((stop) => this.stopButton(stop, here))}
        </div>
      </div>
      ${this.use(nearestGranularity(tree, this.steps, this.step))}
    </div>`;
  }

  private stopButton({ name, step, at }: Stop, here: Granularity | null): TemplateResult {
    return html`<button
      class="quiet"
      .style=${`left: ${(100 * at).toFixed(1)}%`}
      aria-pressed=${here === name}
      data-stop=${name}
      @click=${() => (this.step = step)}
    >
      ${NAMES[name]}
    </button>`;
  }

  private use(name: Granularity | null): TemplateResult | typeof nothing {
    const settings = this.model.head?.settings;
    if (name === null || settings === undefined || !this.model.mayChange) return nothing;
    if (settings.granularity === name) return html`<span class="soft small">Discovery uses ${NAMES[name]}</span>`;
    return html`<button
      class="small-button"
      data-verb="use-granularity"
      title="The nearest setting that discovery knows"
      ?disabled=${this.isSaving}
      @click=${() => this.model.saveSettings({ granularity: name })}
    >
      Discover with ${NAMES[name]}
    </button>`;
  }

  // The list

  private list(): TemplateResult {
    return html`<ol class="list" aria-label="Intents at this granularity">
      ${repeat(
        this.clusters,
        ({ key }) => key,
        (cluster) => this.cluster(cluster),
      )}
    </ol>`;
  }

  private cluster(cluster: Cluster): TemplateResult {
    const mined = this.minedOf(cluster);
    const isOpen = this.opened === cluster.key;
    return html`<li data-cluster=${cluster.key}>
      <button
        class="cluster h${cluster.hue} ${this.lit === cluster.key ? "lit" : ""}"
        aria-expanded=${isOpen}
        @click=${() => (this.opened = isOpen ? null : cluster.key)}
        @pointerenter=${() => (this.lit = cluster.key)}
        @pointerleave=${() => (this.lit = null)}
        @focus=${() => (this.lit = cluster.key)}
        @blur=${() => (this.lit = null)}
      >
        <span class="swatch"></span>
        <span class="grow">${cluster.name}</span>
        ${mined?.change === "new" ? html`<span class="chip accent">new</span>` : nothing}
        ${mined !== undefined && mined.change !== "new" ? html`<span class="chip">${mined.change}</span>` : nothing}
        ${mined !== undefined && isNear(mined)
          ? html`<span class="chip pending" title="Nearly the same as another">${percent(mined.nearest_similarity)} like ${this.nameOf(mined.nearest_id)}</span>`
          : nothing}
        <span class="number">${cluster.count.toLocaleString()}</span>
      </button>
      ${isOpen ? this.details(cluster, mined) : nothing}
    </li>`;
  }

  private details(cluster: Cluster, mined: MinedIntent | undefined): TemplateResult {
    const examples = mined?.examples.map(({ text }) => text) ?? cluster.pieces.flatMap((piece) => piece.examples);
    const attributes = mined?.attributes ?? [];
    const parts = cluster.pieces.length > 1 ? cluster.pieces : [];
    return html`<div class="more">
      ${mined?.description ? html`<p>${mined.description}</p>` : nothing}
      <b>Examples</b>
      <ul>
        ${examples.slice(0, 6).map((text) => html`<li>${text}</li>`)}
      </ul>
      ${attributes.length > 0
        ? html`<b>Asked for</b>
            <ul>
              ${attributes.map((one) => html`<li>${one.name}: ${one.question}</li>`)}
            </ul>`
        : nothing}
      ${parts.length > 0
        ? html`<b>Made of</b>
            <ul>
              ${parts.map((piece) => html`<li>${piece.name} <span class="number">${piece.count.toLocaleString()}</span></li>`)}
            </ul>`
        : nothing}
    </div>`;
  }

  private minedOf(cluster: Cluster): MinedIntent | undefined {
    return cluster.intent_id === null
      ? undefined
      : this.result.mined.find(({ intent_id: id }) => id === cluster.intent_id);
  }

  private nameOf(id: string): string {
    const found = this.result.mined.find((intent) => intent.intent_id === id);
    return found?.name ?? this.model.rows?.find((row) => row.intent_id === id)?.name ?? "another";
  }
}

function isNear(intent: MinedIntent): boolean {
  return intent.change === "new" && intent.nearest_id !== "" && intent.nearest_similarity >= CLOSE;
}
