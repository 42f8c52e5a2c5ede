/** The page of intents: the library, its groups, minings and versions, kept true by the feed. */

import { type Api, ApiError } from "./api";
import type { Companion, Controller } from "./controller";
import type {
  Article,
  Attribute,
  DryRun,
  Granularity,
  IntentFull,
  IntentGroup,
  IntentSummary,
  LibraryHead,
  LineOfBusiness,
  MiningResult,
  MiningRun,
  Status,
  Taken,
  Version,
} from "./library";
import type { IntentsTab } from "./place";
import { Refresher } from "./refresher";
import type { RoutingChange } from "./routing";
import { sentenced } from "./words";

const REST_MS = 500;
const INTENTS_MAX = 1_000;
const WARNING_MS = 9_000;
/** Who may change the library. */
const MANAGERS: readonly string[] = ["intent_manager", "supervisor", "admin"];

/** What of an intent is being edited. */
export interface IntentDraft {
  about?: Partial<Pick<IntentFull, "description" | "instructions" | "group_id" | "line_of_business">>;
  attributes?: readonly Attribute[];
}

/** Whose rows the feed tells us of. */
export const LIBRARY = "library";

export class Intents implements Companion {
  head: LibraryHead | null = null;
  rows: readonly IntentSummary[] | null = null;
  /** How many intents there are, also those that did not fit. */
  total = 0;
  groups: readonly IntentGroup[] | null = null;
  lines: readonly LineOfBusiness[] | null = null;
  versions: readonly Version[] | null = null;
  /** Newest first. */
  runs: readonly MiningRun[] | null = null;
  /** The intent that is open. */
  intent: IntentFull | null = null;
  /** The mining that is open. */
  result: MiningResult | null = null;
  /** Why the open row cannot be shown. */
  rowFailure: string | null = null;
  /** Why the page cannot be shown. */
  failure: string | null = null;
  /** What somebody has typed about intents and not saved, by intent: leaving does not lose it. */
  readonly drafts = new Map<string, IntentDraft>();
  /** Grows with everything that changes here. */
  revision = 0;
  private openTab: IntentsTab = "library";
  private openRow: string | null = null;
  private isShown = false;
  private readonly api: Api;
  private readonly headFetch = new Refresher(() => this.loadHead(), REST_MS);
  private readonly listFetch = new Refresher(() => this.loadList(), REST_MS);
  private readonly rowFetch = new Refresher(() => this.loadRow(), REST_MS);
  private readonly runsFetch = new Refresher(() => this.loadRuns(), REST_MS);
  private readonly versionFetch = new Refresher(() => this.loadVersions(), REST_MS);

  constructor(
    private readonly controller: Controller,
    private readonly draw: () => void,
  ) {
    this.api = controller.api;
    controller.join(this);
  }

  /** Return whether the signed-in user may change the library. */
  get mayChange(): boolean {
    const roles = this.controller.desk.me?.roles ?? [];
    return MANAGERS.some((role) => roles.includes(role));
  }

  get busy(): ReadonlySet<string> {
    return this.controller.desk.busy;
  }

  /** Show a tab, and one of its rows beside it. */
  show(tab: IntentsTab, row: string | null): void {
    const isFirst = !this.isShown || tab !== this.openTab;
    const isOther = isFirst || row !== this.openRow;
    if (isOther) [this.intent, this.result, this.rowFailure] = [null, null, null];
    this.openTab = tab;
    this.openRow = row;
    this.isShown = true;
    if (this.controller.desk.connection.kind !== "live") return;
    if (isFirst) this.fetchTab();
    else if (isOther) void this.rowFetch.now();
  }

  hide(): void {
    this.isShown = false;
    for (const fetch of this.fetches()) fetch.stop();
  }

  hello(): void {
    if (this.isShown) this.fetchTab();
  }

  routing(change: RoutingChange): void {
    if (change.processor !== LIBRARY || !this.isShown) return;
    if (change.table.startsWith("min")) {
      this.mergeProgress(change.value);
      if (this.openTab === "mining") this.runsFetch.ask();
      else if (this.head === null || this.rows?.length === 0) this.runsFetch.ask();
      if (this.openTab === "mining" && this.openRow !== null) this.rowFetch.ask();
      return;
    }
    this.headFetch.ask();
    if (change.table === "publication") {
      if (this.openTab === "versions") this.versionFetch.ask();
      if (this.openTab !== "library") return;
    }
    this.listFetch.ask();
    if (this.openTab !== "mining" && this.openRow !== null) this.rowFetch.ask();
  }

  // Commands: each returns whether it was taken

