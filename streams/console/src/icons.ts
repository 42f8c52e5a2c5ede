/** Line icons on a 24 by 24 grid; decoration only, so hidden from screen readers. */

import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";

const icon = (paths: SVGTemplateResult): TemplateResult =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true">${paths}</svg>`;

export const icons = {
  desk: icon(svg`<path d="M4 5h16v10H9l-5 4z" /><path d="M8.5 10h7" />`),
  wave: icon(svg`<path d="M4 9c2.7-3.2 5.3-3.2 8 0s5.3 3.2 8 0M4 16c2.7-3.2 5.3-3.2 8 0s5.3 3.2 8 0" />`),
  plus: icon(svg`<path d="M12 5v14M5 12h14" />`),
  close: icon(svg`<path d="M6 6l12 12M18 6L6 18" />`),
  back: icon(svg`<path d="M15 5l-7 7 7 7" />`),
  reply: icon(svg`<path d="M9.5 6L4 11.5l5.5 5.5M4.5 11.5H14a6 6 0 0 1 6 6v1" />`),
  send: icon(svg`<path d="M5 12h13M12 5.5l6.5 6.5-6.5 6.5" />`),
  lock: icon(svg`<rect x="5" y="11" width="14" height="9" rx="2" /><path d="M8 11V8a4 4 0 0 1 8 0v3" />`),
  person: icon(svg`<circle cx="12" cy="8" r="3.5" /><path d="M5 20c.6-3.6 3.3-5.5 7-5.5s6.4 1.9 7 5.5" />`),
  spark: icon(svg`<path d="M12 4l1.9 5.1L19 11l-5.1 1.9L12 18l-1.9-5.1L5 11l5.1-1.9z" />`),
  link: icon(svg`<path d="M10 14a4 4 0 0 0 5.7 0l2.8-2.8a4 4 0 0 0-5.7-5.7l-1 1" /><path d="M14 10a4 4 0 0 0-5.7 0l-2.8 2.8a4 4 0 0 0 5.7 5.7l1-1" />`),
  why: icon(svg`<circle cx="6" cy="6" r="2" /><circle cx="18" cy="12" r="2" /><circle cx="6" cy="18" r="2" /><path d="M8 6.5l8 4.5M8 17.5l8-4.5" />`),
  copy: icon(svg`<rect x="9" y="9" width="11" height="11" rx="2" /><path d="M15 5H6a2 2 0 0 0-2 2v9" />`),
  check: icon(svg`<path d="M5 12.5l4.5 4.5L19 7.5" />`),
  sun: icon(svg`<circle cx="12" cy="12" r="4" /><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6L7 7M17 17l1.4 1.4M18.4 5.6L17 7M7 17l-1.4 1.4" />`),
  moon: icon(svg`<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" />`),
  contrast: icon(svg`<circle cx="12" cy="12" r="8" /><path d="M12 4v16" /><path d="M12 8h4M12 12h7M12 16h4" />`),
  help: icon(svg`<circle cx="12" cy="12" r="8.5" /><path d="M9.7 9.5a2.4 2.4 0 1 1 3.5 2.2c-.8.4-1.2 1-1.2 1.8M12 16.5v.1" />`),
  inbox: icon(svg`<path d="M4 13l2.5-8h11L20 13v6H4z" /><path d="M4 13h5l1.5 2.5h3L15 13h5" />`),
  board: icon(svg`<path d="M4 20V10M10 20V4M16 20v-7M21 20H3" />`),
  customer: icon(svg`<circle cx="12" cy="12" r="8.5" /><path d="M8.7 13.6c.8 1.6 1.9 2.4 3.3 2.4s2.5-.8 3.3-2.4M9 9.4v.1M15 9.4v.1" />`),
  bell: icon(svg`<path d="M6 16.5c1-1.2 1.5-2.6 1.5-5a4.5 4.5 0 0 1 9 0c0 2.4.5 3.8 1.5 5zM10.5 19.5h3" />`),
  mute: icon(svg`<path d="M6 16.5c1-1.2 1.5-2.6 1.5-5a4.5 4.5 0 0 1 9 0c0 2.4.5 3.8 1.5 5zM10.5 19.5h3M4 4l16 16" />`),
  move: icon(svg`<path d="M4 8h13M13 4l4 4-4 4M20 16H7M11 12l-4 4 4 4" />`),
  bot: icon(svg`<rect x="5" y="8" width="14" height="10" rx="3" /><path d="M12 8V4.5M9.5 12.5v.6M14.5 12.5v.6" />`),
  pause: icon(svg`<path d="M9 6v12M15 6v12" />`),
  up: icon(svg`<path d="M7 14l5-5 5 5" />`),
  down: icon(svg`<path d="M7 10l5 5 5-5" />`),
  intents: icon(svg`<circle cx="12" cy="12" r="8.5" /><circle cx="12" cy="12" r="4.5" /><path d="M12 12v.1" />`),
  publish: icon(svg`<path d="M12 16V5M7.5 9L12 4.5 16.5 9M5 15v4.5h14V15" />`),
  down_hand: icon(svg`<path d="M7 4h9.2c1 0 1.8.6 2 1.6l1.2 5.2c.3 1.3-.7 2.5-2 2.5H13l.8 4c.2 1.2-.6 2.2-1.8 2.2L8.5 14H7zM7 4H4v10h3" />`),
  grip: icon(svg`<path d="M9 6v.1M15 6v.1M9 12v.1M15 12v.1M9 18v.1M15 18v.1" />`),
  tray: icon(svg`<path d="M12 4v9M8 9.5l4 4 4-4M5 16v3.5h14V16" />`),
  book: icon(svg`<path d="M5 5.5c2.5-1 4.8-1 7 .6 2.2-1.6 4.5-1.6 7-.6V18c-2.5-1-4.8-1-7 .6-2.2-1.6-4.5-1.6-7-.6zM12 6.1v12.5" />`),
  search: icon(svg`<circle cx="11" cy="11" r="6" /><path d="M15.5 15.5L20 20" />`),
} as const;
