/** What dialogs share: a modal sheet that closes by Escape, its button, or a click beside it. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";

import { icons } from "../icons";
import { shared } from "../styles/shared";

export abstract class Sheet extends LitElement {
  protected abstract heading(): string;
  protected abstract body(): TemplateResult;

  /** The sheet was closed, by whatever means. */
  protected closed(): void {
    // Most sheets have nothing to do then.
  }

  /** What stays in sight below the scrolling body. */
  protected foot(): TemplateResult | typeof nothing {
    return nothing;
  }

  static sheetStyles = [
    shared,
    css`
      dialog {
        width: min(var(--sheet-width, 620px), calc(100vw - 24px));
        max-height: min(86vh, 900px);
        padding: 0;
        border: 1px solid var(--line);
        border-radius: 14px;
        background: var(--surface);
        color: var(--ink);
        box-shadow: var(--shadow-high);
      }

      dialog[open] {
        display: flex;
        flex-direction: column;
      }

      dialog::backdrop {
        background: rgb(10 14 20 / 45%);
      }

      .top {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 14px 12px 10px 20px;
      }

      .top h2 {
        flex: 1;
        font-size: 16px;
        font-weight: 650;
      }

      .body {
        flex: 1;
        min-height: 0;
        padding: 2px 20px 20px;
        outline: 0;
      }
    `,
  ];

  get isOpen(): boolean {
    return this.dialog?.open ?? false;
  }

  show(): void {
    void this.updateComplete.then(() => {
      if (this.dialog && !this.dialog.open) this.dialog.showModal();
    });
  }

  close(): void {
    this.dialog?.close();
  }

  protected override render(): TemplateResult {
    return html`<dialog
      aria-labelledby="heading"
      @close=${() => this.closed()}
      @click=${(event: Event) => {
        if (event.target === this.dialog) this.close();
      }}
    >
      <div class="top">
        <h2 id="heading">${this.heading()}</h2>
        <button class="quiet icon" aria-label="Close" @click=${() => this.close()}>${icons.close}</button>
      </div>
      <div class="body scroll" tabindex="-1" autofocus>${this.body()}</div>
      ${this.foot()}
    </dialog>`;
  }

  private get dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog");
  }
}
