/** A question before something that cannot be taken back, with room for a reason. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";

import { Sheet } from "./dialog";

interface Question {
  heading: string;
  sentence: string;
  verb: string;
  /** It takes no reason; the answer is empty then. */
  isReasonless?: boolean;
}

@customElement("cs-confirm")
export class Confirm extends Sheet {
  @state() private question: Question | null = null;
  private answer: (reason: string | null) => void = () => undefined;

  static override styles = [
    ...Sheet.sheetStyles,
    css`
      dialog {
        --sheet-width: 440px;
      }

      form {
        display: grid;
        gap: 12px;
      }

      label {
        display: grid;
        gap: 4px;
        font-size: 13px;
      }

      input {
        min-height: 36px;
        padding: 4px 10px;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-small);
        background: var(--surface);
      }

      .buttons {
        display: flex;
        justify-content: flex-end;
        gap: 8px;
      }
    `,
  ];

  /** Ask; return the reason, which may be empty, or null when the answer is no. */
  ask(question: Question): Promise<string | null> {
    this.answer(null);
    this.question = question;
    this.show();
    return new Promise((resolve) => (this.answer = resolve));
  }

  protected override closed(): void {
    this.answer(null);
    this.answer = () => undefined;
  }

  protected override heading(): string {
    return this.question?.heading ?? "";
  }

  protected override body(): TemplateResult {
    return html`<form @submit=${this.submitted}>
      <p>${this.question?.sentence}</p>
      ${this.question?.isReasonless
        ? nothing
        : html`<label>Reason<input name="reason" maxlength="300" autocomplete="off" /></label>`}
      <div class="buttons">
        <button type="button" @click=${() => this.close()}>Keep</button>
        <button class="danger" data-verb="confirm">${this.question?.verb}</button>
      </div>
    </form>`;
  }

  private submitted(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    this.answer(String(new FormData(form).get("reason") ?? "").trim());
    this.answer = () => undefined;
    form.reset();
    this.close();
  }
}
