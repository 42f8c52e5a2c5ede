/** Why work went to somebody: every candidate of the recorded decision, and what would have been if. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { type Api, ApiError } from "../api";
import type { Decision, DecisionHead, Item, TraceLine, Verdict, WhatIf } from "../routing";
import { contains } from "../table";
import {
  candidateInputs,
  changedInputs,
  changesIn,
  type Input,
  inputKey,
  isEmpty,
  itemInputs,
  unitless,
} from "../whatif";
import { factWords, PRESENCES } from "../work";
import { capitalized, clock, methodName, moment, presenceName, spoken } from "../words";
import { decisionStyles } from "./decision.styles";
import { Sheet } from "./dialog";

const ROWS_MAX = 50;

@customElement("cs-decision")
export class DecisionSheet extends Sheet {
  @property({ attribute: false }) api!: Api;
  @state() private name = "";
  @state() private heads: readonly DecisionHead[] = [];
  @state() private decision: Decision | null = null;
  @state() private failure: string | null = null;
  @state() private filter = "";
  /** Whose inputs are shown for changing; null while nobody asked "what if". */
  @state() private editing: string | null = null;
  @state() private texts: ReadonlyMap<string, string> = new Map();
  @state() private whatIf: WhatIf | null = null;
  @state() private isAsking = false;
  @state() private askFailure: string | null = null;

  static override styles = [...Sheet.sheetStyles, decisionStyles];

  /** Open the sheet and fetch what decided about `item`. */
  async explain(item: Item): Promise<void> {
    this.name = item.customer_name ?? item.item_id;
    this.heads = [];
    this.decision = null;
    this.failure = null;
    this.show();
    try {
      const { items } = await this.api.decisions(item.item_id);
      this.heads = [...items].sort((left, right) => right.at_ms - left.at_ms);
      const wanted =
        this.heads.find((head) => head.decision_id === item.decision_id) ??
        this.heads.find((head) => head.chosen !== null) ??
        this.heads[0];
      if (wanted === undefined) this.failure = "Nothing was decided about this yet.";
      else await this.load(wanted.decision_id);
    } catch (error) {
      this.failure = sentence(error);
    }
  }

  protected override heading(): string {
    return this.name === "" ? "Why?" : `Why did ${this.name} go there?`;
  }

  protected override body(): TemplateResult {
    if (this.failure) return html`<p class="failure" role="alert">${this.failure}</p>`;
    const { decision } = this;
    if (decision === null) return html`<p class="soft" role="status">Reading the decision…</p>`;
    return html`
      ${this.choice(decision)}
      <p class="verdict" data-chosen=${decision.chosen ?? ""}>
        <b>${decision.chosen === null ? "Nobody got it." : `${decision.chosen_name ?? decision.chosen} got it.`}</b>
        ${capitalized(decision.because)}
      </p>
      ${this.facts(decision)}
      <h3>Everybody who was considered <span class="soft">${decision.candidates.length}</span></h3>
      ${this.candidates(decision)}
      ${this.trace(decision.trace ?? [])}
      ${this.asking(decision)}
    `;
  }

  // What was decided

  private choice(decision: Decision): TemplateResult | typeof nothing {
    if (this.heads.length < 2) return nothing;
    return html`<label class="choice">
      Decision
      <select @change=${(event: Event) => this.load((event.target as HTMLSelectElement).value)}>
        ${this.heads.map(
          (head) => html`<option
            value=${head.decision_id}
            ?selected=${head.decision_id === decision.decision_id}
          >
            ${clock(head.at_ms, Date.now())} · ${spoken(head.kind)}${head.chosen ? ` · ${head.chosen}` : ""}
          </option>`,
        )}
      </select>
    </label>`;
  }

  private facts(decision: Decision): TemplateResult {
    const { probability } = decision;
    const rows: [string, string][] = [
      ["When", moment(decision.at_ms)],
      ["Queue", decision.queue_name ?? decision.queue ?? "–"],
      ["Method", decision.method === null ? "–" : methodName(decision.method)],
      ["Skills", decision.skill_match === null ? "–" : spoken(decision.skill_match)],
      ["Probability", probability === null ? "–" : `${(probability * 100).toFixed(1)}%`],
      ["Setup", (decision.setup_digest ?? "–").replace("sha256:", "").slice(0, 12)],
      ...Object.entries(decision.versions ?? {})
        .filter(([name]) => name !== "setup")
        .map(([name, value]): [string, string] => [spoken(name), factWords(value)]),
    ];
    return html`<dl class="facts">
      ${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>`;
  }

  private candidates(decision: Decision): TemplateResult {
    const rows = ranked(decision.candidates, decision.chosen);
    const found = rows.filter((row) =>
      contains([row.name, row.representative_id, row.refusal_words], this.filter),
    );
    const parts = scoreParts(rows);
    if (rows.length === 0) return html`<p class="soft">Nobody could be considered.</p>`;
    return html`
      ${rows.length > ROWS_MAX
        ? html`<input
            class="filter"
            type="search"
            placeholder="Filter"
            aria-label="Filter candidates"
            .value=${this.filter}
            @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)}
          />`
        : nothing}
      <div class="table scroll" tabindex="0" role="region" aria-label="Candidates">
        <table>
          <thead>
            <tr>
              <th scope="col">Rank</th>
              <th scope="col">Representative</th>
              ${parts.map((part) => html`<th scope="col">${spoken(unitless(part))}</th>`)}
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            ${found.slice(0, ROWS_MAX).map((row) => this.candidate(row, parts, decision.chosen))}
          </tbody>
        </table>
      </div>
      ${found.length > ROWS_MAX
        ? html`<p class="soft small">${found.length - ROWS_MAX} more; the filter finds them.</p>`
        : nothing}
    `;
  }

  private candidate(row: Verdict, parts: readonly string[], chosen: string | null): TemplateResult {
    const isChosen = row.representative_id === chosen;
    return html`<tr class=${isChosen ? "good" : ""} data-candidate=${row.representative_id}>
      <td>${row.rank ?? "–"}</td>
      <th scope="row">${row.name ?? row.representative_id}</th>
      ${parts.map((part) => html`<td class="number">${partWords(row, part)}</td>`)}
      <td>
        ${isChosen
          ? html`<span class="tag">Chosen</span>`
          : row.refusal === null
            ? html`<span class="tag plain">Eligible</span>`
            : html`<span title=${row.refusal}>${row.refusal_words ?? spoken(row.refusal)}</span>`}
      </td>
    </tr>`;
  }

  /** Two short lists: how it was classified, and which route it took. */
  private trace(trace: readonly TraceLine[]): TemplateResult | typeof nothing {
    if (trace.length === 0) return nothing;
    const part = (name: TraceLine["part"], words: string): TemplateResult | typeof nothing => {
      const lines = trace.filter((step) => step.part === name);
      if (lines.length === 0) return nothing;
      return html`<section>
        <h4>${words}</h4>
        <ol class="trace" data-trace=${name}>
          ${lines.map((step) => html`<li>${step.line}</li>`)}
        </ol>
      </section>`;
    };
    return html`<h3>How it came to this queue</h3>
      <div class="traces">${part("classification", "Classification")} ${part("route", "Route")}</div>`;
  }

  // What if

  private asking(decision: Decision): TemplateResult {
    if (this.editing === null) {
      return html`<p class="start">
        <button
          data-verb="what-if"
          @click=${() => (this.editing = decision.chosen ?? decision.candidates[0]?.representative_id ?? "")}
        >
          What if…
        </button>
        <span class="soft small">Change an input and see who would have been chosen. Nothing real changes.</span>
      </p>`;
    }
    const fields = this.fields(decision);
    const who = decision.candidates.find((row) => row.representative_id === this.editing);
    const mine = who === undefined ? [] : candidateInputs(who);
    const needs = itemInputs(decision);
    return html`<form
      class="what-if"
      aria-label="What if"
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        void this.ask(decision);
      }}
    >
      <h3>What if…</h3>
      ${needs.length > 0 ? this.group("The work", needs) : nothing}
      <label class="choice">
        Representative
        <select data-who @change=${(event: Event) => (this.editing = (event.target as HTMLSelectElement).value)}>
          ${ranked(decision.candidates, decision.chosen).map(
            (row) => html`<option
              value=${row.representative_id}
              ?selected=${row.representative_id === this.editing}
            >
              ${row.name ?? row.representative_id}
            </option>`,
          )}
        </select>
      </label>
      ${this.group("", mine)} ${this.changed(decision, fields)}
      ${this.askFailure ? html`<p class="failure" role="alert">${this.askFailure}</p>` : nothing}
      <div class="buttons">
        <button class="primary" data-verb="ask" ?disabled=${this.isAsking}>Decide again</button>
        <button type="button" class="quiet" @click=${() => this.reset()}>Start over</button>
      </div>
      ${this.whatIf === null ? nothing : this.outcome(decision, this.whatIf)}
    </form>`;
  }

  private group(words: string, fields: readonly Input[]): TemplateResult {
    const others = fields.filter((input) => !input.isMain);
    return html`${words === "" ? nothing : html`<h4>${words}</h4>`}
      <div class="fields">${fields.filter((input) => input.isMain).map((input) => this.field(input))}</div>
      ${others.length === 0
        ? nothing
        : html`<details>
            <summary>More inputs</summary>
            <div class="fields">${others.map((input) => this.field(input))}</div>
          </details>`}`;
  }

  private field(input: Input): TemplateResult {
    const key = inputKey(input);
    const text = this.texts.get(key) ?? input.recorded;
    const change = (event: Event): void => {
      const { value } = event.target as HTMLInputElement | HTMLSelectElement;
      this.texts = new Map(this.texts).set(key, value);
    };
    const mark = text === input.recorded ? "" : "changed";
    const choice = (values: readonly [string, string][]): TemplateResult => html`<select
      data-input=${input.path.join(".")}
      @change=${change}
    >
      ${values.map(
        ([value, words]) => html`<option value=${value} ?selected=${value === text}>${words}</option>`,
      )}
    </select>`;
    return html`<label class=${mark}>
      ${capitalized(input.label)}
      ${input.kind === "presence"
        ? choice(PRESENCES.map((value) => [value, presenceName(value)]))
        : input.kind === "flag"
          ? choice([["true", "yes"], ["false", "no"]])
          : html`<input
              placeholder=${input.kind === "map" ? "none; write name: level" : ""}
              data-input=${input.path.join(".")}
              type=${FIELD_TYPES[input.kind]}
              step=${input.kind === "moment" ? "1" : "any"}
              autocomplete="off"
              .value=${text}
              @input=${change}
            />`}
    </label>`;
  }

  private changed(decision: Decision, fields: readonly Input[]): TemplateResult | typeof nothing {
    const changed = changedInputs(fields, this.texts);
    if (changed.length === 0) return nothing;
    const who = (id: string | null): string =>
      id === null
        ? "The work"
        : decision.candidates.find((row) => row.representative_id === id)?.name ?? id;
    return html`<ul class="changes" aria-label="Changes">
      ${changed.map(
        (input) => html`<li>
          ${who(input.of)}: ${input.label} <s>${input.recorded || "–"}</s> →
          ${this.texts.get(inputKey(input)) || "–"}
        </li>`,
      )}
    </ul>`;
  }

  private outcome(decision: Decision, { before, after, is_same }: WhatIf): TemplateResult {
    const name = (id: string | null, given: string | null | undefined): string =>
      id === null ? "Nobody" : given ?? decision.candidates.find((row) => row.representative_id === id)?.name ?? id;
    const [was, is] = [byId(before.candidates ?? decision.candidates), byId(after.candidates ?? [])];
    const ids = [...new Set([...was.keys(), ...is.keys()])];
    const differing = ids.filter((id) => standing(was.get(id)) !== standing(is.get(id)));
    return html`<section class="outcome" aria-live="polite" data-same=${is_same}>
      <h4>${is_same ? "It would have been the same." : "It would have been different."}</h4>
      <table>
        <thead>
          <tr>
            <th scope="col"></th>
            <th scope="col">As recorded</th>
            <th scope="col">What if</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Chosen</th>
            <td data-before=${before.chosen ?? ""}><b>${name(before.chosen, before.chosen_name)}</b></td>
            <td data-after=${after.chosen ?? ""}><b>${name(after.chosen, after.chosen_name)}</b></td>
          </tr>
          <tr>
            <th scope="row">Because</th>
            <td>${capitalized(before.because ?? decision.because)}</td>
            <td>${capitalized(after.because ?? "–")}</td>
          </tr>
          ${differing.slice(0, ROWS_MAX).map(
            (id) => html`<tr>
              <th scope="row">${name(id, was.get(id)?.name)}</th>
              <td>${standing(was.get(id))}</td>
              <td>${standing(is.get(id))}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </section>`;
  }

  private fields(decision: Decision): Input[] {
    return [...itemInputs(decision), ...decision.candidates.flatMap((row) => candidateInputs(row))];
  }

  private async ask(decision: Decision): Promise<void> {
    const changes = changesIn(decision, this.fields(decision), this.texts);
    if (isEmpty(changes)) {
      this.askFailure = "Change something first; as it stands it was decided already.";
      return;
    }
    this.askFailure = null;
    this.isAsking = true;
    try {
      this.whatIf = await this.api.whatIf(decision.decision_id, changes);
    } catch (error) {
      this.askFailure = sentence(error);
    } finally {
      this.isAsking = false;
    }
  }

  private async load(id: string): Promise<void> {
    try {
      const decision = await this.api.decision(id);
      this.reset();
      this.editing = null;
      this.filter = "";
      this.decision = decision;
    } catch (error) {
      this.failure = sentence(error);
    }
  }

  private reset(): void {
    this.texts = new Map();
    this.whatIf = null;
    this.askFailure = null;
  }
}

const FIELD_TYPES: Record<Input["kind"], string> = {
  number: "number",
  moment: "datetime-local",
  text: "text",
  list: "text",
  map: "text",
  presence: "text",
  flag: "text",
};

/** The chosen one first, then by rank, then those who were refused. */
function ranked(rows: readonly Verdict[], chosen: string | null): Verdict[] {
  const place = (row: Verdict): number =>
    row.representative_id === chosen ? -1 : row.rank ?? Number.MAX_SAFE_INTEGER;
  return [...rows].sort(
    (left, right) =>
      place(left) - place(right) || (left.representative_id < right.representative_id ? -1 : 1),
  );
}

function scoreParts(rows: readonly Verdict[]): string[] {
  const parts = new Set<string>();
  for (const row of rows.slice(0, ROWS_MAX)) {
    if (typeof row.score === "number") parts.add("score");
    else for (const part of Object.keys(row.score ?? {})) parts.add(part);
  }
  return [...parts].slice(0, 6);
}

function partWords(row: Verdict, part: string): string {
  if (typeof row.score === "number") return part === "score" ? factWords(row.score) : "–";
  const value = row.score?.[part];
  if (typeof value === "number" && part.endsWith("_at_ms"))
    return value === 0 ? "never" : clock(value, Date.now());
  return factWords(value);
}

function standing(row: Verdict | undefined): string {
  if (row === undefined) return "–";
  if (row.refusal !== null) return row.refusal_words ?? spoken(row.refusal);
  return row.rank === null ? "eligible" : `rank ${row.rank}`;
}

function byId(rows: readonly Verdict[]): Map<string, Verdict> {
  return new Map(rows.map((row) => [row.representative_id, row]));
}

function sentence(error: unknown): string {
  return error instanceof ApiError ? error.message : String(error);
}
