/** The keys, on one sheet. */

import { css, html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";

import { Sheet } from "./dialog";

const KEYS: readonly (readonly [keys: readonly string[], meaning: string])[] = [
  [["j", "↓"], "Next conversation, or next card when a card has the focus"],
  [["k", "↑"], "Previous conversation or card"],
  [["r"], "Reply"],
  [["o"], "Go to the offer that ends first; there, A accepts and D declines"],
  [["a"], "Accept the conversation"],
  [["i"], "Go to what the customer wants"],
  [["q"], "Put the next question into the box; in the empty box, Tab does so"],
  [["c"], "Go to the newest card"],
  [["d"], "Dismiss the focused card"],
  [["w"], "Why the focused card, or the newest one, is there"],
  [["Esc"], "Leave the field, the card or the sheet"],
  [["?"], "This help"],
];

@customElement("cs-help")
export class Help extends Sheet {
  static override styles = [
    ...Sheet.sheetStyles,
    css`
      dialog {
        --sheet-width: 480px;
      }

      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 10px 18px;
        align-items: baseline;
      }

      dt {
        display: flex;
        gap: 4px;
      }
    `,
  ];

  protected override heading(): string {
    return "Keyboard";
  }

  protected override body(): TemplateResult {
    return html`<dl>
      ${KEYS.map(
        ([keys, meaning]) => html`
          <dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt>
          <dd>${meaning}</dd>
        `,
      )}
    </dl>`;
  }
}
