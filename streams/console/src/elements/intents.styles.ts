/** What the parts of the page of intents have in common: forms, chips, sections, hues. */

import { css, unsafeCSS } from "lit";

import { HUES } from "../tree";

/** One class for each colour that tells clusters apart. */
const hues = Array.from({ length: HUES }, (_, at) => `.h${at} { --hue: var(--hue-${at + 1}); }`);

export const hueStyles = unsafeCSS(hues.join("\n"));

export const formStyles = css`
  input:not([type="checkbox"], [type="radio"], [type="range"]),
  textarea,
  select {
    width: 100%;
    min-height: 34px;
    padding: 4px 10px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    background: var(--surface);
    color: inherit;
    font: inherit;
    font-size: 13px;
  }

  textarea {
    display: block;
    min-height: 64px;
    padding: 7px 10px;
    resize: vertical;
    field-sizing: content;
    max-height: 260px;
  }

  input[aria-invalid="true"],
  textarea[aria-invalid="true"] {
    border-color: var(--bad);
  }

  input:is([type="checkbox"], [type="radio"]) {
    width: 16px;
    height: 16px;
    margin: 0;
    accent-color: var(--accent);
    flex: none;
  }

  label.field {
    display: grid;
    align-content: start;
    gap: 4px;
    font-size: 13px;
  }

  label.check {
    display: flex;
    align-items: center;
    gap: 8px;
    font-size: 13px;
  }

  fieldset {
    display: grid;
    gap: 8px;
    margin: 0;
    padding: 0;
    border: 0;
    min-width: 0;
  }

  legend {
    padding: 0 0 4px;
    font-size: 13px;
    font-weight: 600;
  }

  .left-over {
    color: var(--ink-soft);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }

  .left-over.over {
    color: var(--bad-ink);
    font-weight: 600;
  }

  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }

  .row.end {
    justify-content: flex-end;
  }

  .grow {
    flex: 1;
    min-width: 0;
  }

  .small-button {
    min-height: 28px;
    padding: 2px 10px;
    font-size: 13px;
  }

  .warning {
    padding: 8px 12px;
    border-radius: 8px;
    background: var(--warn-wash);
    color: var(--warn-ink);
    font-size: 13px;
  }

  .problem {
    color: var(--bad-ink);
    font-size: 13px;
  }
`;

export const chipStyles = css`
  .chip {
    display: inline-block;
    padding: 0 8px;
    border-radius: 20px;
    background: var(--sunken);
    color: var(--ink-soft);
    font-size: 12px;
    font-weight: 550;
    line-height: 20px;
    white-space: nowrap;
  }

  .chip.approved {
    background: var(--good-wash);
    color: var(--good-ink);
  }

  .chip.pending {
    background: var(--warn-wash);
    color: var(--warn-ink);
  }

  .chip.accent {
    background: var(--accent-wash);
    color: var(--accent-ink);
  }

  .chip.bad {
    background: var(--bad-wash);
    color: var(--bad-ink);
  }
`;

export const choiceStyles = css`
  .choices {
    display: inline-flex;
    flex-wrap: wrap;
    gap: 2px;
    padding: 3px;
    border-radius: 8px;
    background: var(--sunken);
  }

  .choices button {
    min-height: 28px;
    padding: 2px 12px;
    border-color: transparent;
    background: transparent;
    color: var(--ink-soft);
    font-size: 13px;
  }

  .choices [aria-pressed="true"] {
    background: var(--raised);
    color: var(--ink);
    box-shadow: var(--shadow);
  }

  .choices .number {
    color: var(--ink-soft);
    font-weight: 450;
  }
`;
