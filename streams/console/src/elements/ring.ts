/** A ring that empties while time runs out, with the seconds in it. */

import { css, html, type TemplateResult } from "lit";

const ROUND = 2 * Math.PI * 15;
const LATE_S = 15;

export function ring(share: number, seconds: number): TemplateResult {
  return html`<span class="ring ${seconds <= LATE_S ? "late" : ""}" role="timer" aria-label="${seconds} seconds left">
    <svg viewBox="0 0 36 36" aria-hidden="true">
      <circle cx="18" cy="18" r="15" />
      <circle
        class="rest"
        cx="18"
        cy="18"
        r="15"
        transform="rotate(-90 18 18)"
        stroke-dasharray=${ROUND.toFixed(2)}
        stroke-dashoffset=${(ROUND * (1 - share)).toFixed(2)}
      />
    </svg>
    <span aria-hidden="true">${seconds}</span>
  </span>`;
}

export const ringStyles = css`
  .ring {
    position: relative;
    display: grid;
    place-items: center;
    flex: none;
    width: 38px;
    height: 38px;
    font-size: 12px;
    font-weight: 650;
    font-variant-numeric: tabular-nums;
  }

  .ring svg {
    position: absolute;
    inset: 0;
    width: 38px;
    height: 38px;
    stroke-width: 3;
  }

  .ring circle {
    stroke: var(--line);
  }

  .ring .rest {
    stroke: var(--accent);
    transition: stroke-dashoffset 1s linear;
  }

  .ring.late {
    color: var(--bad-ink);
  }

  .ring.late .rest {
    stroke: var(--bad);
  }
`;
