/** What the bot handed over: its private message, why, and the context variables. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { icons } from "../icons";
import { withoutIntent } from "../issue";
import type { Handoff, Item, Variables } from "../routing";
import { shared } from "../styles/shared";
import { skillNames } from "../work";
import { spoken } from "../words";

@customElement("cs-context")
export class Context extends LitElement {
  @property({ attribute: false }) handoff: Handoff | null = null;
  @property({ attribute: false }) item: Item | undefined;
  /** The pane below shows the intent: what the bot found of it is not shown a second time. */
  @property({ type: Boolean }) hasIntent = false;

  static override styles = [
    shared,
    css`
      :host {
        max-height: 45%;
        border-bottom: 1px solid var(--line);
        overflow-y: auto;
        scrollbar-width: thin;
      }

      summary {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 48px;
        padding: 0 16px;
        cursor: pointer;
        font-weight: 650;
        list-style: none;
      }

      summary svg {
        color: var(--accent-ink);
      }

      summary span {
        flex: 1;
      }

      .in {
        display: grid;
        gap: 10px;
        padding: 0 16px 14px;
        font-size: 13px;
      }

      .message {
        padding: 9px 12px;
        border: 1px solid color-mix(in srgb, var(--warn) 45%, transparent);
        border-radius: 8px;
        background: var(--warn-wash);
        overflow-wrap: anywhere;
      }

      .message b {
        display: block;
        color: var(--warn-ink);
        font-size: 12px;
        font-weight: 600;
      }

      dl {
        display: grid;
        grid-template-columns: minmax(72px, 40%) minmax(0, 1fr);
        gap: 5px 12px;
      }

      dt {
        color: var(--ink-soft);
        font: 12px/1.6 var(--font-mono);
        overflow-wrap: anywhere;
      }

      dd {
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }

      .cut {
        display: block;
        color: var(--warn-ink);
        font-size: 12px;
      }
    `,
  ];

  protected override render(): TemplateResult | typeof nothing {
    const { handoff, item } = this;
    if (handoff === null && item === undefined) return nothing;
    // The bot's message is for whoever has accepted, so not before anybody has.
    const isTaken = item !== undefined || handoff?.state !== "requested";
    const message = isTaken ? handoff?.message ?? item?.message ?? null : null;
    const given = handoff?.variables ?? item?.variables ?? {};
    const variables = this.hasIntent ? withoutIntent(given) : given;
    const cut = new Set(handoff?.cut_variables ?? item?.cut_variables ?? []);
    const count = Object.keys(variables).length;
    const skills = item === undefined ? [] : skillNames(item);
    if (handoff === null && message === null && count === 0 && skills.length === 0) return nothing;
    return html`<details open>
      <summary>${icons.bot}<span>What is known already</span>${count > 0 ? html`<span class="unseen">${count}</span>` : nothing}</summary>
      <div class="in">
        ${message
          ? html`<p class="message" data-private-message><b>From the bot, for you only</b>${message}</p>`
          : nothing}
        ${handoff
          ? html`<p class="soft">
              Handed over by ${handoff.bot_id ?? "the bot"}${handoff.reason
                ? html`: ${spoken(handoff.reason).toLowerCase()}`
                : nothing}${handoff.attempt > 1 ? html` · attempt ${handoff.attempt}` : nothing}
            </p>`
          : nothing}
        ${skills.length > 0 ? html`<p class="soft">Needs ${skills.join(", ")}</p>` : nothing}
        ${count > 0 ? this.list(variables, cut) : nothing}
      </div>
    </details>`;
  }

  private list(variables: Variables, cut: ReadonlySet<string>): TemplateResult {
    return html`<dl data-variables>
      ${Object.entries(variables).map(
        ([name, value]) => html`<dt>${name}</dt>
          <dd data-variable=${name}>${value}${cut.has(name)
            ? html`<span class="cut">Cut to its first 4,000 characters</span>`
            : nothing}</dd>`,
      )}
    </dl>`;
  }
}
