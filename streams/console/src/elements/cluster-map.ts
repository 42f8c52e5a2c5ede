/** The map of a mining: a bubble a sub-intent, in the colour of the intent it is a part of now. */

import { css, html, LitElement, nothing, type PropertyValues, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { type Bubble, bubblesOf, centre, labelsOf, nextBubble } from "../bubbles";
import { shared } from "../styles/shared";
import type { Cluster, Piece } from "../tree";
import { hueStyles } from "./intents.styles";

const BOX = { width: 640, height: 440 };

@customElement("cs-cluster-map")
export class ClusterMap extends LitElement {
  @property({ attribute: false }) pieces: readonly Piece[] = [];
  @property({ attribute: false }) clusters: readonly Cluster[] = [];
  /** The mining they are of: of another one, bubbles are placed anew. */
  @property() of = "";
  /** The cluster that is pointed at somewhere. */
  @property() lit: string | null = null;
  /** The bubble that is pointed at or has the focus. */
  @state() private here: string | null = null;
  /** The bubble that Tab goes to. */
  @state() private stop: string | null = null;
  private bubbles: readonly Bubble[] = [];

  static override styles = [
    shared,
    hueStyles,
    css`
      figure {
        margin: 0;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface);
        overflow: hidden;
      }

      svg {
        width: 100%;
        height: auto;
        background: var(--sunken);
      }

      .bubble {
        fill: color-mix(in srgb, var(--hue) 42%, var(--surface));
        stroke: var(--hue);
        stroke-width: 1.4;
        cursor: pointer;
      }

      .tie {
        stroke: var(--hue);
        stroke-width: 1.2;
        opacity: 0.5;
      }

      .dim {
        opacity: 0.28;
      }

      .bubble.here {
        fill: var(--hue);
        stroke-width: 3;
      }

      g[role="img"]:focus-visible {
        outline: none;
      }

      g[role="img"]:focus-visible .bubble {
        stroke: var(--ink);
        stroke-width: 3.5;
      }

      text {
        fill: var(--ink);
        stroke: var(--sunken);
        stroke-width: 3.5;
        paint-order: stroke;
        font: 600 12px/1 var(--font);
        text-anchor: middle;
        pointer-events: none;
      }

      figcaption {
        display: grid;
        gap: 2px;
        min-height: 94px;
        padding: 10px 14px;
        border-top: 1px solid var(--line);
        font-size: 13px;
      }

      .title {
        font-weight: 600;
      }

      .clip {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      @media (prefers-reduced-motion: no-preference) {
        .bubble {
          transition:
            fill 140ms ease-out,
            stroke 140ms ease-out;
        }
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("of") && this.bubbles.length === this.pieces.length) return;
    this.bubbles = bubblesOf(this.pieces, BOX);
    [this.here, this.stop] = [null, null];
  }

  protected override render(): TemplateResult {
    const places = new Map(this.bubbles.map((bubble) => [bubble.piece.sub_id, bubble]));
    const homes = new Map(
      this.clusters.flatMap((cluster) => cluster.pieces.map((piece) => [piece.sub_id, cluster] as const)),
    );
    const lit = this.here === null ? this.lit : (homes.get(this.here)?.key ?? null);
    const stop = this.stop ?? this.clusters[0]?.key ?? null;
    return html`<figure>
      <svg
        viewBox="0 0 ${BOX.width} ${BOX.height}"
        role="group"
        aria-label="Map of ${this.clusters.length} intents made of ${this.pieces.length} finer ones; arrow keys go from bubble to bubble"
        @keydown=${this.pressed}
      >
        ${this.clusters.map((cluster) => this.ties(cluster, places, lit))}
        ${this.bubbles.map((bubble) => this.bubble(bubble, homes.get(bubble.piece.sub_id), lit, stop))}
        ${labelsOf(this.clusters, this.bubbles, BOX).map(
          ({ key, text, x, y }) =>
            svg`<text x=${x} y=${y} aria-hidden="true" class=${lit !== null && lit !== key ? "dim" : ""}>${text}</text>`,
        )}
      </svg>
      <figcaption data-caption>${this.caption(homes)}</figcaption>
    </figure>`;
  }

  /** Lines from the middle of an intent to its parts: what belongs together is seen without colours, too. */
  private ties(
    cluster: Cluster,
    places: ReadonlyMap<string, Bubble>,
    lit: string | null,
  ): SVGTemplateResult | typeof nothing {
    if (cluster.pieces.length < 2) return nothing;
    const middle = centre(cluster.pieces, places);
    if (middle === null) return nothing;
    return svg`<g class="h${cluster.hue} ${lit !== null && lit !== cluster.key ? "dim" : ""}">
      ${cluster.pieces.map(({ sub_id: id }) => {
        const to = places.get(id);
        return to === undefined
          ? nothing
          : svg`<line class="tie" x1=${middle.x} y1=${middle.y} x2=${to.x} y2=${to.y} />`;
      })}
    </g>`;
  }

  private bubble(
    bubble: Bubble,
    home: Cluster | undefined,
    lit: string | null,
    stop: string | null,
  ): SVGTemplateResult {
    const { piece, x, y, r } = bubble;
    const id = piece.sub_id;
    const isDim = lit !== null && lit !== home?.key;
    return svg`<g
      role="img"
      tabindex=${id === stop ? "0" : "-1"}
      class="h${home?.hue ?? 0} ${isDim ? "dim" : ""}"
      data-bubble=${id}
      aria-label="${piece.name}, said ${piece.count} times, part of ${home?.name ?? "no intent"}"
      @pointerenter=${() => this.point(id)}
      @pointerleave=${() => this.point(null)}
      @focus=${() => {
        this.stop = id;
        this.point(id);
      }}
      @blur=${() => this.point(null)}
    >
      <circle class="bubble ${this.here === id ? "here" : ""}" cx=${x} cy=${y} r=${r} />
    </g>`;
  }

  private caption(homes: ReadonlyMap<string, Cluster>): TemplateResult {
    const piece = this.here === null ? undefined : this.pieces.find(({ sub_id: id }) => id === this.here);
    const home =
      this.here === null ? this.clusters.find(({ key }) => key === this.lit) : homes.get(this.here);
    const shown = piece ?? home?.pieces[0];
    if (shown === undefined) {
      return html`<span class="soft">
        Each bubble is a finer intent, its size how often it was said. Bubbles of one colour, tied together, make one
        intent at the chosen granularity. Point at one, or go there with the arrow keys.
      </span>`;
    }
    return html`
      <span class="title">${piece?.name ?? home?.name} <span class="soft">${(piece?.count ?? home?.count ?? 0).toLocaleString()}</span></span>
      ${piece !== undefined && home !== undefined && home.pieces.length > 1
        ? html`<span class="soft clip">part of ${home.name}</span>`
        : nothing}
      ${shown.words.length > 0 ? html`<span class="soft clip">${shown.words.slice(0, 6).join(" · ")}</span>` : nothing}
      ${shown.examples.slice(0, 2).map((text) => html`<span class="clip">“${text}”</span>`)}
    `;
  }

  private point(id: string | null): void {
    this.here = id;
    const home = id === null ? null : this.clusters.find(({ pieces }) => pieces.some((piece) => piece.sub_id === id));
    this.dispatchEvent(new CustomEvent<string | null>("lit", { detail: home?.key ?? null }));
  }

  private readonly pressed = (event: KeyboardEvent): void => {
    const from = this.bubbles.find(({ piece }) => piece.sub_id === this.here);
    if (from === undefined || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const next = nextBubble(this.bubbles, from, event.key);
    if (next === null) return;
    this.renderRoot.querySelector<SVGElement>(`[data-bubble="${CSS.escape(next.piece.sub_id)}"]`)?.focus();
  };
}
