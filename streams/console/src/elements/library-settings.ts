/** How intents are discovered and how sure detection has to be. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { charactersLeft, leftWords, LINE_INSTRUCTIONS_MAX } from "../attributes";
import type { Intents } from "../intents";
import type { Granularity, LibrarySettings, Status } from "../library";
import { shared } from "../styles/shared";
import { choiceStyles, formStyles } from "./intents.styles";

const GRANULARITIES: Record<Granularity, string> = { low: "Low", medium: "Medium", high: "High" };
const STATUSES: Record<Status, string> = { pending: "Pending", approved: "Approved", discarded: "Discarded" };

@customElement("cs-library-settings")
export class LibrarySettingsView extends LitElement {
  @property({ attribute: false }) model!: Intents;
  @property({ attribute: false }) settings: LibrarySettings | null = null;
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  /** What was changed and not saved. */
  @state() private draft: Partial<LibrarySettings> = {};

  static override styles = [
    shared,
    formStyles,
    choiceStyles,
    css`
      :host {
        overflow-y: auto;
        padding: 16px;
      }

      form {
        display: grid;
        gap: 20px;
        max-width: 620px;
      }

      .words {
        font-size: 13px;
      }

      .three {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
        gap: 12px;
      }

      .three .soft {
        font-size: 12px;
      }

      .none {
        padding: 32px;
        color: var(--ink-soft);
        text-align: center;
      }
    `,
  ];

  protected override render(): TemplateResult {
    if (this.settings === null) return html`<p class="none" role="status">${this.model.failure ? "" : "Loading…"}</p>`;
    const now: LibrarySettings = { ...this.settings, ...this.draft };
    const isDirty = Object.keys(this.draft).length > 0;
    const left = charactersLeft(now.instructions, LINE_INSTRUCTIONS_MAX);
    return html`<form @submit=${this.submitted} novalidate>
      <fieldset ?disabled=${!this.model.mayChange}>
        <legend>Discovery</legend>
        <label class="check">
          <input type="checkbox" data-field="is_discovering" .checked=${now.is_discovering}
            @change=${(event: Event) => this.set("is_discovering", (event.target as HTMLInputElement).checked)} />
          Mine new conversations every day${now.daily_at ? ` at ${now.daily_at}` : ""}${now.time_zone ? ` (${now.time_zone})` : ""}
        </label>
        ${this.choices("Granularity", GRANULARITIES, now.granularity, (name) => this.set("granularity", name))}
        ${this.choices("Status of newly discovered intents", STATUSES, now.status_for_new, (name) => this.set("status_for_new", name))}
        ${now.status_for_new === "approved"
          ? html`<p class="warning" data-unreviewed>
              Nobody looks at what is discovered before it can be published. Examples are redacted by rules, which
              may miss personal data; reviewing them is advised.
            </p>`
          : nothing}
      </fieldset>
      <fieldset ?disabled=${!this.model.mayChange}>
        <legend>How sure detection has to be</legend>
        <div class="three">
          ${this.number("rejected_share", "Rejected share", now.rejected_share, 0.5, "Of examples held back, how many may be missed: more means surer")}
          ${this.number("group_margin", "Group margin", now.group_margin, 1, "Closer than this: only the group is said")}
          ${this.number("shift_margin", "Shift margin", now.shift_margin, 1, "By how much another intent must be better")}
        </div>
      </fieldset>
      <label class="field">
        Instructions of the organisation, where no line of business has any
        <textarea rows="3" data-field="instructions" ?disabled=${!this.model.mayChange} .value=${now.instructions}
          @input=${(event: Event) => this.set("instructions", (event.target as HTMLTextAreaElement).value)}></textarea>
        <span class="left-over ${left < 0 ? "over" : ""}">${leftWords(left)}</span>
      </label>
      <div class="row end">
        ${isDirty ? html`<button type="button" class="quiet" @click=${() => (this.draft = {})}>Revert</button>` : nothing}
        <button class="primary" data-verb="save-settings"
          ?disabled=${!isDirty || left < 0 || !this.model.mayChange || this.busy.has("settings:")}>
          Save
        </button>
      </div>
    </form>`;
  }

  private choices<Name extends string>(
    words: string,
    names: Record<Name, string>,
    now: Name,
    choose: (name: Name) => void,
  ): TemplateResult {
    return html`<div class="row">
      <span class="words grow">${words}</span>
      <div class="choices" role="group" aria-label=${words}>
        ${(Object.keys(names) as Name[]).map(
          (name) => html`<button type="button" aria-pressed=${name === now} data-choice=${name} @click=${() => choose(name)}>
            ${names[name]}
          </button>`,
        )}
      </div>
    </div>`;
  }

  private number(
    field: "rejected_share" | "group_margin" | "shift_margin",
    words: string,
    value: number,
    most: number,
    meaning: string,
  ): TemplateResult {
    return html`<label class="field">
      ${words}
      <input type="number" inputmode="decimal" min="0" max=${most} step="0.01" data-field=${field} .value=${String(value)}
        @input=${(event: Event) => this.typed(field, (event.target as HTMLInputElement).valueAsNumber)} />
      <span class="soft">${meaning}</span>
    </label>`;
  }

  private typed(field: "rejected_share" | "group_margin" | "shift_margin", value: number): void {
    if (Number.isFinite(value)) this.set(field, value);
  }

  private set<Field extends keyof LibrarySettings>(field: Field, value: LibrarySettings[Field]): void {
    const { [field]: _, ...others } = this.draft;
    this.draft = this.settings?.[field] === value ? (others as Partial<LibrarySettings>) : { ...this.draft, [field]: value };
  }

  private readonly submitted = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const saved = this.draft;
    if ((await this.model.saveSettings(saved)) && this.draft === saved) this.draft = {};
  };
}
