import { css } from "lit";

/** How the sheet about a decision looks. */
export const decisionStyles = css`
  dialog {
    --sheet-width: 900px;
  }

  .verdict {
    padding: 10px 14px;
    border-radius: 8px;
    background: var(--good-wash);
    color: var(--good-ink);
  }

  .verdict[data-chosen=""] {
    background: var(--warn-wash);
    color: var(--warn-ink);
  }

  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 22px;
    margin-top: 12px;
  }

  .facts dt {
    color: var(--ink-soft);
    font-size: 12px;
  }

  h3 {
    margin: 18px 0 8px;
    font-size: 13px;
    font-weight: 650;
  }

  h4 {
    margin: 10px 0 6px;
    font-size: 13px;
    font-weight: 600;
  }

  .table {
    max-height: 320px;
    overflow: auto;
  }

  table {
    width: 100%;
    border-collapse: collapse;
    font-size: 13px;
  }

  thead th {
    position: sticky;
    top: 0;
    padding: 4px 12px 6px 0;
    background: var(--surface);
    color: var(--ink-soft);
    font-size: 12px;
    font-weight: 500;
    text-align: left;
  }

  tbody :is(td, th) {
    padding: 7px 12px 7px 0;
    border-top: 1px solid var(--line);
    font-weight: 400;
    text-align: left;
    vertical-align: top;
  }

  tbody th[scope="row"] {
    font-weight: 600;
  }

  .number {
    font-variant-numeric: tabular-nums;
  }

  .tag {
    display: inline-block;
    padding: 0 9px;
    border-radius: 20px;
    background: var(--good-wash);
    color: var(--good-ink);
    font-size: 12px;
    line-height: 20px;
  }

  .tag.plain {
    background: var(--sunken);
    color: var(--ink-soft);
  }

  .traces {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(260px, 1fr));
    gap: 4px 24px;
  }

  .trace {
    padding-left: 20px;
    list-style: decimal;
    font-size: 13px;
  }

  .start {
    display: flex;
    align-items: center;
    gap: 12px;
    margin-top: 18px;
  }

  .what-if {
    margin-top: 16px;
    padding: 2px 16px 16px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--sunken);
  }

  .what-if thead th {
    background: transparent;
  }

  .choice {
    display: flex;
    align-items: center;
    gap: 10px;
    margin: 10px 0;
    color: var(--ink-soft);
    font-size: 13px;
  }

  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(170px, 1fr));
    gap: 10px 14px;
  }

  .fields label {
    display: grid;
    gap: 3px;
    color: var(--ink-soft);
    font-size: 12px;
    overflow-wrap: anywhere;
  }

  select,
  input {
    min-width: 0;
    min-height: 32px;
    padding: 3px 9px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    background: var(--surface);
    color: var(--ink);
    font: inherit;
    font-size: 13px;
  }

  .changed :is(select, input) {
    border-color: var(--accent);
    outline: 1px solid var(--accent);
  }

  details {
    margin-top: 10px;
  }

  summary {
    width: fit-content;
    margin-bottom: 8px;
    color: var(--accent-ink);
    cursor: pointer;
    font-size: 12px;
  }

  .filter {
    width: 240px;
    margin-bottom: 6px;
  }

  .changes {
    margin-top: 12px;
    font-size: 13px;
  }

  .buttons {
    display: flex;
    gap: 8px;
    margin-top: 12px;
  }

  .outcome {
    margin-top: 14px;
    padding-top: 4px;
    border-top: 1px solid var(--line);
  }

  .failure {
    margin-top: 10px;
    padding: 10px 14px;
    border-radius: 8px;
    background: var(--bad-wash);
    color: var(--bad-ink);
  }
`;
