import { css } from "lit";

/** What deliveries and connections add to the board's tables. */
export const wireStyles = css`
  :host {
    display: block;
    padding: 4px 0 24px;
    border: 0;
    box-shadow: none;
  }

  h2 {
    margin: 18px 16px 8px;
    font-size: 14px;
    font-weight: 650;
  }

  .tabs {
    width: fit-content;
    margin: 0 16px 6px;
  }

  .tabs button {
    min-height: 28px;
    font-size: 13px;
  }

  .tabs [aria-pressed="true"] {
    background: var(--raised);
    color: var(--ink);
    box-shadow: var(--shadow);
  }

  thead th {
    padding: 6px 8px;
    color: var(--ink-soft);
    font-size: 12px;
    font-weight: 500;
  }

  thead th:first-child {
    padding-left: 16px;
  }

  .error {
    max-width: 360px;
    overflow-wrap: anywhere;
  }

  .warning {
    display: block;
    color: var(--warn-ink);
  }

  td button {
    min-height: 28px;
    padding: 2px 10px;
  }
`;
