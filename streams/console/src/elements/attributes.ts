/** What to ask for an intent: names, kinds, questions, required or not, in the order to ask. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { attributesProblem, freshAttribute, KINDS, listed, moved } from "../attributes";
import { icons } from "../icons";
import type { Attribute, ValueKind } from "../library";
import { shared } from "../styles/shared";
import { percent } from "../words";
import { formStyles } from "./intents.styles";

@customElement("cs-attributes")
export class AttributesEditor extends LitElement {
  @property({ attribute: false }) known: readonly Attribute[] = [];
  @property({ type: Boolean }) isOff = false;
  @property({ type: Boolean }) mayChange = false;
  /** What was changed and is not saved; null: nothing. */
  @property({ attribute: false }) draft: readonly Attribute[] | null = null;
  @property({ attribute: false }) keep!: (draft: readonly Attribute[] | null) => void;
  @property({ attribute: false }) save!: (attributes: readonly Attribute[]) => Promise<boolean>;
  @state() private problem: string | null = null;
  @state() private dragged: number | null = null;
  @state() private said = "";

  static override styles = [
    shared,
    formStyles,
    css`
      :host {
        display: grid;
        gap: 8px;
      }

      ol {
        display: grid;
        gap: 8px;
      }

      li {
        display: grid;
        gap: 6px;
        padding: 8px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--surface);
      }

      li.dragged {
        opacity: 0.5;
      }

      .line {
        display: flex;
        align-items: center;
        gap: 6px;
      }

      .grip {
        color: var(--ink-soft);
        cursor: grab;
      }

      .name {
        flex: 1;
        min-width: 0;
        font-weight: 600;
      }

      .line select {
        width: auto;
      }

      .line .icon {
        width: 28px;
        min-height: 28px;
      }

      .required {
        white-space: nowrap;
      }

      .note {
        color: var(--ink-soft);
        font-size: 12px;
      }

      .read {
        font-size: 13px;
      }
    `,
  ];

  protected override render(): TemplateResult {
    const rows = this.draft ?? this.known;
    if (!this.mayChange) return this.reading(rows);
    return html`
      ${rows.length === 0 ? html`<p class="soft small">Nothing is asked for this intent.</p>` : nothing}
      <ol>
        ${repeat(rows, (row) => row.attribute_id, (row, at) => this.row(row, at, rows.length))}
      </ol>
      <p class="unseen" role="status">${this.said}</p>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <div class="row">
        <button class="small-button" data-verb="add-attribute" ?disabled=${this.isOff} @click=${this.add}>
          ${icons.plus} Attribute
        </button>
        <span class="grow"></span>
        ${this.draft === null
          ? nothing
          : html`<button
                class="quiet"
                @click=${() => {
                  this.change(null);
                  this.problem = null;
                }}
              >
                Revert
              </button>
              <button class="primary" data-verb="save-attributes" ?disabled=${this.isOff} @click=${this.send}>Save</button>`}
      </div>
    `;
  }

  private reading(rows: readonly Attribute[]): TemplateResult {
    return html`<ol>
      ${rows.map(
        (row) => html`<li class="read" data-attribute=${row.attribute_id}>
          <span><b>${row.name}</b> <span class="note">${KINDS[row.kind]}${row.is_required ? ", required" : ""}</span></span>
          <span>${row.question}</span>
        </li>`,
      )}
    </ol>`;
  }

  private row(row: Attribute, at: number, count: number): TemplateResult {
    const name = row.name.trim() || `Attribute ${at + 1}`;
    return html`<li
      data-attribute=${row.attribute_id}
      class=${this.dragged === at ? "dragged" : ""}
      @keydown=${(event: KeyboardEvent) => this.pressed(event, at)}
      @dragover=${(event: DragEvent) => this.draggedOver(event, at)}
      @drop=${(event: DragEvent) => event.preventDefault()}
    >
      <div class="line">
        <span
          class="grip"
          draggable="true"
          title="Drag to change the order"
          aria-hidden="true"
          @dragstart=${(event: DragEvent) => this.dragStarted(event, at)}
          @dragend=${() => (this.dragged = null)}
          >${icons.grip}</span
        >
        <input
          class="name"
          aria-label="Name of attribute ${at + 1}"
          placeholder="Name"
          maxlength="100"
          autocomplete="off"
          .value=${row.name}
          @input=${(event: Event) => this.set(at, { name: valueOf(event) })}
        />
        <select aria-label="Kind of ${name}" @change=${(event: Event) => this.set(at, { kind: valueOf(event) as ValueKind })}>
          ${(Object.keys(KINDS) as ValueKind[]).map(
            (kind) => html`<option value=${kind} .selected=${kind === row.kind}>${KINDS[kind]}</option>`,
          )}
        </select>
        <button class="quiet icon" aria-label="Ask for ${name} earlier" title="Earlier (Alt+↑)" data-verb="earlier"
          ?disabled=${at === 0} @click=${() => this.move(at, at - 1)}>${icons.up}</button>
        <button class="quiet icon" aria-label="Ask for ${name} later" title="Later (Alt+↓)" data-verb="later"
          ?disabled=${at + 1 === count} @click=${() => this.move(at, at + 1)}>${icons.down}</button>
        <button class="quiet icon" aria-label="Remove ${name}" data-verb="remove-attribute"
          @click=${() => this.change((this.draft ?? this.known).filter((_, other) => other !== at))}>${icons.close}</button>
      </div>
      <input
        aria-label="Question for ${name}"
        placeholder="Question that asks for it"
        maxlength="500"
        autocomplete="off"
        data-field="question"
        .value=${row.question}
        @input=${(event: Event) => this.set(at, { question: valueOf(event) })}
      />
      ${row.kind === "enum"
        ? html`<input
            aria-label="Values of ${name}"
            placeholder="Values, with commas between them"
            autocomplete="off"
            .value=${row.values.join(", ")}
            @change=${(event: Event) => this.set(at, { values: listed(valueOf(event)) })}
          />`
        : nothing}
      <div class="line">
        <label class="check required">
          <input
            type="checkbox"
            .checked=${row.is_required}
            @change=${(event: Event) => this.set(at, { is_required: (event.target as HTMLInputElement).checked })}
          />
          Required
        </label>
        <span class="grow"></span>
        ${row.asked_share > 0
          ? html`<span class="note">asked in ${percent(row.asked_share)} of its conversations</span>`
          : nothing}
      </div>
    </li>`;
  }

  private set(at: number, change: Partial<Attribute>): void {
    this.change((this.draft ?? this.known).map((row, other) => (other === at ? { ...row, ...change } : row)));
  }

  /** Show it at once, and let it be kept beyond this element. */
  private change(draft: readonly Attribute[] | null): void {
    this.draft = draft;
    this.keep(draft);
  }

  private move(from: number, to: number): void {
    const rows = this.draft ?? this.known;
    const row = rows[from];
    if (row === undefined || to < 0 || to >= rows.length) return;
    this.change(moved(rows, from, to));
    this.said = `${row.name || "It"} is number ${to + 1} now.`;
  }

  private pressed(event: KeyboardEvent, at: number): void {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    this.move(at, event.key === "ArrowUp" ? at - 1 : at + 1);
  }

  private dragStarted(event: DragEvent, at: number): void {
    this.dragged = at;
    event.dataTransfer?.setData("text/plain", String(at));
    if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
  }

  private draggedOver(event: DragEvent, at: number): void {
    if (this.dragged === null) return;
    event.preventDefault();
    if (at === this.dragged) return;
    this.move(this.dragged, at);
    this.dragged = at;
  }

  private readonly add = (): void => {
    const rows = this.draft ?? this.known;
    const fresh = freshAttribute(rows);
    this.change([...rows, fresh]);
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`[data-attribute="${fresh.attribute_id}"] .name`)?.focus(),
    );
  };

  private readonly send = async (): Promise<void> => {
    const saved = this.draft;
    if (saved === null) return;
    this.problem = attributesProblem(saved);
    if (this.problem !== null) return;
    // The order in the list is the order to ask.
    if ((await this.save(saved)) && this.draft === saved) this.change(null);
  };
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}
