/** Groups of intents and lines of business: the list of them, and a form for one. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";

import {
  changesOf,
  charactersLeft,
  conditionsOf,
  conditionWords,
  INSTRUCTIONS_MAX,
  leftWords,
  LINE_INSTRUCTIONS_MAX,
  listed,
} from "../attributes";
import { icons } from "../icons";
import type { Intents } from "../intents";
import type { IntentGroup, LineOfBusiness, LineRule, Status } from "../library";
import { hashOf, type Place } from "../place";
import { shared } from "../styles/shared";
import type { Confirm } from "./confirm";
import { chipStyles, formStyles } from "./intents.styles";
import "./confirm";

const LINE = "line:";
const NEW = "+";
const STATUSES: Record<Status, string> = { pending: "Pending", approved: "Approved", discarded: "Discarded" };

@customElement("cs-groups")
export class Groups extends LitElement {
  @property({ attribute: false }) model!: Intents;
  @property({ attribute: false }) place!: Place & { view: "intents" };
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  @property({ type: Number }) revision = 0;
  @state() private problem: string | null = null;
  @state() private written: { text: string; most: number } | null = null;
  @query("cs-confirm") private confirm!: Confirm | null;

  static override styles = [
    shared,
    formStyles,
    chipStyles,
    css`
      :host {
        display: flex;
        min-height: 0;
      }

      .lists {
        width: 320px;
        min-height: 0;
        padding: 8px 8px 20px;
        border-right: 1px solid var(--line);
      }

      h2,
      h3 {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 8px;
        font-size: 14px;
        font-weight: 650;
      }

      h2 span,
      h3 span {
        flex: 1;
      }

      .one {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 8px;
        padding: 7px 10px;
        border-radius: 8px;
        color: var(--ink);
        font-size: 13px;
        text-decoration: none;
      }

      .one:hover {
        background: var(--hover);
      }

      .one[aria-current="true"] {
        background: var(--accent-wash);
      }

      .one b {
        flex: 1;
        min-width: 50%;
        font-weight: 600;
        overflow-wrap: anywhere;
      }

      .form {
        flex: 1;
        min-width: 0;
        padding: 8px 20px 24px;
      }

      form {
        display: grid;
        gap: 12px;
        max-width: 560px;
        padding: 0 8px;
      }

      .form > .warning {
        max-width: 544px;
        margin: 0 8px 12px;
      }

      .form > h3 {
        max-width: 560px;
      }

      .form h3 .small {
        flex: none;
      }

      .choice {
        display: grid;
        gap: 6px;
        max-height: 220px;
        padding: 8px;
        border: 1px solid var(--line);
        border-radius: var(--radius-small);
      }

      .members {
        display: grid;
        gap: 2px;
        max-width: 560px;
        padding: 0 8px;
        font-size: 13px;
      }

      .members li {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 32px;
      }

      .none {
        padding: 20px;
        color: var(--ink-soft);
        text-align: center;
      }

      @media (width < 900px) {
        :host {
          flex-direction: column;
          overflow-y: auto;
        }

        .lists {
          width: auto;
          border-right: 0;
        }
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("place") && changed.get("place")?.row !== this.place.row) {
      [this.problem, this.written] = [null, null];
    }
  }

  protected override render(): TemplateResult {
    const { groups, lines } = this.model;
    if (groups === null || lines === null) return html`<p class="none" role="status">Loading…</p>`;
    return html`
      <div class="lists scroll">
        <h2><span>Groups</span>${this.plus(NEW, "New group")}</h2>
        <p class="soft small none" ?hidden=${groups.length > 0}>A group stands for the expertise that solves its intents.</p>
        <ul>
          ${groups.map(
            (group) => html`<li>
              <a class="one" data-group=${group.group_id} href=${this.hash(group.group_id)} aria-current=${this.place.row === group.group_id}>
                <b>${group.name}</b>
                <span class="chip ${group.status}">${STATUSES[group.status]}</span>
                <span class="soft small">${group.intents} intents · ${group.source === "edited" ? "edited" : "discovered"}</span>
              </a>
            </li>`,
          )}
        </ul>
        <h2><span>Lines of business</span>${this.plus(LINE + NEW, "New line of business")}</h2>
        <p class="soft small none" ?hidden=${lines.length > 0}>Without any, intents serve the whole organisation.</p>
        <ul>
          ${lines.map(
            (line) => html`<li>
              <a class="one" data-line=${line.line_id} href=${this.hash(LINE + line.line_id)} aria-current=${this.place.row === LINE + line.line_id}>
                <b>${line.name}</b>
                <span class="soft small">${line.workstreams.length} workstreams · ${line.queues.length} queues</span>
              </a>
            </li>`,
          )}
        </ul>
      </div>
      <div class="form scroll">${keyed(this.place.row, this.form(groups, lines))}</div>
      <cs-confirm></cs-confirm>
    `;
  }

  private plus(row: string, words: string): TemplateResult | typeof nothing {
    if (!this.model.mayChange) return nothing;
    return html`<a href=${this.hash(row)} aria-label=${words} title=${words}>${icons.plus}</a>`;
  }

  private hash(row: string): string {
    return hashOf({ ...this.place, row });
  }

  private form(groups: readonly IntentGroup[], lines: readonly LineOfBusiness[]): TemplateResult {
    const { row } = this.place;
    if (row === null) return html`<p class="none">Choose a group or a line of business, or make one.</p>`;
    if (row.startsWith(LINE)) {
      const line = lines.find(({ line_id: id }) => LINE + id === row);
      if (line === undefined && row !== LINE + NEW) return html`<p class="none">There is no such line of business.</p>`;
      return this.lineForm(line);
    }
    const group = groups.find(({ group_id: id }) => id === row);
    if (group === undefined && row !== NEW) return html`<p class="none">There is no such group.</p>`;
    return this.groupForm(group, lines);
  }

  // A group

  private groupForm(group: IntentGroup | undefined, lines: readonly LineOfBusiness[]): TemplateResult {
    const isOff = !this.model.mayChange || this.busy.has("group:");
    const left = this.left(group?.instructions ?? "", INSTRUCTIONS_MAX);
    return html`
      <h3><span>${group?.name ?? "New group"}</span></h3>
      ${group === undefined
        ? nothing
        : html`<p class="warning">
            Routing and bots may use this group: what you change here can affect them. Rename to correct a spelling,
            not to give it another meaning.
          </p>`}
      <form data-form="group" @submit=${(event: SubmitEvent) => this.saveGroup(event, group)} novalidate>
        <label class="field">Name<input name="name" maxlength="200" autocomplete="off" .value=${group?.name ?? ""} /></label>
        <label class="field">
          Status
          <select name="status">
            ${(Object.keys(STATUSES) as Status[]).map(
              (status) => html`<option value=${status} .selected=${status === (group?.status ?? "approved")}>${STATUSES[status]}</option>`,
            )}
          </select>
        </label>
        <label class="field">
          Clarifying question, asked when only the group is known
          <input name="clarifying_question" maxlength="500" autocomplete="off" .value=${group?.clarifying_question ?? ""} />
        </label>
        <label class="field">
          Instructions
          <textarea name="instructions" rows="3" .value=${group?.instructions ?? ""} @input=${this.counted(INSTRUCTIONS_MAX)}></textarea>
          ${this.counter(left)}
        </label>
        <label class="field">
          Line of business
          <select name="line_of_business">
            <option value="">All</option>
            ${lines.map(
              (line) => html`<option value=${line.line_id} .selected=${line.line_id === group?.line_of_business}>${line.name}</option>`,
            )}
          </select>
        </label>
        ${group === undefined ? this.choice() : nothing}
        ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
        <div class="row end">
          <button class="primary" data-verb="save-group" ?disabled=${isOff || left < 0}>Save</button>
        </div>
      </form>
      ${group === undefined ? nothing : this.members(group, isOff)}
    `;
  }

  private async saveGroup(event: SubmitEvent, group: IntentGroup | undefined): Promise<void> {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const text = (name: string): string => String(data.get(name) ?? "").trim();
    this.problem = text("name") === "" ? "A group needs a name." : null;
    if (this.problem !== null) return;
    const changes = changesOf<IntentGroup>(
      {
        name: text("name"),
        status: text("status") as Status,
        clarifying_question: text("clarifying_question"),
        instructions: text("instructions"),
        line_of_business: text("line_of_business") || null,
      },
      group,
    );
    const taken = await this.model.group("save", {
      ...changes,
      ...(group === undefined ? { intent_ids: data.getAll("intent").map(String) } : { group_id: group.group_id }),
    });
    const made = group === undefined ? taken?.group_id : null;
    if (made) location.hash = this.hash(made);
  }

  /** The intents of a group that is being made. */
  private choice(): TemplateResult {
    const rows = (this.model.rows ?? []).filter(({ status }) => status !== "discarded");
    return html`<fieldset>
      <legend>Intents</legend>
      <div class="choice scroll">
        ${rows.map(
          (row) => html`<label class="check">
            <input type="checkbox" name="intent" value=${row.intent_id} />${row.name}
            ${row.group_name ? html`<span class="soft small">leaves ${row.group_name}</span>` : nothing}
          </label>`,
        )}
      </div>
    </fieldset>`;
  }

  private members(group: IntentGroup, isOff: boolean): TemplateResult {
    const rows = this.model.rows ?? [];
    const inside = rows.filter((row) => row.group_id === group.group_id);
    const outside = rows.filter((row) => row.group_id !== group.group_id && row.status !== "discarded");
    return html`
      <h3><span>Intents in it</span><span class="soft small">${inside.length}</span></h3>
      <ul class="members">
        ${inside.map(
          (row) => html`<li data-member=${row.intent_id}>
            <a class="grow" href=${hashOf({ view: "intents", tab: "library", row: row.intent_id })}>${row.name}</a>
            <button class="quiet small-button" ?disabled=${isOff}
              @click=${() => this.model.group("remove", { group_id: group.group_id, intent_ids: [row.intent_id] })}>
              Remove
            </button>
          </li>`,
        )}
        <li>
          <select class="grow" aria-label="Add an intent" ?disabled=${isOff} @change=${(event: Event) => this.addMember(event, group)}>
            <option value="">Add an intent…</option>
            ${outside.map((row) => html`<option value=${row.intent_id}>${row.name}${row.group_name ? ` (in ${row.group_name})` : ""}</option>`)}
          </select>
        </li>
      </ul>
    `;
  }

  private async addMember(event: Event, group: IntentGroup): Promise<void> {
    const select = event.target as HTMLSelectElement;
    const id = select.value;
    select.value = "";
    const row = this.model.rows?.find(({ intent_id: other }) => other === id);
    if (row === undefined) return;
    if (row.group_name !== null) {
      const answer = await this.confirm?.ask({
        heading: `Move “${row.name}” to “${group.name}”?`,
        sentence: `It leaves “${row.group_name}”. Routing that goes by the group sends its conversations elsewhere once you publish.`,
        verb: "Move it",
        isReasonless: true,
      });
      if (typeof answer !== "string") return;
    }
    await this.model.group("add", { group_id: group.group_id, intent_ids: [id] });
  }

  // A line of business

  private lineForm(line: LineOfBusiness | undefined): TemplateResult {
    const isOff = !this.model.mayChange || this.busy.has("line:");
    const left = this.left(line?.instructions ?? "", LINE_INSTRUCTIONS_MAX);
    const [chats, cases] = [ruleOf(line, "conversation"), ruleOf(line, "case")];
    return html`
      <h3><span>${line?.name ?? "New line of business"}</span></h3>
      <form data-form="line" @submit=${(event: SubmitEvent) => this.saveLine(event, line)} novalidate>
        <label class="field">Name<input name="name" maxlength="200" autocomplete="off" .value=${line?.name ?? ""} /></label>
        <label class="field">
          Instructions
          <textarea name="instructions" rows="3" .value=${line?.instructions ?? ""} @input=${this.counted(LINE_INSTRUCTIONS_MAX)}></textarea>
          ${this.counter(left)}
        </label>
        <label class="field">
          Workstreams, with commas between them
          <input name="workstreams" autocomplete="off" .value=${line?.workstreams.join(", ") ?? ""} />
        </label>
        <label class="field">
          Queues, with commas between them
          <input name="queues" autocomplete="off" .value=${line?.queues.join(", ") ?? ""} />
        </label>
        <p class="soft small">A workstream and its queues belong to the same line of business.</p>
        <fieldset>
          <legend>Which conversations</legend>
          <label class="field">
            From the workstream; a chat could go astray without one
            <input name="workstream" autocomplete="off" .value=${chats?.workstream ?? ""} />
          </label>
          <label class="field">
            And further fields, as <span class="mono">field=value</span> with commas between them
            <input name="conversation" autocomplete="off" .value=${conditionWords(chats?.conditions ?? {})} />
          </label>
        </fieldset>
        <label class="field">
          Which cases, by fields
          <input name="case" autocomplete="off" .value=${conditionWords(cases?.conditions ?? {})} />
        </label>
        ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
        <div class="row end">
          <button class="primary" data-verb="save-line" ?disabled=${isOff || left < 0}>Save</button>
        </div>
      </form>
    `;
  }

  private async saveLine(event: SubmitEvent, line: LineOfBusiness | undefined): Promise<void> {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const text = (name: string): string => String(data.get(name) ?? "").trim();
    const rules = rulesOf(text);
    if (text("name") === "") this.problem = "A line of business needs a name.";
    else this.problem = rules === null ? "Write fields and values as field=value, with commas between them." : null;
    if (this.problem !== null || rules === null) return;
    const changes = changesOf<LineOfBusiness>(
      {
        name: text("name"),
        instructions: text("instructions"),
        workstreams: listed(text("workstreams")),
        queues: listed(text("queues")),
        rules,
      },
      line,
    );
    const taken = await this.model.saveLine({ ...changes, ...(line === undefined ? {} : { line_id: line.line_id }) });
    if (line === undefined && taken?.line_id) location.hash = this.hash(LINE + taken.line_id);
  }

  private counted(most: number): (event: Event) => void {
    return (event) => (this.written = { text: (event.target as HTMLTextAreaElement).value, most });
  }

  private left(saved: string, most: number): number {
    return charactersLeft(this.written?.text ?? saved, most);
  }

  private counter(left: number): TemplateResult {
    return html`<span class="left-over ${left < 0 ? "over" : ""}" data-left=${left}>
      ${leftWords(left)}
    </span>`;
  }
}

function ruleOf(line: LineOfBusiness | undefined, what: LineRule["applies_to"]): LineRule | undefined {
  return line?.rules.find(({ applies_to: to }) => to === what);
}

/** Return the rules that a form says; null when one cannot be read. */
function rulesOf(text: (name: string) => string): LineRule[] | null {
  const rules: LineRule[] = [];
  const [chats, cases] = [conditionsOf(text("conversation")), conditionsOf(text("case"))];
  if (chats === null || cases === null) return null;
  if (text("workstream") !== "" || Object.keys(chats).length > 0) {
    rules.push({ applies_to: "conversation", workstream: text("workstream"), conditions: chats });
  }
  if (Object.keys(cases).length > 0) rules.push({ applies_to: "case", workstream: "", conditions: cases });
  return rules;
}
