/** What the Adaptive Card renderer leaves to a style sheet, in the console's tokens. */

import { css } from "lit";

export const cardStyles = css`
  .ac-adaptiveCard {
    padding: 0 !important;
    outline: none;
  }

  .ac-textBlock p {
    margin: 0;
  }

  .ac-textBlock :is(ul, ol) {
    margin: 0;
    padding-left: 18px;
    list-style: revert;
  }

  .ac-anchor,
  .ac-textBlock a {
    color: var(--accent-ink);
  }

  .ac-actionSet,
  .ac-actionSet > div {
    flex-wrap: wrap !important;
    gap: 6px 0;
  }

  .ac-pushButton {
    min-height: 30px;
    padding: 3px 11px;
    font-size: 13px;
  }

  .ac-pushButton.style-positive {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
  }

  .ac-pushButton.style-positive:hover:not(:disabled) {
    background: color-mix(in srgb, var(--accent) 88%, var(--ink));
  }

  .ac-pushButton.style-destructive {
    border-color: transparent;
    background: var(--bad-wash);
    color: var(--bad-ink);
  }

  .ac-pushButton.expanded {
    background: var(--hover);
  }

  .ac-selectable {
    cursor: pointer;
  }

  .ac-selectable:hover {
    background: var(--hover) !important;
  }

  .ac-input {
    width: 100%;
    padding: 5px 9px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    background: var(--surface);
  }

  .ac-horizontal-separator {
    border-color: var(--line) !important;
  }
`;