  async start(given: {
    is_simulation: boolean;
    granularity: Granularity;
    records_max?: number;
  }): Promise<string | null> {
    const taken = await this.command("mine:", () => this.api.startMining(given));
    this.runsFetch.ask();
    return taken === null ? null : (taken.run_id ?? "");
  }

  async curate(verb: string, given: { intent_id?: string; intent_ids?: readonly string[]; [field: string]: unknown }): Promise<boolean> {
    const id = given.intent_id ?? "";
    const taken = await this.command(`intent:${id}`, () => this.api.curate("intents", verb, given));
    await this.fetchAll();
    return taken !== null;
  }

  async group(verb: string, given: object): Promise<Taken | null> {
    const taken = await this.command("group:", () => this.api.curate("groups", verb, given));
    await this.fetchAll();
    return taken;
  }

  async saveLine(given: object): Promise<Taken | null> {
    const taken = await this.command("line:", () => this.api.curate("lines-of-business", "save", given));
    await this.fetchAll();
    return taken;
  }

  async saveSettings(given: object): Promise<boolean> {
    const taken = await this.command("settings:", () => this.api.saveLibrarySettings(given));
    await this.headFetch.now();
    return taken !== null;
  }

  /** Return why it was refused, for the sheet that asked; null: it was taken. */
  async publish(note: string): Promise<string | null> {
    const failure = await refusal(() => this.api.publishLibrary(note));
    await this.headFetch.now();
    return failure;
  }

  /** Return why it was refused, for the sheet that asked; null: it was taken. */
  async merge(into: string, ids: readonly string[]): Promise<string | null> {
    const given = { into, intent_ids: ids };
    const failure = await refusal(async () => this.tell(await this.api.curate("intents", "merge", given)));
    await this.fetchAll();
    return failure;
  }

  /** Keep what is being edited, or with null forget it. */
  keepDraft(intentId: string, draft: { [Part in keyof IntentDraft]: IntentDraft[Part] | null }): void {
    const parts = Object.entries({ ...this.drafts.get(intentId), ...draft }).filter(([, part]) => part !== null);
    if (parts.length === 0) this.drafts.delete(intentId);
    else this.drafts.set(intentId, Object.fromEntries(parts) as IntentDraft);
    this.redraw();
  }

  /** Return articles by words, or by ids; or why there are none to be had. */
  async articles(words: string, ids?: readonly string[]): Promise<Article[] | string> {
    let found: Article[] = [];
    const failure = await refusal(async () => {
      found = (await this.api.articles(words, ids)).items;
    });
    return failure ?? found;
  }

  /** Return what would change; throws an `ApiError` with a sentence. */
  dryRun(conversations: number): Promise<DryRun> {
    return this.api.dryRun(conversations);
  }

  async export(runId: string): Promise<void> {
    await this.controller.attempt(`export:${runId}`, async () => {
      const url = URL.createObjectURL(await this.api.miningExport(runId));
      const link = document.createElement("a");
      link.href = url;
      link.download = `mining-${runId}.csv`;
      link.click();
      // The browser has taken it over by then.
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    });
  }

  /** Show what a command says of its consequences, and what of it was refused. */
  private tell({ warnings = [], refused = [] }: Taken): void {
    for (const warning of warnings) this.controller.notify(sentenced(warning), false, WARNING_MS);
    for (const { because } of refused.slice(0, 3)) this.controller.notify(sentenced(because), true);
    if (refused.length > 3) this.controller.notify(`${refused.length - 3} more were refused.`, true);
  }

  private async command(name: string, command: () => Promise<Taken>): Promise<Taken | null> {
    let taken: Taken | null = null;
    await this.controller.attempt(name, async () => {
      taken = await command();
    });
    if (taken !== null) this.tell(taken);
    return taken;
  }

  /** Show what a command has made, before its form goes away. */
  private async fetchAll(): Promise<void> {
    await Promise.all([this.headFetch.now(), this.listFetch.now(), this.rowFetch.now()]);
  }

  private redraw(): void {
    this.revision += 1;
    this.draw();
  }

  // Keeping it true

  private fetches(): Refresher[] {
    return [this.headFetch, this.listFetch, this.rowFetch, this.runsFetch, this.versionFetch];
  }

  private fetchTab(): void {
    void this.headFetch.now();
    void this.listFetch.now();
    if (this.openTab === "library" || this.openTab === "mining") void this.runsFetch.now();
    if (this.openTab === "versions") void this.versionFetch.now();
    if (this.openRow !== null) void this.rowFetch.now();
  }

  /** A mining tells how far it is many times; what it says is taken as it comes. */
  private mergeProgress(value: unknown): void {
    const run = runIn(value);
    if (run === null) return;
    const merge = <Run extends MiningRun>(old: Run): Run => (old.run_id === run.run_id ? { ...old, ...run } : old);
    if (this.runs !== null) this.runs = this.runs.map(merge);
    if (this.result !== null) this.result = merge(this.result);
    this.redraw();
  }

