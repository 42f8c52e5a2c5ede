/** The shell's layout: the desk has three columns from 900 px on, one at a time below. */

import { css } from "lit";

export const consoleStyles = css`
  :host {
    display: grid;
    grid-template: minmax(0, 1fr) / 72px minmax(0, 1fr);
    height: 100dvh;
  }

  cs-why,
  cs-decision,
  cs-target,
  cs-confirm,
  cs-help {
    position: absolute;
  }

  .skip {
    position: absolute;
    top: -60px;
    left: 12px;
    z-index: 5;
    padding: 8px 14px;
    border-radius: 8px;
    background: var(--accent);
    color: var(--on-accent);
  }

  .skip:focus {
    top: 10px;
  }

  .rail {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 12px;
    padding: 12px 6px;
  }

  .logo {
    display: grid;
    place-items: center;
    width: 34px;
    height: 34px;
    border-radius: 10px;
    background: var(--accent);
    color: var(--on-accent);
  }

  .logo svg {
    width: 22px;
    height: 22px;
    stroke-width: 2.2;
  }

  .rail a {
    position: relative;
    display: grid;
    gap: 3px;
    justify-items: center;
    width: 100%;
    padding: 8px 0 6px;
    border-radius: 10px;
    color: var(--ink-soft);
    font-size: 10.5px;
    font-weight: 550;
    text-decoration: none;
  }

  .rail a svg {
    width: 20px;
    height: 20px;
  }

  .rail a[aria-current="page"] {
    background: var(--surface);
    color: var(--accent-ink);
    box-shadow: var(--shadow);
  }

  .mark {
    position: absolute;
    top: 3px;
    right: 10px;
    min-width: 17px;
    padding: 0 4px;
    border-radius: 20px;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 11px;
    line-height: 17px;
    text-align: center;
  }

  .page {
    container: console / inline-size;
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    padding: 0 12px 12px 0;
  }

  .head {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 56px;
    padding: 0 4px;
  }

  h1 {
    margin-right: 6px;
    font-size: 17px;
    font-weight: 650;
    letter-spacing: -0.01em;
    white-space: nowrap;
  }

  .grow {
    flex: 1;
  }

  .pill {
    display: inline-flex;
    align-items: center;
    gap: 7px;
    padding: 2px 11px 2px 9px;
    border-radius: 20px;
    background: var(--warn-wash);
    color: var(--warn-ink);
    font-size: 12px;
    font-weight: 600;
    white-space: nowrap;
  }

  .pill.live {
    background: var(--good-wash);
    color: var(--good-ink);
  }

  .pill.offline,
  .pill.signed-out {
    background: var(--bad-wash);
    color: var(--bad-ink);
  }

  .lamp {
    width: 7px;
    height: 7px;
    border-radius: 50%;
    background: currentColor;
  }

  .pill:is(.connecting, .starting, .reconnecting) .lamp {
    animation: breathe 1.4s ease-in-out infinite;
  }

  @keyframes breathe {
    50% {
      opacity: 0.25;
    }
  }

  .badge {
    padding: 1px 9px;
    border: 1px solid var(--line-strong);
    border-radius: 20px;
    color: var(--ink-soft);
    font-size: 12px;
  }

  .me {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    margin-left: 6px;
    font-weight: 550;
    white-space: nowrap;
  }

  .face {
    display: grid;
    place-items: center;
    width: 30px;
    height: 30px;
    border-radius: 50%;
    background: var(--accent-wash);
    color: var(--accent-ink);
    font-size: 12px;
    font-weight: 650;
  }

  .banner {
    margin: 0 4px 10px;
    padding: 7px 14px;
    border-radius: 8px;
    background: var(--warn-wash);
    color: var(--warn-ink);
    font-size: 13px;
  }

  cs-sign-in {
    flex: 1;
  }

  .desktop {
    flex: 1;
    display: grid;
    grid-template: minmax(0, 1fr) / clamp(204px, 23vw, 296px) minmax(0, 1fr) clamp(256px, 28vw, 372px);
    min-height: 0;
    border: 1px solid var(--line);
    border-radius: 14px;
    background: var(--surface);
    box-shadow: var(--shadow);
    overflow: hidden;
  }

  .left,
  .side {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
  }

  .side cs-issue {
    flex: 0 1 auto;
    max-height: 58%;
  }

  .side:has(cs-issue:not([data-showing="nothing"])) cs-context {
    max-height: 26%;
  }

  .side cs-assist {
    min-height: 140px;
  }

  .left cs-conversations,
  .side cs-assist {
    flex: 1;
  }

  main {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    border: solid var(--line);
    border-width: 0 1px;
    background: var(--sunken);
    outline: 0;
  }

  cs-transcript {
    flex: 1;
  }

  .conversation-head {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 56px;
    padding: 6px 16px 6px 24px;
    border-bottom: 1px solid var(--line);
    background: var(--surface);
  }

  .title {
    flex: 1;
    min-width: 0;
  }

  .title h2,
  .title p {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .title h2 {
    font-size: 15px;
    font-weight: 650;
    line-height: 1.35;
  }

  .id {
    font-size: 11.5px;
  }

  .back {
    display: none;
  }

  .confirm {
    display: inline-flex;
    align-items: center;
    gap: 6px;
  }

  .welcome {
    display: grid;
    gap: 10px;
    place-items: center;
    align-content: center;
    flex: 1;
    padding: 24px;
    color: var(--ink-soft);
    text-align: center;
  }

  .welcome svg {
    width: 36px;
    height: 36px;
    opacity: 0.6;
  }

  .switcher {
    display: none;
  }

  .notices {
    position: fixed;
    right: 24px;
    bottom: 24px;
    z-index: 4;
    display: grid;
    gap: 8px;
    /* As wide as the assist panel: never over the field somebody writes in. */
    width: calc(clamp(256px, 28vw, 372px) - 24px);
  }

  /* Forms stand on the right there. */
  .notices.intents {
    right: auto;
    left: 96px;
    width: min(420px, 40vw);
  }

  .notice {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 8px 8px 8px 16px;
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--raised);
    box-shadow: var(--shadow-high);
    animation: rise 180ms ease-out;
  }

  .notice.bad {
    border-color: color-mix(in srgb, var(--bad) 40%, transparent);
  }

  .notice span {
    flex: 1;
    overflow-wrap: anywhere;
  }

  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(8px);
    }
  }

  @media (width < 1100px) {
    .me .who,
    .id {
      display: none;
    }

    .conversation-head {
      padding-left: 16px;
    }
  }

  @media (width < 900px) {
    :host {
      grid-template: auto minmax(0, 1fr) / minmax(0, 1fr);
    }

    .rail {
      flex-direction: row;
      justify-content: center;
      gap: 4px;
      padding: 4px 8px 0;
    }

    .rail a {
      display: flex;
      justify-content: center;
      gap: 6px;
      padding: 6px 0;
      font-size: 13px;
    }

    h1 {
      font-size: 16px;
    }

    .logo,
    .badge,
    .keys {
      display: none;
    }

    .page {
      padding: 0;
    }

    .head {
      padding: 0 12px 0 16px;
    }

    .desktop {
      grid-template: minmax(0, 1fr) / minmax(0, 1fr);
      border-width: 1px 0 0;
      border-radius: 0;
    }

    .desktop > * {
      display: none;
    }

    .show-list > .left,
    .show-conversation > main,
    .show-assist > .side {
      display: flex;
    }

    main {
      border-width: 0;
    }

    .back {
      display: inline-flex;
    }

    .conversation-head {
      padding: 6px 12px;
    }

    .switcher {
      display: flex;
      gap: 4px;
      padding: 6px;
      border-top: 1px solid var(--line);
      background: var(--surface);
    }

    .switcher button {
      flex: 1;
      min-height: 40px;
    }

    .switcher [aria-pressed="true"] {
      background: var(--accent-wash);
      color: var(--accent-ink);
    }

    .notices,
    .notices.intents {
      right: 12px;
      left: auto;
      bottom: 70px;
      width: calc(100vw - 24px);
    }
  }
`;
