/** How one intent of the library looks. */

import { css } from "lit";

export const intentStyles = css`
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
    min-width: 0;
    font-size: 15px;
    font-weight: 650;
    overflow-wrap: anywhere;
  }

  .close {
    display: grid;
    place-items: center;
    width: 32px;
    height: 32px;
    margin-left: auto;
    border-radius: var(--radius-small);
    color: var(--ink-soft);
  }

  .close:hover {
    background: var(--hover);
  }

  .in {
    flex: 1;
    min-height: 0;
    padding: 0 16px 20px;
  }

  .facts {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 8px;
  }

  .actions {
    margin: 10px 0 6px;
  }

  details {
    border-top: 1px solid var(--line);
  }

  summary {
    padding: 10px 0;
    font-size: 13px;
    font-weight: 650;
    cursor: pointer;
  }

  .count {
    color: var(--ink-soft);
    font-weight: 450;
    font-variant-numeric: tabular-nums;
  }

  .part {
    display: grid;
    gap: 10px;
    margin-bottom: 14px;
  }

  .pair {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 10px;
  }

  .rename,
  .split {
    display: grid;
    gap: 10px;
    margin: 4px 0 12px;
    padding: 12px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--sunken);
    font-size: 13px;
  }

  .split {
    margin: 0;
  }

  .examples,
  .lines {
    display: grid;
    gap: 2px;
    font-size: 13px;
  }

  .examples li,
  .lines li {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 32px;
    padding-left: 6px;
    border-radius: 6px;
    overflow-wrap: anywhere;
  }

  .examples li:hover,
  .examples li:focus-within {
    background: var(--hover);
  }

  .examples .icon {
    width: 28px;
    min-height: 28px;
  }

  .lines svg {
    color: var(--ink-soft);
  }

  .lines .small {
    display: block;
  }

  .kind {
    width: auto;
  }
`;
