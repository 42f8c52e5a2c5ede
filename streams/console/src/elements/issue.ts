/** What the customer wants: the detected intent, what is known and missing, what to say next. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { icons } from "../icons";
import { askedOf, othersOf, responsesOf, resultWords, showingOf } from "../issue";
import type { AskedAttribute, ConversationIntent, Told } from "../library";
import { shared } from "../styles/shared";
import { capitalized, clock, percent } from "../words";
import { chipStyles } from "./intents.styles";

/** What the pane wants done. */
export type IssueEvent =
  | { kind: "insert"; text: string }
  | { kind: "dismiss" }
  | { kind: "choose"; intent_id: string }
  | { kind: "solution" };

@customElement("cs-issue")
export class Issue extends LitElement {
  @property({ attribute: false }) intent: ConversationIntent | null = null;
  /** The one who looks serves the conversation: text can be put into their box. */
  @property({ type: Boolean }) isServed = false;
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  @property() conversationId = "";
  @property({ type: Number }) nowMs = 0;

  static override styles = [
    shared,
    chipStyles,
    css`
      :host {
        display: block;
        border-bottom: 1px solid var(--line);
        overflow-y: auto;
        scrollbar-width: thin;
      }

      :host([data-showing="nothing"]) {
        display: none;
      }

      .wait {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 12px 16px;
        color: var(--ink-soft);
        font-size: 13px;
      }

      .dots {
        animation: breathe 1.4s ease-in-out infinite;
      }

      @keyframes breathe {
        50% {
          opacity: 0.25;
        }
      }

      section {
        display: grid;
        gap: 10px;
        padding: 10px 16px 14px;
        font-size: 13px;
      }

      header {
        display: flex;
        align-items: flex-start;
        gap: 8px;
      }

      header > svg {
        margin-top: 3px;
        color: var(--accent-ink);
      }

      .title {
        flex: 1;
        min-width: 0;
      }

      h2 {
        font-size: 14px;
        font-weight: 650;
        overflow-wrap: anywhere;
      }

      header .icon {
        width: 30px;
        min-height: 30px;
      }

      .others {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px;
      }

      .others button,
      .ask button {
        min-height: 26px;
        padding: 1px 9px;
        border-radius: 20px;
        font-size: 12px;
        font-weight: 500;
        white-space: normal;
        text-align: left;
      }

      h3 {
        margin-bottom: 2px;
        color: var(--ink-soft);
        font-size: 12px;
        font-weight: 600;
      }

      .ask li {
        display: grid;
        grid-template-columns: 16px minmax(0, 1fr) auto;
        align-items: center;
        gap: 8px;
        min-height: 30px;
        padding: 2px 0;
      }

      .ask svg {
        color: var(--good-ink);
      }

      .ask .open svg {
        color: var(--ink-soft);
      }

      .ask .next {
        margin: 2px -8px;
        padding: 4px 8px;
        border-radius: 8px;
        background: var(--accent-wash);
      }

      .ring {
        justify-self: center;
        width: 10px;
        height: 10px;
        border: 1.7px solid var(--line-strong);
        border-radius: 50%;
      }

      .next .ring {
        border-color: var(--accent);
        background: var(--accent);
      }

      .name {
        color: var(--ink-soft);
        font-size: 12px;
      }

      .value {
        font-weight: 600;
        overflow-wrap: anywhere;
      }

      .question {
        overflow-wrap: anywhere;
      }

      .say {
        display: grid;
        gap: 4px;
      }

      .say button {
        justify-content: start;
        width: 100%;
        min-height: 30px;
        padding: 5px 10px;
        font-weight: 450;
        font-size: 13px;
        text-align: left;
        white-space: normal;
      }

      .say button svg {
        color: var(--ink-soft);
      }

      .results li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 2px 8px;
        padding: 6px 0;
        border-top: 1px solid var(--line);
      }

      .results p {
        grid-column: 1 / -1;
        color: var(--ink-soft);
        font-size: 12px;
      }

      .foot {
        position: sticky;
        bottom: 0;
        padding: 8px 16px;
        border-top: 1px solid var(--line);
        background: var(--surface);
      }

      .foot button {
        width: 100%;
      }

      .results button {
        min-height: 28px;
        padding: 2px 10px;
        font-size: 13px;
      }

      .query {
        color: var(--ink-soft);
        font-size: 12px;
        overflow-wrap: anywhere;
      }

      summary {
        color: var(--ink-soft);
        cursor: pointer;
      }

      .earlier dl {
        display: grid;
        grid-template-columns: minmax(72px, 40%) minmax(0, 1fr);
        gap: 3px 10px;
        margin: 4px 0 8px;
      }

      dt {
        color: var(--ink-soft);
      }
    `,
  ];

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("intent")) this.dataset.showing = showingOf(this.intent);
  }

  /** Put the cursor on the first thing one can do here. */
  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { intent } = this;
    switch (showingOf(intent)) {
      case "looking":
        return html`<p class="wait" role="status" data-issue="looking">
          <span class="dots">${icons.intents}</span> Looking for suggestions
        </p>`;
      case "unavailable":
        return html`<p class="wait" role="status" data-issue="unavailable">${icons.intents} Suggestions unavailable</p>`;
      case "intent":
      case "group":
        return intent === null ? nothing : this.issue(intent);
      default:
        return nothing;
    }
  }

  private issue(intent: ConversationIntent): TemplateResult {
    const isIntent = showingOf(intent) === "intent";
    return html`<section aria-label="What the customer wants" data-issue=${intent.state}>
      <header>
        ${icons.intents}
        <div class="title">
          <h2 tabindex="-1" data-issue-name>${isIntent ? intent.intent?.name : intent.group?.name}</h2>
          <span class="soft small">
            ${isIntent ? html`${percent(intent.intent?.score ?? 0)} sure` : "Only the group is clear so far"}${intent.state === "unavailable"
              ? html` · <span data-unavailable>Suggestions unavailable</span>`
              : nothing}
          </span>
        </div>
        ${isIntent
          ? html`<button
              class="quiet icon"
              data-verb="dismiss-intent"
              title="That is not it"
              aria-label="That is not it: show ${intent.intent?.name ?? "it"} no more in this conversation"
              ?disabled=${!this.isServed || this.isBusy("dismiss")}
              @click=${() => this.want({ kind: "dismiss" })}
            >
              ${icons.down_hand}
            </button>`
          : nothing}
      </header>
      ${this.others(intent)} ${this.found(intent)} ${isIntent ? this.asked(intent) : this.clarifying(intent)}
      ${this.responses(intent)} ${this.earlier(intent)}
    </section>
    ${this.isServed && intent.state !== "unavailable" ? this.request(intent) : nothing}`;
  }

  private others(intent: ConversationIntent): TemplateResult | typeof nothing {
    const others = othersOf(intent);
    if (others.length === 0 || intent.state === "unavailable") return nothing;
    return html`<div class="others" role="group" aria-label="What it may be instead">
      <span class="soft small">${intent.intent !== null ? "Or is it" : "Is it"}</span>
      ${others.map(
        (one: Told) => html`<button
          data-choose=${one.intent_id}
          ?disabled=${!this.isServed || this.isBusy("choose")}
          @click=${() => this.want({ kind: "choose", intent_id: one.intent_id })}
        >
          ${one.name} <span class="soft">${percent(one.score)}</span>
        </button>`,
      )}
    </div>`;
  }

  // What is known and missing

  private asked(intent: ConversationIntent): TemplateResult | typeof nothing {
    const { known, missing } = askedOf(intent.attributes);
    const result = resultWords(intent.result);
    if (known.length + missing.length === 0) return nothing;
    return html`<div>
      <h3>${known.length} of ${known.length + missing.length} known</h3>
      ${result === null ? nothing : html`<p class="soft small" data-result>${result}</p>`}
      <ul class="ask">
        ${missing.map((one) => this.missing(one))} ${known.map((one) => this.known(one))}
      </ul>
    </div>`;
  }

  private missing(one: AskedAttribute): TemplateResult {
    return html`<li class="open ${one.is_next ? "next" : ""}" data-attribute=${one.attribute_id} data-known="no">
      <span class="ring"></span>
      <span>
        <span class="name">${capitalized(one.name)}${one.is_required ? nothing : ", optional"}${one.is_next ? ", next" : ""}</span><br />
        <span class="question">${one.question}</span>
      </span>
      ${this.insertButton(one.question, `Put the question for ${one.name} into the box`)}
    </li>`;
  }

  private known(one: AskedAttribute): TemplateResult {
    return html`<li data-attribute=${one.attribute_id} data-known="yes">
      ${icons.check}
      <span>
        <span class="name" title=${one.question}>${capitalized(one.name)}</span><br />
        <span class="value">${one.value}</span>
      </span>
      ${one.is_from_bot ? html`<span class="chip" title="The customer told the bot">from the bot</span>` : nothing}
    </li>`;
  }

  private clarifying(intent: ConversationIntent): TemplateResult | typeof nothing {
    const question = intent.group?.clarifying_question ?? "";
    if (question === "") return nothing;
    return html`<ul class="ask">
      <li class="open next" data-clarify>
        <span class="ring"></span>
        <span class="question">${question}</span>
        ${this.insertButton(question, "Put the clarifying question into the box")}
      </li>
    </ul>`;
  }

  private insertButton(text: string, label: string): TemplateResult | typeof nothing {
    if (!this.isServed || text === "") return nothing;
    return html`<button aria-label=${label} data-insert @click=${() => this.want({ kind: "insert", text })}>Insert</button>`;
  }

  private responses(intent: ConversationIntent): TemplateResult | typeof nothing {
    const responses = responsesOf(intent);
    if (responses.length === 0 || !this.isServed) return nothing;
    return html`<div>
      <h3>Said in such a case</h3>
      <ul class="say">
        ${responses.map(
          ({ text, why, kind }) => html`<li>
            <button data-response=${kind} title=${why || nothing} @click=${() => this.want({ kind: "insert", text })}>
              ${icons.reply}<span>${text}</span>
            </button>
          </li>`,
        )}
      </ul>
    </div>`;
  }

  /** One query at a time; the button stays in sight however long the pane is. */
  private request({ solution, next }: ConversationIntent): TemplateResult {
    const isBusy = this.isBusy("solution");
    return html`<div class="foot">
      <button class=${next.kind === "solution" ? "primary" : ""} data-verb="request-solution" ?disabled=${isBusy} @click=${() => this.want({ kind: "solution" })}>
        ${icons.book} ${isBusy ? "Looking for a solution…" : solution === null ? "Request solution" : "Request it again"}
      </button>
    </div>`;
  }

  private found({ solution }: ConversationIntent): TemplateResult | typeof nothing {
    if (solution === null) return nothing;
    return html`<div>
      <h3>Solutions</h3>
      ${html`<p class="query" data-query>Looked for “${solution.query}” · ${clock(solution.at_ms, this.nowMs)}</p>
            ${solution.results.length === 0
              ? html`<p class="soft" data-no-solution>No article fits.</p>`
              : html`<ul class="results">
                  ${solution.results.map((one) => {
                    const url = linkOf(one.url);
                    return html`<li data-solution=${one.article_id}>
                      ${url === null
                        ? html`<b>${one.title}</b>`
                        : html`<a href=${url} target="_blank" rel="noopener noreferrer">${one.title}</a>`}
                      ${this.isServed
                        ? html`<button
                            aria-label="Put ${one.title} into the box"
                            @click=${() => this.want({ kind: "insert", text: url ?? (one.summary || one.title) })}
                          >
                            Insert
                          </button>`
                        : nothing}
                      ${one.summary ? html`<p>${one.summary}</p>` : nothing}
                    </li>`;
                  })}
                </ul>`}`}
    </div>`;
  }

  private earlier(intent: ConversationIntent): TemplateResult[] {
    return intent.earlier.map(
      (one) => html`<details class="earlier" data-earlier=${one.intent_id}>
        <summary>Before: ${one.name} <span class="small">until ${clock(one.until_ms, this.nowMs)}</span></summary>
        ${one.attributes.length === 0
          ? html`<p class="soft small">Nothing was asked.</p>`
          : html`<dl>
              ${one.attributes.map(({ name, question, value }) => html`<dt title=${question}>${capitalized(name)}</dt><dd>${value ?? "not answered"}</dd>`)}
            </dl>`}
      </details>`,
    );
  }

  private isBusy(verb: string): boolean {
    return this.busy.has(`intent-${verb}:${this.conversationId}`);
  }

  private want(detail: IssueEvent): void {
    this.dispatchEvent(new CustomEvent<IssueEvent>("issue", { detail, bubbles: true, composed: true }));
  }
}

/** Return an address that may be opened; null for anything else. */
function linkOf(url: string | null): string | null {
  return url !== null && /^https?:/i.test(url) ? url : null;
}
