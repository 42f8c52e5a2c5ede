/** Publishing: what would change in the last conversations, a note, and how far it is. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { ApiError } from "../api";
import type { Intents } from "../intents";
import type { DryRun, LibraryHead, Told } from "../library";
import { hashOf } from "../place";
import { shared } from "../styles/shared";
import { percent, sentenced } from "../words";
import { Sheet } from "./dialog";
import { chipStyles, formStyles } from "./intents.styles";

const NUMBERS = [50, 100, 500, 1_000];
const SHOWN_MAX = 50;
const BARS_MAX = 12;

@customElement("cs-publish")
export class PublishSheet extends Sheet {
  @property({ attribute: false }) model!: Intents;
  @property({ attribute: false }) head: LibraryHead | null = null;
  @property({ type: Number }) revision = 0;
  @state() private conversations = 100;
  @state() private run: DryRun | null = null;
  @state() private failure: string | null = null;
  /** Why it was not published. */
  @state() private refusal: string | null = null;
  @state() private isTrying = false;
  @state() private isSending = false;
  /** The version that was in force when publishing was asked for; null: it was not. */
  @state() private sentOn: number | null = null;
  /** A publication that had failed before, which is none of ours. */
  private oldFailure = "";
  /** Number of the present dry run: an answer of an older one is not shown. */
  private trials = 0;

  static override styles = [
    ...Sheet.sheetStyles,
    shared,
    formStyles,
    chipStyles,
    css`
      dialog {
        --sheet-width: 760px;
      }

      .body {
        display: grid;
        gap: 14px;
        align-content: start;
      }

      form {
        display: grid;
        gap: 12px;
      }

      .row select {
        width: auto;
      }

      dl {
        display: grid;
        grid-template-columns: repeat(4, 1fr);
        gap: 8px;
      }

      dl > div {
        padding: 8px 12px;
        border-radius: var(--radius);
        background: var(--sunken);
      }

      dt {
        color: var(--ink-soft);
        font-size: 12px;
      }

      dd {
        font-size: 18px;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
      }

      h3 {
        margin-bottom: 6px;
        font-size: 13px;
        font-weight: 650;
      }

      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 13px;
      }

      th,
      td {
        padding: 4px 8px 4px 0;
        border-bottom: 1px solid var(--line);
        text-align: left;
        font-weight: 400;
        vertical-align: top;
      }

      thead th {
        color: var(--ink-soft);
        font-size: 12px;
      }

      .number {
        font-variant-numeric: tabular-nums;
        text-align: right;
        white-space: nowrap;
      }

      .bars {
        width: 42%;
      }

      .bars svg {
        width: 100%;
        height: 16px;
      }

      .bars .before {
        fill: var(--line-strong);
        stroke: none;
      }

      .bars .after {
        fill: var(--accent);
        stroke: none;
      }

      .key::before {
        content: "";
        display: inline-block;
        width: 10px;
        height: 10px;
        margin-right: 5px;
        border-radius: 2px;
        background: var(--line-strong);
      }

      .key.after::before {
        background: var(--accent);
      }

      .moves {
        max-height: 260px;
      }

      .said {
        overflow-wrap: anywhere;
      }

      progress {
        width: 100%;
        height: 8px;
        accent-color: var(--accent);
      }

      .outcome {
        padding: 10px 14px;
        border-radius: 8px;
        background: var(--good-wash);
        color: var(--good-ink);
      }

      .outcome.bad {
        background: var(--bad-wash);
        color: var(--bad-ink);
      }

      @media (width < 560px) {
        dl {
          grid-template-columns: repeat(2, 1fr);
        }
      }
    `,
  ];

  /** Open the sheet and try what would change. */
  ask(): void {
    [this.run, this.failure, this.refusal, this.sentOn] = [null, null, null, null];
    this.show();
    void this.tryIt();
  }


  protected override heading(): string {
    return "Publish the library";
  }

  protected override body(): TemplateResult {
    const { head } = this;
    if (head === null) return html``;
    if (this.sentOn !== null) return this.progress(head, this.sentOn);
    return html`
      ${head.counts.approved === 0
        ? html`<p class="warning" data-empty>
            Nothing is approved. A library without intents recognises nothing in a conversation.
          </p>`
        : nothing}
      ${head.counts.pending > 0
        ? html`<p class="soft small">
            ${head.counts.pending} ${head.counts.pending === 1 ? "intent is" : "intents are"} still pending and stay out.
          </p>`
        : nothing}
      <div class="row">
        <label class="row small">
          What would change in the last
          <select aria-label="How many conversations" ?disabled=${this.isTrying}
            @change=${(event: Event) => {
              this.conversations = Number((event.target as HTMLSelectElement).value);
              void this.tryIt();
            }}>
            ${NUMBERS.map(
              (number) => html`<option value=${number} .selected=${number === this.conversations}>${number.toLocaleString()}</option>`,
            )}
          </select>
          conversations
        </label>
      </div>
      ${this.isTrying
        ? html`<p class="soft" role="status">Trying it on past conversations…</p>
            <progress aria-label="Trying"></progress>`
        : nothing}
      ${this.failure ? html`<p class="problem" role="alert" data-dry-failure>${this.failure}</p>` : nothing}
      ${this.run === null ? nothing : this.difference(this.run)}
      <form @submit=${this.submitted}>
        <label class="field">
          Note
          <input name="note" maxlength="500" autocomplete="off" placeholder="What is new, for whoever looks it up later" />
        </label>
        ${this.refusal ? html`<p class="problem" role="alert" data-refusal>${this.refusal}</p>` : nothing}
        <div class="row end">
          <button type="button" @click=${() => this.close()}>Not now</button>
          <button class="primary" data-verb="confirm-publish" ?disabled=${this.isSending}>
            ${this.isSending ? "Publishing…" : "Publish"}
          </button>
        </div>
      </form>
    `;
  }

  private difference(run: DryRun): TemplateResult {
    const tiles = [
      ["Same", run.same],
      ["Other intent", run.changed],
      ["Newly recognised", run.new],
      ["No longer recognised", run.lost],
    ] as const;
    return html`<section data-dry-run aria-label="What would change">
      ${run.note ? html`<p class="problem" data-note>${run.note}</p>` : nothing}
      <p class="soft small" role="status">
        ${run.turns.toLocaleString()} messages of ${run.conversations.toLocaleString()} conversations were looked at.
      </p>
      <dl>
        ${tiles.map(([words, number]) => html`<div><dt>${words}</dt><dd data-tile=${words}>${number.toLocaleString()}</dd></div>`)}
      </dl>
    </section>
    ${run.per_intent.length > 0 ? this.bars(run) : nothing} ${run.changes.length > 0 ? this.moves(run) : nothing}`;
  }

  private bars(run: DryRun): TemplateResult {
    const rows = [...run.per_intent].sort(
      (left, right) =>
        Math.abs(right.after - right.before) - Math.abs(left.after - left.before) ||
        right.after - left.after ||
        (left.intent_id < right.intent_id ? -1 : 1),
    );
    const most = Math.max(1, ...rows.flatMap(({ before, after }) => [before, after]));
    return html`<section>
      <h3>How often each intent is recognised</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Intent</th>
            <th scope="col" class="bars"><span class="key">now</span> <span class="key after">then</span></th>
            <th scope="col" class="number">Now</th>
            <th scope="col" class="number">Then</th>
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, BARS_MAX).map(
            (row) => html`<tr data-per-intent=${row.intent_id}>
              <th scope="row">${row.name}</th>
              <td class="bars">
                <svg viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="before" x="0" y="1" width=${(100 * row.before) / most} height="6" />
                  <rect class="after" x="0" y="9" width=${(100 * row.after) / most} height="6" />
                </svg>
              </td>
              <td class="number">${row.before.toLocaleString()}</td>
              <td class="number">${row.after.toLocaleString()}</td>
            </tr>`,
          )}
        </tbody>
      </table>
      ${rows.length > BARS_MAX ? html`<p class="soft small">${rows.length - BARS_MAX} more change less.</p>` : nothing}
    </section>`;
  }

  private moves(run: DryRun): TemplateResult {
    const changes = run.changes.slice(0, SHOWN_MAX);
    const all = run.changed + run.new + run.lost;
    return html`<section>
      <h3>Messages that move</h3>
      <div class="moves scroll" tabindex="0" role="region" aria-label="Messages that move">
        <table>
          <thead>
            <tr><th scope="col">Message</th><th scope="col">Now</th><th scope="col">Then</th></tr>
          </thead>
          <tbody>
            ${changes.map(
              (row) => html`<tr data-move=${row.turn_id}>
                <td class="said">
                  <a href=${hashOf({ view: "desk", conversation: row.conversation_id })} target="_blank">${row.text}</a>
                </td>
                <td>${told(row.before)}</td>
                <td>${told(row.after)}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${all > changes.length ? html`<p class="soft small">The first ${changes.length} of ${all.toLocaleString()}.</p>` : nothing}
    </section>`;
  }

  private progress(head: LibraryHead, before: number): TemplateResult {
    const { published, publication } = head;
    const close = html`<div class="row end"><button @click=${() => this.close()}>Close</button></div>`;
    if ((published?.version ?? 0) > before) {
      return html`<p class="outcome" role="status" data-in-force>
          Version ${published?.version} is in force: the next message of a customer is looked at with it.
        </p>
        ${close}`;
    }
    if (publication?.state === "failed" && failureOf(head) !== this.oldFailure) {
      return html`<p class="outcome bad" role="alert" data-publish-failed>
          ${sentenced(publication.because ?? "the publication failed")}
        </p>
        ${close}`;
    }
    return html`<p role="status">Training and checking what was approved; conversations go on with what is in force.</p>
      <progress aria-label="Publishing"></progress>
      <p class="soft small">You can close this; the publication goes on.</p>
      ${close}`;
  }

  private async tryIt(): Promise<void> {
    this.trials += 1;
    const trial = this.trials;
    [this.isTrying, this.failure, this.run] = [true, null, null];
    try {
      const run = await this.model.dryRun(this.conversations);
      if (trial === this.trials) this.run = run;
    } catch (error) {
      if (trial === this.trials) this.failure = error instanceof ApiError ? error.message : String(error);
    }
    if (trial === this.trials) this.isTrying = false;
  }

  private readonly submitted = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const note = String(new FormData(event.target as HTMLFormElement).get("note")).trim();
    const before = this.head?.published?.version ?? 0;
    this.oldFailure = failureOf(this.head);
    this.isSending = true;
    this.refusal = await this.model.publish(note);
    this.isSending = false;
    if (this.refusal === null) this.sentOn = before;
  };
}

function failureOf(head: LibraryHead | null): string {
  const publication = head?.publication;
  return publication?.state === "failed" ? `${publication.version} ${publication.because ?? ""}` : "";
}

function told(one: Told | null): TemplateResult {
  return one === null ? html`<span class="soft">nothing</span>` : html`${one.name} <span class="soft">${percent(one.score)}</span>`;
}
