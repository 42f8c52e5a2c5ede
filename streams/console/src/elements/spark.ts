/** Lines over the last minutes, as plain SVG: small ones in tables, a bigger one above them. */

import { css, html, nothing, svg, type TemplateResult } from "lit";

import type { Sample } from "../board";
import { spokenSpan } from "../words";
import { linePath } from "./path";

export function spark(samples: readonly Sample[]): TemplateResult | typeof nothing {
  if (samples.length === 0) return nothing;
  const path = linePath(samples.map((sample) => sample.waiting), 64, 18);
  return html`<svg class="spark" viewBox="0 -2 64 22" preserveAspectRatio="none" aria-hidden="true">
    <path d=${path} />
  </svg>`;
}

/** Waiting and the longest wait over the last minutes, with words for those who do not see it. */
export function chart(samples: readonly Sample[], label: string): TemplateResult {
  const [width, height] = [300, 56];
  const waiting = samples.map((sample) => sample.waiting);
  const waits = samples.map((sample) => sample.oldest_wait_ms);
  const spanMs = (samples.at(-1)?.at_ms ?? 0) - (samples[0]?.at_ms ?? 0);
  const most = { waiting: Math.max(0, ...waiting), wait: Math.max(0, ...waits) };
  const words =
    `${label} over the last ${spokenSpan(spanMs)}: at most ${most.waiting} waiting, ` +
    `longest wait ${spokenSpan(most.wait)}.`;
  return html`<figure class="chart">
    <svg viewBox="0 -3 ${width} ${height + 6}" preserveAspectRatio="none" role="img" aria-label=${words}>
      ${svg`<path class="axis" d="M0 ${height}H${width}" />`}
      <path class="wait" d=${linePath(waits, width, height)} />
      <path class="waiting" d=${linePath(waiting, width, height)} />
    </svg>
    <figcaption>
      <span class="key waiting">waiting, up to ${most.waiting}</span>
      <span class="key wait">longest wait</span>
    </figcaption>
  </figure>`;
}

export const sparkStyles = css`
  .spark {
    width: 64px;
    height: 22px;
    stroke: var(--accent);
    stroke-width: 1.5;
  }

  .spark path,
  .chart path {
    vector-effect: non-scaling-stroke;
  }

  .chart {
    margin: 0;
  }

  .chart svg {
    width: 100%;
    height: 62px;
  }

  .chart .axis {
    stroke: var(--line);
    stroke-width: 1;
  }

  .chart path.waiting {
    stroke: var(--accent);
  }

  .chart path.wait {
    stroke: var(--warn);
    stroke-dasharray: 4 3;
  }

  figcaption {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 14px;
    margin-top: 2px;
    color: var(--ink-soft);
    font-size: 12px;
  }

  .key::before {
    content: "";
    display: inline-block;
    width: 14px;
    margin: 0 6px 3px 0;
    border-top: 2px solid var(--accent);
  }

  .key.wait::before {
    border-top: 2px dashed var(--warn);
  }
`;
