/** What to do when the worker does not know us. */

import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";

import { shared } from "../styles/shared";

@customElement("cs-sign-in")
export class SignIn extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        place-items: center;
        padding: 24px;
      }

      form {
        display: grid;
        gap: 14px;
        width: min(440px, 100%);
        padding: 28px;
        border: 1px solid var(--line);
        border-radius: 14px;
        background: var(--surface);
        box-shadow: var(--shadow);
      }

      h2 {
        font-size: 18px;
        font-weight: 650;
      }

      label {
        display: grid;
        gap: 6px;
        font-weight: 550;
      }

      input {
        padding: 8px 12px;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-small);
        background: var(--sunken);
        font-family: var(--font-mono);
        font-size: 13px;
      }

      code {
        font: 13px var(--font-mono);
      }
    `,
  ];

  protected override render(): TemplateResult {
    return html`<form @submit=${this.submit}>
      <h2>Sign in</h2>
      <p class="soft">
        The worker does not know you, or your token has expired. In development, open the address that
        <code>cuestream up</code> printed; it carries a token. Otherwise paste the token you were given.
      </p>
      <label>
        Token
        <input name="token" type="password" autocomplete="off" spellcheck="false" required />
      </label>
      <button class="primary">Sign in</button>
    </form>`;
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const token = String(new FormData(event.target as HTMLFormElement).get("token")).trim();
    if (token) this.dispatchEvent(new CustomEvent("sign-in", { detail: token, bubbles: true }));
  }
}
