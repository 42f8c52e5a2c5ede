/** One intent of the library: what it is called, what tells it, what to ask, what may solve it. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { labels, picked } from "../articles";
import { charactersLeft, INSTRUCTIONS_MAX, leftWords } from "../attributes";
import { icons } from "../icons";
import { discardWords, type IntentDraft, type Intents } from "../intents";
import type {
  Article,
  IntentFull,
  IntentGroup,
  IntentSummary,
  LibrarySubIntent,
  LineOfBusiness,
  Solution,
  Status,
} from "../library";
import { hashOf } from "../place";
import { Refresher } from "../refresher";
import { shared } from "../styles/shared";
import { clock, spoken } from "../words";
import type { Confirm } from "./confirm";
import { intentStyles } from "./intent.styles";
import { chipStyles, choiceStyles, formStyles } from "./intents.styles";
import type { MergeSheet } from "./merge";
import "./attributes";
import "./confirm";
import "./merge";

const TYPING_MS = 250;

type About = NonNullable<IntentDraft["about"]>;

const STATUSES: Record<Status, string> = {
  pending: "Pending",
  approved: "Approved",
  discarded: "Discarded",
};

@customElement("cs-intent")
export class IntentView extends LitElement {
  @property({ attribute: false }) model!: Intents;
  @property() intentId = "";
  @property({ attribute: false }) intent: IntentFull | null = null;
  @property() failure: string | null = null;
  @property({ attribute: false }) rows: readonly IntentSummary[] | null = null;
  @property({ attribute: false }) groups: readonly IntentGroup[] | null = null;
  @property({ attribute: false }) lines: readonly LineOfBusiness[] | null = null;
  @property({ attribute: false }) busy: ReadonlySet<string> = new Set();
  @property({ type: Number }) nowMs = 0;
  /** The new name while somebody renames it. */
  @state() private name: string | null = null;
  /** Examples chosen to be split off. */
  @state() private split: ReadonlySet<string> = new Set();
  @state() private splitName = "";
  @state() private problem: { of: "name" | "split" | "examples" | "solution"; words: string } | null = null;
  /** The articles that what is typed may mean. */
  @state() private articles: readonly Article[] = [];
  /** Titles by id; null: there is none of that id. */
  @state() private titles: ReadonlyMap<string, string | null> = new Map();
  @state() private isArticle = true;
  private wanted = "";
  private readonly articleFetch = new Refresher(async () => {
    const found = await this.model.articles(this.wanted);
    if (typeof found !== "string") this.articles = found;
  }, TYPING_MS);
  @query("cs-confirm") private confirm!: Confirm | null;
  @query("cs-merge") private merge!: MergeSheet | null;

  static override styles = [shared, formStyles, chipStyles, choiceStyles, intentStyles];

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("intent") && this.intent !== null) {
      const ids = new Set(this.intent.examples.map(({ example_id: id }) => id));
      this.split = new Set([...this.split].filter((id) => ids.has(id)));
      const unnamed = this.intent.solutions.map(({ item_id: id }) => id).filter((id) => id && !this.titles.has(id));
      if (unnamed.length > 0) void this.nameArticles(unnamed);
    }
  }

  private async nameArticles(ids: readonly string[]): Promise<void> {
    const found = await this.model.articles("", ids);
    if (typeof found === "string") return;
    const named = new Map(found.map((one) => [one.article_id, one.title]));
    this.titles = new Map([...this.titles, ...ids.map((id) => [id, named.get(id) ?? null] as const)]);
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("name") && this.name !== null && changed.get("name") === null) {
      this.renderRoot.querySelector<HTMLInputElement>("#name")?.select();
    }
  }

  protected override render(): TemplateResult {
    const { intent } = this;
    const close = hashOf({ view: "intents", tab: "library", row: null });
    if (intent === null) {
      return html`<header>
          <h2>${this.failure ? "Not there" : "Loading…"}</h2>
          <a class="close" href=${close} aria-label="Close">${icons.close}</a>
        </header>
        ${this.failure ? html`<p class="problem in" role="alert">${this.failure}</p>` : nothing}`;
    }
    return html`
      <header>
        ${this.name === null
          ? html`<h2 id="title">${intent.name}</h2>
              ${this.button("rename", "Rename", () => this.beginRename(intent))}`
          : nothing}
        <a class="close" href=${close} aria-label="Close">${icons.close}</a>
      </header>
      <section class="in scroll" aria-labelledby="title">
        ${this.name === null ? nothing : this.renaming(intent)} ${this.facts(intent)} ${this.review(intent)}
        ${this.about(intent)} ${this.asking(intent)} ${this.examples(intent)} ${this.solutions(intent)}
        ${this.replies(intent)} ${this.subIntents(intent)} ${this.lineage(intent)}
      </section>
      <cs-confirm></cs-confirm>
      <cs-merge .model=${this.model}></cs-merge>
    `;
  }

  // Head

  private facts(intent: IntentFull): TemplateResult {
    const into = intent.merged_into;
    return html`<p class="facts">
      <span class="chip ${intent.status}" data-status=${intent.status}>${STATUSES[intent.status]}</span>
      ${intent.is_used_by_bots ? html`<span class="chip">used by bots</span>` : nothing}
      ${intent.is_changed ? html`<span class="chip accent">changed, not in force</span>` : nothing}
      <span class="soft small">
        said ${intent.count.toLocaleString()} times in ${intent.conversations.toLocaleString()} conversations ·
        ${intent.source === "edited" ? "edited by a person" : "discovered"} ·
        ${clock(intent.updated_at_ms, this.nowMs)}
      </span>
      ${into === null
        ? nothing
        : html`<span class="warning">
            It was merged into
            <a href=${hashOf({ view: "intents", tab: "library", row: into })}>${this.nameOf(into)}</a>.
          </span>`}
    </p>`;
  }

  private review(intent: IntentFull): TemplateResult {
    const one = { intent_ids: [intent.intent_id] };
    return html`<div class="row actions">
      <div class="choices" role="group" aria-label="Status">
        ${(Object.keys(STATUSES) as Status[]).map(
          (status) => html`<button
            aria-pressed=${intent.status === status}
            data-review=${status}
            ?disabled=${this.isOff}
            @click=${() => this.setStatus(intent, status)}
          >
            ${STATUSES[status]}
          </button>`,
        )}
      </div>
      ${intent.is_used_by_bots
        ? this.button("unuse", "Not in bots", () => this.model.curate("bots", { ...one, is_used: false }))
        : this.button("use", "Use in bots", () => this.model.curate("bots", { ...one, is_used: true }))}
      ${this.button("merge", "Merge into…", () => this.mergeIt(intent))}
    </div>`;
  }

  private async setStatus(intent: IntentFull, status: Status): Promise<void> {
    if (status === intent.status) return;
    if (status === "discarded") {
      const answer = await this.confirm?.ask({
        heading: `Discard “${intent.name}”?`,
        sentence: discardWords([summaryOf(intent)]).join(" "),
        verb: "Discard",
        isReasonless: true,
      });
      if (typeof answer !== "string") return;
    }
    await this.model.curate("review", { intent_ids: [intent.intent_id], status });
  }

  private async mergeIt(intent: IntentFull): Promise<void> {
    await this.merge?.ask([summaryOf(intent)]);
  }

  private beginRename(intent: IntentFull): void {
    this.name = intent.name;
    this.problem = null;
  }

  private renaming(intent: IntentFull): TemplateResult {
    const isWrong = this.problem?.of === "name";
    return html`<form class="rename" @submit=${(event: SubmitEvent) => this.rename(event, intent)} novalidate>
      <label class="field">
        Name
        <input
          id="name"
          maxlength="200"
          autocomplete="off"
          aria-invalid=${isWrong}
          aria-describedby="accuracy"
          .value=${this.name ?? ""}
          @input=${(event: Event) => (this.name = (event.target as HTMLInputElement).value)}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key !== "Escape") return;
            this.name = null;
            this.problem = null;
          }}
        />
      </label>
      ${this.wrong("name")}
      <p id="accuracy" class="warning">
        Correct a spelling or make it clearer; do not give it another meaning. What tells this intent from others
        stays as it was, so a name that no longer fits makes suggestions look wrong.
      </p>
      <div class="row end">
        <button type="button" class="quiet" @click=${() => (this.name = null)}>Cancel</button>
        <button class="primary" data-verb="save-name" ?disabled=${this.isOff}>Save name</button>
      </div>
    </form>`;
  }

  private async rename(event: SubmitEvent, intent: IntentFull): Promise<void> {
    event.preventDefault();
    const name = (this.name ?? "").trim();
    this.problem = name === "" ? { of: "name", words: "An intent needs a name." } : null;
    if (this.problem !== null) return;
    if (name === intent.name || (await this.model.curate("rename", { intent_id: intent.intent_id, name }))) {
      this.name = null;
    }
  }

  // About

  private get draft(): About {
    return this.model.drafts.get(this.intentId)?.about ?? {};
  }

  private about(intent: IntentFull): TemplateResult {
    const now = { ...intent, ...this.draft };
    const left = charactersLeft(now.instructions, INSTRUCTIONS_MAX);
    const isDirty = Object.keys(this.draft).length > 0;
    return html`<details open>
      <summary>About</summary>
      <form class="part" @submit=${(event: SubmitEvent) => this.saveAbout(event, intent)}>
        <label class="field">
          Description
          <textarea rows="2" maxlength="2000" data-field="description" .value=${now.description}
            ?disabled=${!this.model.mayChange}
            @input=${(event: Event) => this.set(intent, "description", valueOf(event))}></textarea>
        </label>
        <label class="field">
          Instructions for whoever asks and answers
          <textarea rows="2" data-field="instructions" aria-invalid=${left < 0} aria-describedby="left"
            .value=${now.instructions} ?disabled=${!this.model.mayChange}
            @input=${(event: Event) => this.set(intent, "instructions", valueOf(event))}></textarea>
          <span id="left" class="left-over ${left < 0 ? "over" : ""}" aria-live="polite" data-left=${left}>
            ${leftWords(left)}
          </span>
        </label>
        <div class="pair">
          <label class="field">
            Group
            <select data-field="group" ?disabled=${!this.model.mayChange}
              @change=${(event: Event) => this.set(intent, "group_id", valueOf(event) || null)}>
              <option value="" .selected=${now.group_id === null}>None</option>
              ${(this.groups ?? []).map(
                (group) => html`<option value=${group.group_id} .selected=${now.group_id === group.group_id}>${group.name}</option>`,
              )}
            </select>
          </label>
          <label class="field">
            Line of business
            <select data-field="line" ?disabled=${!this.model.mayChange}
              @change=${(event: Event) => this.set(intent, "line_of_business", valueOf(event) || null)}>
              <option value="" .selected=${now.line_of_business === null}>All</option>
              ${(this.lines ?? []).map(
                (line) => html`<option value=${line.line_id} .selected=${now.line_of_business === line.line_id}>${line.name}</option>`,
              )}
            </select>
          </label>
        </div>
        ${isDirty
          ? html`<div class="row end">
              <button type="button" class="quiet" @click=${() => this.keep({})}>Revert</button>
              <button class="primary" data-verb="save-about" ?disabled=${this.isOff || left < 0}>Save</button>
            </div>`
          : nothing}
      </form>
    </details>`;
  }

  private set<Field extends keyof About>(intent: IntentFull, field: Field, value: IntentFull[Field]): void {
    const { [field]: _, ...others } = this.draft;
    this.keep(value === intent[field] ? others : { ...others, [field]: value });
  }

  private keep(about: About): void {
    this.model.keepDraft(this.intentId, { about: Object.keys(about).length === 0 ? null : about });
    this.requestUpdate();
  }

  private async saveAbout(event: SubmitEvent, intent: IntentFull): Promise<void> {
    event.preventDefault();
    const saved = this.draft;
    if (!(await this.model.curate("edit", { intent_id: intent.intent_id, ...saved }))) return;
    // What was typed meanwhile stays.
    if (this.draft === saved) this.keep({});
  }

  // What to ask

  private asking(intent: IntentFull): TemplateResult {
    return html`<details open>
      <summary>What to ask <span class="count">${intent.attributes.length}</span></summary>
      <cs-attributes
        class="part"
        .known=${intent.attributes}
        .draft=${this.model.drafts.get(this.intentId)?.attributes ?? null}
        .isOff=${this.isOff}
        .mayChange=${this.model.mayChange}
        .keep=${(attributes: IntentFull["attributes"] | null) => {
          this.model.keepDraft(this.intentId, { attributes });
          this.requestUpdate();
        }}
        .save=${(attributes: IntentFull["attributes"]) =>
          this.model.curate("edit", { intent_id: intent.intent_id, attributes })}
      ></cs-attributes>
    </details>`;
  }

  // What tells it

  private examples(intent: IntentFull): TemplateResult {
    return html`<details open>
      <summary>What customers say <span class="count">${intent.examples.length}</span></summary>
      <div class="part">
        <ul class="examples">
          ${intent.examples.map(
            ({ example_id: id, text }) => html`<li data-example=${id}>
              <label class="check grow">
                ${this.model.mayChange
                  ? html`<input
                      type="checkbox"
                      aria-label="Choose to split off: ${text}"
                      .checked=${this.split.has(id)}
                      @change=${() => this.choose(id)}
                    />`
                  : nothing}
                <span>${text}</span>
              </label>
              ${this.model.mayChange
                ? html`<button
                    class="quiet icon"
                    aria-label="Remove this example: ${text}"
                    ?disabled=${this.isOff}
                    @click=${() => this.model.curate("examples", { intent_id: intent.intent_id, add: [], remove: [id] })}
                  >
                    ${icons.close}
                  </button>`
                : nothing}
            </li>`,
          )}
        </ul>
        ${this.split.size > 0 ? this.splitting(intent) : nothing} ${this.wrong("examples")}
        ${this.model.mayChange
          ? html`<form class="row" @submit=${(event: SubmitEvent) => this.addExamples(event, intent)}>
              <input class="grow" name="text" aria-label="Another example" placeholder="Another example" autocomplete="off" maxlength="2000" />
              <button class="small-button" data-verb="add-example" ?disabled=${this.isOff}>Add</button>
            </form>`
          : nothing}
      </div>
    </details>`;
  }

  private choose(id: string): void {
    const split = new Set(this.split);
    if (!split.delete(id)) split.add(id);
    this.split = split;
  }

  private splitting(intent: IntentFull): TemplateResult {
    const isAll = this.split.size === intent.examples.length;
    return html`<form class="split" data-splitting @submit=${(event: SubmitEvent) => this.splitOff(event, intent)} novalidate>
      <p>
        <b>${this.split.size} of ${intent.examples.length} chosen.</b> They become an intent of their own, pending
        review; “${intent.name}” keeps the others.
      </p>
      <input
        aria-label="Name of the new intent"
        placeholder="Name of the new intent"
        maxlength="200"
        autocomplete="off"
        .value=${this.splitName}
        @input=${(event: Event) => (this.splitName = (event.target as HTMLInputElement).value)}
      />
      ${isAll ? html`<p class="warning">Something has to stay: leave out at least one.</p>` : nothing} ${this.wrong("split")}
      <div class="row end">
        <button type="button" class="quiet" @click=${() => (this.split = new Set())}>Cancel</button>
        <button class="primary" data-verb="split" ?disabled=${this.isOff || isAll}>Split off</button>
      </div>
    </form>`;
  }

  private async splitOff(event: SubmitEvent, intent: IntentFull): Promise<void> {
    event.preventDefault();
    const name = this.splitName.trim();
    this.problem = name === "" ? { of: "split", words: "The new intent needs a name." } : null;
    if (this.problem !== null) return;
    const given = { intent_id: intent.intent_id, name, example_ids: [...this.split] };
    if (!(await this.model.curate("split", given))) return;
    [this.split, this.splitName] = [new Set(), ""];
  }

  private async addExamples(event: SubmitEvent, intent: IntentFull): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const text = String(new FormData(form).get("text")).trim();
    this.problem = text === "" ? { of: "examples", words: "Write what a customer would say." } : null;
    if (this.problem !== null) return;
    const given = { intent_id: intent.intent_id, add: [text], remove: [] };
    if (await this.model.curate("examples", given)) form.reset();
  }

  // What may solve it

  private solutions(intent: IntentFull): TemplateResult {
    return html`<details ?open=${intent.solutions.length > 0}>
      <summary>Solutions <span class="count">${intent.solutions.length}</span></summary>
      <div class="part">
        <p class="soft small">
          With articles chosen here, only these are offered for this intent; otherwise all articles are searched.
        </p>
        <ul class="lines">
          ${intent.solutions.map(
            (solution, at) => html`<li data-solution=${solution.item_id || at}>
              ${solution.kind === "article" ? icons.book : icons.reply}
              <span class="grow" title=${solution.item_id}>${this.solutionWords(solution)}</span>
              ${this.model.mayChange
                ? html`<button class="quiet icon" aria-label="Remove this solution" ?disabled=${this.isOff}
                    @click=${() => this.saveSolutions(intent, intent.solutions.filter((_, other) => other !== at))}>
                    ${icons.close}
                  </button>`
                : nothing}
            </li>`,
          )}
        </ul>
        ${this.wrong("solution")}
        ${this.model.mayChange
          ? html`<form class="row" @submit=${(event: SubmitEvent) => this.addSolution(event, intent)}>
              <select name="kind" class="kind" aria-label="Kind of solution"
                @change=${(event: Event) => (this.isArticle = (event.target as HTMLSelectElement).value === "article")}>
                <option value="article">Article</option>
                <option value="text">Text to send</option>
              </select>
              <input class="grow" name="value" autocomplete="off" maxlength="2000"
                list=${this.isArticle ? "articles" : nothing}
                aria-label=${this.isArticle ? "Title of an article" : "Text to send"}
                placeholder=${this.isArticle ? "Type words of an article’s title" : "Text to send"}
                @focus=${this.lookForArticles} @input=${this.lookForArticles} />
              <datalist id="articles">
                ${[...labels(this.articles).keys()].map((label) => html`<option value=${label}></option>`)}
              </datalist>
              <button class="small-button" data-verb="add-solution" ?disabled=${this.isOff}>Add</button>
            </form>`
          : nothing}
      </div>
    </details>`;
  }

  private async addSolution(event: SubmitEvent, intent: IntentFull): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const data = new FormData(form);
    const value = String(data.get("value")).trim();
    const solution: Solution | string = this.isArticle
      ? await this.articleMeant(value)
      : value === "" ? "Write the text to send." : { kind: "text", item_id: "", text: value };
    this.problem = typeof solution === "string" ? { of: "solution", words: solution } : null;
    if (typeof solution === "string") return;
    if (await this.saveSolutions(intent, [...intent.solutions, solution])) {
      form.reset();
      this.isArticle = true;
    }
  }

  /** Return the article that was typed or chosen, or why there is none. */
  private async articleMeant(words: string): Promise<Solution | string> {
    if (words === "") return "Choose an article.";
    let one = picked(words, this.articles);
    if (one === undefined) {
      const found = await this.model.articles(words);
      if (typeof found === "string") return found;
      this.articles = found;
      one = picked(words, found) ?? (found.length === 1 ? found[0] : undefined);
      if (one === undefined) {
        return found.length === 0 ? `No article is called “${words}”.` : `${found.length} articles fit “${words}”: choose one.`;
      }
    }
    return { kind: "article", item_id: one.article_id, text: "" };
  }

  private readonly lookForArticles = (event: Event): void => {
    this.wanted = (event.target as HTMLInputElement).value.trim();
    // Choosing from the list types the label, which asks for nothing new.
    if (this.isArticle && picked(this.wanted, this.articles) === undefined) this.articleFetch.ask();
  };

  private solutionWords({ item_id: id, text }: Solution): string {
    if (id === "") return text;
    return this.titles.get(id) ?? (this.titles.has(id) ? `${id} (no such article is published)` : id);
  }

  private saveSolutions(intent: IntentFull, solutions: readonly Solution[]): Promise<boolean> {
    return this.model.curate("edit", { intent_id: intent.intent_id, solutions });
  }

  // What is known of it

  private replies(intent: IntentFull): TemplateResult | typeof nothing {
    if (intent.replies.length === 0) return nothing;
    return html`<details>
      <summary>What was answered <span class="count">${intent.replies.length}</span></summary>
      <ul class="part lines">
        ${intent.replies.map(
          ({ text, count }) => html`<li>${icons.reply}<span class="grow">${text}</span><span class="count">${count}</span></li>`,
        )}
      </ul>
    </details>`;
  }

  private subIntents(intent: IntentFull): TemplateResult | typeof nothing {
    if (intent.sub_intents.length === 0) return nothing;
    return html`<details>
      <summary>Finer intents in it <span class="count">${intent.sub_intents.length}</span></summary>
      <ul class="part lines">
        ${intent.sub_intents.map(
          (sub) => html`<li data-sub=${sub.sub_id}>
            <span class="grow">
              ${sub.name}
              <span class="soft small">${sub.examples.slice(0, 2).join(" · ")}</span>
            </span>
            <span class="count">${sub.count.toLocaleString()}</span>
            ${this.model.mayChange && intent.sub_intents.length > 1
              ? this.button("choose-sub", "Split off…", () => this.chooseSub(intent, sub))
              : nothing}
          </li>`,
        )}
      </ul>
    </details>`;
  }

  /** Choose the examples that a finer intent has, to be split off under its name. */
  private chooseSub(intent: IntentFull, sub: LibrarySubIntent): void {
    const texts = new Set(sub.examples);
    const ids = intent.examples.filter(({ text }) => texts.has(text)).map(({ example_id: id }) => id);
    this.split = new Set(ids);
    this.splitName = sub.name;
    this.problem =
      ids.length === 0
        ? { of: "examples", words: `None of the examples above belongs to “${sub.name}”; choose some by hand.` }
        : null;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>("[data-splitting], .examples")?.scrollIntoView({ block: "nearest" }),
    );
  }

  private lineage(intent: IntentFull): TemplateResult {
    return html`<details>
      <summary>What happened to it <span class="count">${intent.lineage.length}</span></summary>
      <ol class="part lines">
        ${[...intent.lineage].reverse().map(
          (step) => html`<li data-step=${step.change}>
            <span class="grow">
              <b>${spoken(step.change)}</b>
              ${step.from.length > 0 ? html`from ${step.from.map((id) => this.nameOf(id)).join(", ")}` : nothing}
              ${step.because ? html`<span class="soft">· ${step.because}</span>` : nothing}
              <span class="soft small">${clock(step.at_ms, this.nowMs)} · ${step.by ?? "mining"}</span>
            </span>
          </li>`,
        )}
      </ol>
    </details>`;
  }

  // Small things

  private get isOff(): boolean {
    return !this.model.mayChange || this.busy.has(`intent:${this.intentId}`) || this.busy.has("intent:");
  }

  private button(verb: string, words: string, act: () => unknown): TemplateResult {
    return html`<button class="small-button" data-verb=${verb} ?disabled=${this.isOff} @click=${() => void act()}>
      ${words}
    </button>`;
  }

  private wrong(of: "name" | "split" | "examples" | "solution"): TemplateResult | typeof nothing {
    return this.problem?.of === of ? html`<p class="problem" role="alert">${this.problem.words}</p>` : nothing;
  }

  private nameOf(id: string): string {
    return this.rows?.find((row) => row.intent_id === id)?.name ?? id;
  }
}

function summaryOf(intent: IntentFull): IntentSummary {
  const { examples, attributes, solutions, ...rest } = intent;
  return { ...rest, examples: examples.length, attributes: attributes.length, solutions: solutions.length };
}

function valueOf(event: Event): string {
  return (event.target as HTMLTextAreaElement | HTMLSelectElement).value;
}