  private async loadHead(): Promise<void> {
    await this.load(async () => {
      this.head = await this.api.library();
    });
  }

  private async loadList(): Promise<void> {
    await this.load(async () => {
      const [intents, groups, lines] = await Promise.all([
        this.api.intents(INTENTS_MAX),
        this.api.groups(),
        this.api.linesOfBusiness(),
      ]);
      this.rows = intents.items;
      this.total = intents.total ?? intents.items.length;
      this.groups = groups.items;
      this.lines = lines.items;
    });
  }

  private async loadRow(): Promise<void> {
    const [tab, row] = [this.openTab, this.openRow];
    if (row === null || (tab !== "library" && tab !== "mining")) return;
    const isOther = (): boolean => tab !== this.openTab || row !== this.openRow;
    try {
      if (tab === "library") {
        const intent = await this.api.intent(row);
        if (isOther()) return;
        this.intent = intent;
      } else {
        const result = await this.api.miningRun(row);
        if (isOther()) return;
        this.result = result;
      }
      this.rowFailure = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isOther()) return;
      if (error.status !== 0 && error.status !== 503) this.rowFailure = error.message;
    }
    this.redraw();
  }

  private async loadRuns(): Promise<void> {
    await this.load(async () => {
      const { items } = await this.api.miningRuns();
      this.runs = [...items].sort((left, right) => right.requested_at_ms - left.requested_at_ms);
    });
  }

  private async loadVersions(): Promise<void> {
    await this.load(async () => {
      const { items } = await this.api.versions();
      this.versions = [...items].sort((left, right) => right.version - left.version);
    });
  }

  private async load(fetch: () => Promise<void>): Promise<void> {
    try {
      await fetch();
      this.failure = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 0 && error.status !== 503) this.failure = error.message;
    }
    this.redraw();
  }
}

async function refusal(command: () => Promise<unknown>): Promise<string | null> {
  try {
    await command();
    return null;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

/** Return what a change says of a mining, if it says it all. */
export function runIn(value: unknown): Pick<MiningRun, "run_id" | "state" | "phase" | "done" | "total"> | null {
  if (typeof value !== "object" || value === null) return null;
  const { run_id: id, state, phase, done, total } = value as Record<string, unknown>;
  const isWhole = typeof id === "string" && typeof state === "string" && typeof done === "number";
  if (!isWhole || typeof total !== "number") return null;
  return {
    run_id: id,
    state: state as MiningRun["state"],
    phase: typeof phase === "string" ? phase : "",
    done,
    total,
  };
}

/** Return whether nothing was ever mined or written here. */
export function isFresh(model: Pick<Intents, "rows" | "runs">): boolean {
  return model.rows?.length === 0 && model.runs !== null && !model.runs.some((run) => !run.is_simulation);
}

/** Return how many rows have each status; what was merged away counts as discarded. */
export function countsOf(rows: readonly IntentSummary[]): Record<Status, number> {
  const counts: Record<Status, number> = { pending: 0, approved: 0, discarded: 0 };
  for (const row of rows) counts[row.status] += 1;
  return counts;
}

/** Return what a merge will do, as sentences for whoever is about to do it. */
export function mergeWords(into: IntentSummary, others: readonly IntentSummary[]): string[] {
  const names = others.map(({ name }) => `“${name}”`).join(", ");
  const said = others.reduce((sum, { count }) => sum + count, 0);
  const isOne = others.length === 1;
  const words = [
    `The examples, attributes, sub-intents and ${said.toLocaleString()} utterances of ${names} go to “${into.name}”.`,
    `${isOne ? "It is" : "They are"} discarded and will be recognised as “${into.name}” once you publish.`,
  ];
  const used = others.filter((row) => row.is_used_by_bots);
  if (used.length > 0) {
    const whose = used.map(({ name }) => `“${name}”`).join(", ");
    words.push(`Bots use ${whose}; they will go on with “${into.name}” only if it is used by bots too.`);
  }
  return words;
}

/** Return what discarding will do, as sentences. */
export function discardWords(rows: readonly IntentSummary[]): string[] {
  const used = rows.filter((row) => row.is_used_by_bots);
  const words = ["A discarded intent is not found again by mining and belongs to no group."];
  if (used.length > 0) {
    const names = used.map(({ name }) => `“${name}”`).join(", ");
    words.unshift(`Bots use ${names}; once you publish they will not recognise ${used.length === 1 ? "it" : "them"} any more.`);
  }
  return words;
}
