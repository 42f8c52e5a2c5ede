/** How the board's tables, tiles and drawer look. */

import { css } from "lit";

export const boardStyles = css`
  :host {
    flex: 1;
    display: flex;
    flex-direction: column;
    min-height: 0;
    border: 1px solid var(--line);
    border-radius: 14px;
    background: var(--surface);
    box-shadow: var(--shadow);
    overflow: hidden;
  }

  .top {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
    padding: 10px 16px;
    border-bottom: 1px solid var(--line);
  }

  .tabs {
    display: flex;
    gap: 2px;
    padding: 3px;
    border-radius: 8px;
    background: var(--sunken);
  }

  .tabs a {
    padding: 3px 14px;
    border-radius: 6px;
    color: var(--ink-soft);
    font-size: 13px;
    font-weight: 550;
    text-decoration: none;
  }

  .tabs a[aria-current="page"] {
    background: var(--raised);
    color: var(--ink);
    box-shadow: var(--shadow);
  }

  .search {
    position: relative;
    display: block;
  }

  .search svg {
    position: absolute;
    top: 9px;
    left: 10px;
    color: var(--ink-soft);
  }

  .search input {
    width: 220px;
    min-height: 34px;
    padding: 3px 10px 3px 32px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    background: var(--surface);
  }

  .main {
    flex: 1;
    display: flex;
    min-height: 0;
  }

  .table-side {
    /* What only screen readers see must stay inside of what scrolls. */
    position: relative;
    flex: 1;
    min-width: 0;
    overflow: auto;
  }

  cs-drawer {
    width: min(400px, 42%);
    border-left: 1px solid var(--line);
  }

  .summary {
    display: flex;
    flex-wrap: wrap;
    gap: 16px 32px;
    padding: 14px 16px;
  }

  .summary dl {
    flex: 1;
    display: flex;
    flex-wrap: wrap;
    align-items: flex-start;
    gap: 10px;
  }

  .tile {
    min-width: 96px;
    padding: 8px 14px;
    border-radius: var(--radius);
    background: var(--sunken);
  }

  .tile dt {
    color: var(--ink-soft);
    font-size: 12px;
  }

  .tile dd {
    font-size: 20px;
    font-weight: 650;
    font-variant-numeric: tabular-nums;
    line-height: 1.3;
  }

  .summary .chart {
    width: 300px;
  }

  table {
    width: 100%;
    border-collapse: collapse;
    font-size: 13px;
  }

  thead th {
    position: sticky;
    top: 0;
    z-index: 1;
    padding: 0;
    border-bottom: 1px solid var(--line);
    background: var(--surface);
    text-align: left;
    white-space: nowrap;
  }

  .sort {
    gap: 2px;
    min-height: 34px;
    padding: 2px 8px;
    font-size: 12px;
  }

  thead th:first-child .sort {
    padding-left: 16px;
  }

  .sort svg {
    width: 14px;
    height: 14px;
  }

  tbody :is(td, th) {
    padding: 8px;
    border-bottom: 1px solid var(--line);
    font-weight: 400;
    text-align: left;
    vertical-align: top;
  }

  tbody th {
    min-width: 168px;
    padding-left: 16px;
  }

  tbody th a {
    color: var(--ink);
    font-weight: 600;
    text-decoration: none;
  }

  tbody th a:hover {
    text-decoration: underline;
  }

  tbody tr.open {
    background: var(--accent-wash);
  }

  .under {
    display: block;
    color: var(--ink-soft);
    font-size: 12px;
  }

  .closed {
    color: var(--warn-ink);
    font-weight: 600;
  }

  .number {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }

  .with-spark {
    display: inline-flex;
    align-items: center;
    gap: 10px;
  }

  .late {
    color: var(--bad-ink);
    font-weight: 600;
  }

  .presence {
    display: inline-flex;
    align-items: center;
    gap: 7px;
    white-space: nowrap;
  }

  .dot {
    width: 9px;
    height: 9px;
    border-radius: 50%;
    background: var(--line-strong);
  }

  .dot.available {
    background: var(--good);
  }

  .dot:is(.busy, .do_not_disturb) {
    background: var(--bad);
  }

  .dot.away {
    background: var(--warn);
  }

  .load {
    white-space: nowrap;
  }

  meter {
    width: 84px;
    height: 7px;
    margin-right: 8px;
    border-radius: 7px;
    background: var(--line);
    appearance: none;
    overflow: hidden;
    vertical-align: middle;
  }

  meter::-webkit-meter-inner-element {
    display: block;
    height: 7px;
  }

  meter::-webkit-meter-bar {
    height: 7px;
    border: 0;
    border-radius: 7px;
    background: var(--line);
  }

  meter::-webkit-meter-optimum-value {
    background: var(--accent);
  }

  .full meter::-webkit-meter-optimum-value {
    background: var(--bad);
  }

  meter::-moz-meter-bar {
    background: var(--accent);
  }

  .full meter::-moz-meter-bar {
    background: var(--bad);
  }

  .clip {
    display: block;
    max-width: 240px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  select {
    min-height: 30px;
    padding: 2px 8px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    background: var(--surface);
    color: inherit;
    font: inherit;
    font-size: 13px;
  }

  .pager {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 12px;
    padding: 12px;
    font-size: 13px;
  }

  .none {
    padding: 32px 16px;
    color: var(--ink-soft);
    text-align: center;
  }

  .failure {
    margin: 12px 16px 0;
    padding: 9px 14px;
    border-radius: 8px;
    background: var(--bad-wash);
    color: var(--bad-ink);
  }

  @media (width < 900px) {
    :host {
      border-width: 1px 0 0;
      border-radius: 0;
    }

    cs-drawer {
      position: fixed;
      inset: 0;
      z-index: 3;
      width: 100%;
      background: var(--surface);
    }
  }
`;
