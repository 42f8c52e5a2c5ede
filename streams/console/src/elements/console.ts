/** The shell: rail, header, the view that the address names, keys, notices and sheets. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";

import { Api } from "../api";
import { Board } from "../board";
import { copied } from "../clipboard";
import { WorkerClock } from "../clock";
import type { ConversationView, RecommendationView } from "../contracts";
import { Controller, type Desk } from "../controller";
import { CustomerSide } from "../customer";
import {
  concerns,
  type Detail,
  isAcceptableBy,
  isEnded,
  isRouted,
  isServedBy,
  UNLOADED,
} from "../desk";
import { icons } from "../icons";
import { Intents } from "../intents";
import { showingOf } from "../issue";
import { isSetUp } from "../work";
import { BOARD, CUSTOMER, DESK, hashOf, INTENTS, type Place, placeOf } from "../place";
import type { Item } from "../routing";
import { shared } from "../styles/shared";
import { type Theme, theme, themeAfter, useTheme } from "../theme";
import type { Wish } from "../wishes";
import { channelName, initials, span } from "../words";
import { nameOf, Workplace } from "../workplace";
import type { Assist } from "./assist";
import type { Composer } from "./composer";
import type { Confirm } from "./confirm";
import type { DecisionSheet } from "./decision";
import type { Sheet } from "./dialog";
import type { Help } from "./help";
import type { Inbox } from "./inbox";
import type { Issue, IssueEvent } from "./issue";
import type { RecommendationEvent } from "./recommendation";
import type { Choice, TargetChooser, TargetKind } from "./target";
import type { Why } from "./why";
import "./assist";
import "./board";
import "./composer";
import "./confirm";
import "./context";
import "./conversations";
import "./customer";
import "./decision";
import "./help";
import "./inbox";
import "./intents";
import "./issue";
import "./presence";
import "./sign-in";
import "./target";
import "./transcript";
import "./why";
import "./work";
import { consoleStyles } from "./console.styles";

type Column = "list" | "conversation" | "assist";

const TITLES: Record<Place["view"], string> = {
  desk: "Agent desktop",
  board: "Board",
  intents: "Intents",
  customer: "Customer",
};
/** What each view streams. */
const WANTED: Record<Place["view"], string> = {
  desk: "conversations=1&desk=1",
  board: "conversations=1&board=1",
  intents: "conversations=1&library=1",
  customer: "conversations=1",
};
const THEME_ICONS = { system: icons.contrast, light: icons.sun, dark: icons.moon };
const MINUTE_MS = 60_000;
const HAS_INTENT: ReadonlySet<string> = new Set(["intent", "group"]);

@customElement("cs-console")
export class Console extends LitElement {
  @state() private desk: Desk;
  @state() private nowMs = Date.now();
  @state() private theme: Theme = theme();
  @state() private place: Place = DESK;
  /** Which of the three columns a narrow window shows. */
  @state() private column: Column = "list";
  /** The conversation whose end waits for a second click. */
  @state() private ending: string | null = null;
  @query("cs-composer") private composer!: Composer | null;
  @query("cs-assist") private assist!: Assist | null;
  @query("cs-issue") private issue!: Issue | null;
  @query("cs-why") private why!: Why | null;
  @query("cs-help") private help!: Help | null;
  @query("cs-inbox") private inbox!: Inbox | null;
  @query("cs-decision") private decision!: DecisionSheet | null;
  @query("cs-target") private target!: TargetChooser | null;
  @query("cs-confirm") private confirm!: Confirm | null;

  private readonly controller: Controller;
  private readonly clock = new WorkerClock();
  private readonly workplace: Workplace;
  private readonly board: Board;
  private readonly intents: Intents;
  private readonly customer: CustomerSide;
  private ticker: ReturnType<typeof setInterval> | undefined;

  static override styles = [shared, consoleStyles];

  constructor() {
    super();
    this.controller = new Controller(new Api(), () => {
      this.desk = this.controller.desk;
      this.writeAddress();
      this.workplace.watch(this.opened());
    });
    this.desk = this.controller.desk;
    const redraw = (): void => this.requestUpdate();
    this.workplace = new Workplace(this.controller, this.clock, redraw);
    this.board = new Board(this.controller, this.clock, redraw);
    this.intents = new Intents(this.controller, redraw);
    this.customer = new CustomerSide(this.controller, redraw);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("keydown", this.pressed);
    window.addEventListener("hashchange", this.readAddress);
    document.addEventListener("visibilitychange", this.looked);
    this.ticker = setInterval(() => (this.nowMs = Date.now()), 1_000);
    this.readAddress();
    void this.controller.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.pressed);
    window.removeEventListener("hashchange", this.readAddress);
    document.removeEventListener("visibilitychange", this.looked);
    clearInterval(this.ticker);
    this.board.hide();
    this.intents.hide();
    this.customer.hide();
    this.controller.stop();
  }

  protected override updated(changed: PropertyValues): void {
    // The button that was pressed is gone; the question in its place takes the focus over.
    if (changed.has("ending" as keyof this) && this.ending !== null) {
      this.renderRoot.querySelector<HTMLElement>("[data-verb=confirm-end]")?.focus();
    }
  }

  protected override render(): TemplateResult {
    const isSignedOut = this.desk.connection.kind === "signed-out";
    return html`
      <a class="skip" href="#main" @click=${this.skip}>Skip to the conversation</a>
      ${this.rail()}
      <div class="page">
        ${this.header()} ${this.staleness()}
        ${isSignedOut
          ? html`<cs-sign-in
              @sign-in=${(event: CustomEvent<string>) => this.controller.signIn(event.detail)}
            ></cs-sign-in>`
          : this.viewed()}
      </div>
      <div class="unseen" role="status" aria-live="polite">${this.desk.announcement}</div>
      ${this.noticeList()}
      <cs-why .api=${this.controller.api}></cs-why>
      <cs-decision .api=${this.controller.api}></cs-decision>
      <cs-target .api=${this.controller.api}></cs-target>
      <cs-confirm></cs-confirm>
      <cs-help></cs-help>
    `;
  }

  private viewed(): TemplateResult {
    const { place } = this;
    switch (place.view) {
      case "desk":
        return this.desktop();
      case "board":
        return html`<cs-board
          id="main"
          tabindex="-1"
          role="main"
          .board=${this.board}
          .place=${place}
          .busy=${this.desk.busy}
          .user=${this.desk.me?.user ?? ""}
          .nowMs=${this.workerNowMs()}
          .revision=${this.board.revision}
          @wish=${this.wished}
        ></cs-board>`;
      case "intents":
        return html`<cs-intents
          id="main"
          tabindex="-1"
          role="main"
          .model=${this.intents}
          .place=${place}
          .busy=${this.desk.busy}
          .nowMs=${this.workerNowMs()}
          .revision=${this.intents.revision}
        ></cs-intents>`;
      case "customer":
        return this.customerView(place.conversation);
    }
  }

  /** The conversation that the desk shows. */
  private opened(): ConversationView | undefined {
    const { selected, conversations } = this.controller.desk;
    return selected === null ? undefined : conversations.get(selected);
  }

  private customerView(id: string | null): TemplateResult {
    const row = id === null ? undefined : this.desk.conversations.get(id);
    if (id !== null && row === undefined) {
      return html`<div class="welcome" role="status"><p>${this.desk.selectedFailure ?? "Loading…"}</p></div>`;
    }
    return html`<cs-customer
      id="main"
      tabindex="-1"
      role="main"
      .side=${this.customer}
      .revision=${this.customer.revision}
      .controller=${this.controller}
      .desk=${this.desk}
      .conversation=${row}
      .detail=${(id === null ? undefined : this.desk.details.get(id)) ?? UNLOADED}
      .nowMs=${Math.floor(this.nowMs / MINUTE_MS) * MINUTE_MS}
    ></cs-customer>`;
  }

  /** The worker's clock to the second, so that only a tick draws anew. */
  private workerNowMs(): number {
    return this.clock.nowMs() + Math.min(0, this.nowMs - Date.now());
  }

  // The shell

  private rail(): TemplateResult {
    return html`<nav class="rail" aria-label="Pages">
      <span class="logo" aria-hidden="true">${icons.wave}</span>
      ${this.link(DESK, icons.desk, "Desk")} ${this.link(BOARD, icons.board, "Board")}
      ${this.link(INTENTS, icons.intents, "Intents")} ${this.link(CUSTOMER, icons.customer, "Customer")}
    </nav>`;
  }

  private link(to: Place, icon: TemplateResult, words: string): TemplateResult {
    const isHere = to.view === this.place.view;
    const { offers } = this.workplace.inbox;
    const mark =
      to.view === "desk" && !isHere && offers.length > 0
        ? html`<span class="mark">${offers.length}<span class="unseen"> offered</span></span>`
        : nothing;
    return html`<a href=${hashOf(to)} aria-current=${isHere ? "page" : "false"}>
      ${icon}<span>${words}</span>${mark}
    </a>`;
  }

  private header(): TemplateResult {
    const { me } = this.desk;
    return html`<header class="head">
      <h1>${TITLES[this.place.view]}</h1>
      ${this.pill()}
      <span class="grow"></span>
      ${this.place.view === "customer"
        ? nothing
        : html`<cs-presence
            .workplace=${this.workplace}
            .representative=${isSetUp(this.workplace.desk) ? this.workplace.desk?.representative : null}
            .isBusy=${this.desk.busy.has("presence:")}
          ></cs-presence>`}
      ${me?.is_development ? html`<span class="badge" title="Not for production">Development</span>` : nothing}
      <button
        class="quiet icon"
        title="Theme: ${this.theme}"
        aria-label="Theme: ${this.theme}. Change it"
        data-verb="theme"
        @click=${this.changeTheme}
      >
        ${THEME_ICONS[this.theme]}
      </button>
      <button class="quiet icon" title="Keyboard (?)" aria-label="Keyboard help" @click=${() => this.help?.show()}>
        ${icons.help}
      </button>
      ${me
        ? html`<span class="me" title="${me.name || me.user} · ${me.tenant}">
            <span class="face" aria-hidden="true">${initials(me.name || me.user)}</span>
            <span class="who">${me.name || me.user}</span>
          </span>`
        : nothing}
    </header>`;
  }

  private pill(): TemplateResult {
    const { kind } = this.desk.connection;
    const words = {
      connecting: "Connecting",
      live: "Live",
      starting: "Processors starting",
      reconnecting: "Reconnecting",
      offline: "Offline",
      "signed-out": "Signed out",
    }[kind];
    return html`<span class="pill ${kind}" role="status" data-connection=${kind}>
      <span class="lamp"></span>${words}
    </span>`;
  }

  private staleness(): TemplateResult | typeof nothing {
    const { connection, staleSinceMs, isListLoaded } = this.desk;
    if (connection.kind === "starting") {
      return html`<p class="banner" data-banner>${connection.because}</p>`;
    }
    const isLost = connection.kind === "reconnecting" || connection.kind === "offline";
    const because = connection.kind === "reconnecting" ? connection.because : "";
    if (!isLost || (because === "" && (!isListLoaded || staleSinceMs === null))) return nothing;
    return html`<p class="banner" data-banner>
      ${because} ${staleSinceMs === null ? nothing : this.age(staleSinceMs)}
    </p>`;
  }

  private age(staleSinceMs: number): TemplateResult {
    return html`Last heard from the worker ${span(this.nowMs - staleSinceMs)} ago. This page catches up by itself
      once it is reached again.`;
  }

  private noticeList(): TemplateResult {
    return html`<div class="notices ${this.place.view}">
      ${this.desk.notices.map(
        (notice) => html`<div
          class="notice ${notice.isFailure ? "bad" : ""}"
          role=${notice.isFailure ? "alert" : "status"}
        >
          <span>${notice.sentence}</span>
          <button
            class="quiet icon"
            aria-label="Close this message"
            @click=${() => this.controller.dismissNotice(notice.id)}
          >
            ${icons.close}
          </button>
        </div>`,
      )}
    </div>`;
  }

  // The Agent desktop

  private desktop(): TemplateResult {
    const { selected, details } = this.desk;
    const row = this.opened();
    const detail = (selected === null ? undefined : details.get(selected)) ?? UNLOADED;
    const minute = Math.floor(this.nowMs / 10_000) * 10_000;
    const item = this.workplace.item(selected);
    return html`<div
        class="desktop show-${this.column}"
        @recommendation=${this.recommended}
        @wish=${this.wished}
        @issue=${this.issueWanted}
      >
        <div class="left">
          ${this.inboxOf()}
          <cs-conversations
            .controller=${this.controller}
            .desk=${this.desk}
            .nowMs=${this.nowMs}
            @open-conversation=${() => (this.column = "conversation")}
          ></cs-conversations>
        </div>
        <main id="main" tabindex="-1">${this.conversation(row, detail, minute)}</main>
        <div class="side">
          <cs-context
            .handoff=${row ? detail.handoff : null}
            .item=${item}
            .hasIntent=${row !== undefined && HAS_INTENT.has(showingOf(detail.intent))}
          ></cs-context>
          <cs-issue
            .intent=${row ? detail.intent : null}
            .isServed=${row !== undefined && !isEnded(row) && this.mayReply(row)}
            .busy=${this.desk.busy}
            .conversationId=${selected ?? ""}
            .nowMs=${minute}
          ></cs-issue>
          <cs-assist
            role="complementary"
            aria-label="Assist"
            .conversation=${row}
            .detail=${detail}
            .user=${this.desk.me?.user ?? ""}
            .nowMs=${minute}
          ></cs-assist>
        </div>
      </div>
      ${this.switcher(detail)}`;
  }

  private inboxOf(): TemplateResult | typeof nothing {
    const { desk, inbox } = this.workplace;
    // Whoever is no representative here, and has nothing, needs no inbox.
    if (desk === null || (!isSetUp(desk) && desk.offers.length + desk.items.length === 0)) {
      return nothing;
    }
    return html`<cs-inbox
      .workplace=${this.workplace}
      .work=${inbox}
      .busy=${this.desk.busy}
      .selected=${this.desk.selected}
      .hasSound=${this.workplace.hasSound}
      .nowMs=${this.workerNowMs()}
    ></cs-inbox>`;
  }

  private conversation(
    row: ConversationView | undefined,
    detail: Detail,
    minute: number,
  ): TemplateResult {
    if (this.desk.selected === null) return this.welcome();
    if (this.desk.selectedFailure !== null) {
      return html`<div class="welcome" role="alert">
        ${icons.inbox}
        <p>${this.desk.selectedFailure}</p>
      </div>`;
    }
    if (!row) return html`<div class="welcome" role="status"><p>Loading…</p></div>`;
    return html`
      ${this.conversationHead(row)}
      <cs-work
        .workplace=${this.workplace}
        .item=${this.workplace.item(row.conversation_id)}
        .offer=${this.workplace.offer(row.conversation_id)}
        .watched=${this.workplace.watched}
        .user=${this.desk.me?.user ?? ""}
        .isBusy=${this.desk.busy.has(`item:${row.conversation_id}`)}
        .nowMs=${this.workerNowMs()}
      ></cs-work>
      <cs-transcript
        .controller=${this.controller}
        .conversation=${row}
        .detail=${detail}
        .nowMs=${Math.floor(minute / MINUTE_MS) * MINUTE_MS}
      ></cs-transcript>
      <cs-composer
        .controller=${this.controller}
        .conversation=${row}
        .me=${this.desk.me}
        .isJoined=${this.workplace.isJoined(row.conversation_id)}
        .intent=${detail.intent}
      ></cs-composer>
    `;
  }

  private welcome(): TemplateResult {
    return html`<div class="welcome">
      ${icons.desk}
      <p>Choose a conversation.</p>
      <p class="small soft keys"><kbd>j</kbd> <kbd>k</kbd> move through the list, <kbd>?</kbd> shows all keys</p>
    </div>`;
  }

  private conversationHead(row: ConversationView): TemplateResult {
    const id = row.conversation_id;
    const { busy, me } = this.desk;
    const name = row.customer_name ?? row.customer_id ?? id;
    const user = me?.user ?? "";
    return html`<div class="conversation-head">
      <button class="quiet icon back" aria-label="Back to the list" @click=${() => (this.column = "list")}>
        ${icons.back}
      </button>
      <div class="title">
        <h2>${name}</h2>
        <p class="soft small">
          ${channelName(row.channel)}${row.locale ? html` · ${row.locale}` : nothing} ·
          <span data-owner>${this.ownership(row)}</span><span class="id"> · <span class="mono">${id}</span></span>
        </p>
      </div>
      ${isAcceptableBy(user, row)
        ? html`<button
            class="primary"
            data-verb="accept"
            title="Accept (a)"
            ?disabled=${busy.has(`accept:${id}`)}
            @click=${() => this.controller.accept(id)}
          >
            ${icons.check} ${busy.has(`accept:${id}`) ? "Accepting…" : "Accept"}
          </button>`
        : nothing}
      ${isServedBy(user, row) && !isEnded(row) && this.mayEnd(row) ? this.endButton(id) : nothing}
    </div>`;
  }

  /** A routed conversation can be ended while it is active; after that there is wrap-up. */
  private mayEnd(row: ConversationView): boolean {
    const item = this.workplace.item(row.conversation_id);
    return item === undefined ? !isRouted(row) : item.state === "active" || item.state === "waiting";
  }

  private endButton(id: string): TemplateResult {
    const isBusy = this.desk.busy.has(`end:${id}`) || this.desk.busy.has(`item:${id}`);
    if (this.ending !== id || isBusy) {
      return html`<button data-verb="end" ?disabled=${isBusy} @click=${() => (this.ending = id)}>
        ${isBusy ? "Ending…" : "End"}
      </button>`;
    }
    return html`<span class="confirm" role="group" aria-label="End this conversation?">
      <span class="small">End it?</span>
      <button
        class="danger"
        data-verb="confirm-end"
        @click=${() => {
          this.ending = null;
          void this.end(id);
        }}
      >
        End
      </button>
      <button class="quiet" @click=${() => (this.ending = null)}>Keep</button>
    </span>`;
  }

  /** What routing gave goes to wrap-up; other conversations simply end. */
  private async end(id: string): Promise<void> {
    if (this.workplace.item(id) === undefined) await this.controller.end(id);
    else await this.workplace.act("end", id);
  }

  private ownership(row: ConversationView): string {
    if (isEnded(row)) return "ended";
    if (row.owner_kind === "bot") return `with ${row.owner_id ?? "the bot"}`;
    if (row.owner_kind !== "representative") return "waiting for a representative";
    if (row.owner_id === this.desk.me?.user) return row.accepted_at_ms === null ? "offered to you" : "yours";
    return `with ${row.owner_name ?? row.owner_id ?? "a representative"}`;
  }

  /** Tabs at the bottom of a narrow window. */
  private switcher(detail: Detail): TemplateResult {
    const cards = detail.recommendations.length - detail.leaving.size;
    const tab = (column: Column, words: string): TemplateResult =>
      html`<button class="quiet" aria-pressed=${this.column === column} @click=${() => (this.column = column)}>
        ${words}
      </button>`;
    return html`<div class="switcher" role="group" aria-label="Show">
      ${tab("list", "List")} ${tab("conversation", "Conversation")}
      ${tab("assist", cards > 0 ? `Assist ${cards}` : "Assist")}
    </div>`;
  }

  // What people do

  private readonly recommended = (event: CustomEvent<RecommendationEvent>): void => {
    const { detail: asked } = event;
    const id = this.desk.selected;
    if (id === null) return;
    this.controller.touch(id, asked.recommendation.recommendation_id);
    if (asked.kind === "dismiss") this.dismiss(asked.recommendation);
    else if (asked.kind === "why") void this.why?.explain(asked.recommendation);
    else if (asked.kind === "wish") void this.fulfil(asked);
  };

  private async fulfil({ wish, recommendation }: RecommendationEvent & { kind: "wish" }): Promise<void> {
    switch (wish.kind) {
      case "open":
        window.open(wish.url, "_blank", "noopener,noreferrer");
        break;
      case "insert":
        this.column = "conversation";
        this.composer?.insert(wish.text);
        break;
      case "copy":
        if (await copied(wish.text)) this.controller.notify("Copied.", false);
        else this.controller.notify(`The browser refused to copy: ${wish.text}`, true);
        break;
      case "dismiss":
        this.dismiss(recommendation);
        break;
      case "unknown":
        this.controller.notify(wish.sentence, true);
    }
  }

  private dismiss(recommendation: RecommendationView): void {
    const { selected, conversations, me } = this.desk;
    const row = selected === null ? undefined : conversations.get(selected);
    if (selected === null || !row) return;
    if (!concerns(me?.user ?? "", row)) {
      this.controller.notify("Only who serves this conversation can dismiss its cards.", true);
      return;
    }
    this.assist?.keepFocus();
    void this.controller.dismiss(selected, recommendation);
  }

  // The customer's intent

  private mayReply(row: ConversationView): boolean {
    return isServedBy(this.desk.me?.user ?? "", row) || this.workplace.isJoined(row.conversation_id);
  }

  private readonly issueWanted = ({ detail: wanted }: CustomEvent<IssueEvent>): void => {
    const id = this.desk.selected;
    if (id === null) return;
    if (wanted.kind === "insert") {
      this.column = "conversation";
      this.composer?.insert(wanted.text);
    } else if (wanted.kind === "choose") {
      void this.controller.actOnIntent(id, "choose", { intent_id: wanted.intent_id });
    } else void this.controller.actOnIntent(id, wanted.kind);
  };

  private readonly changeTheme = (): void => {
    this.theme = themeAfter(this.theme);
    useTheme(this.theme);
  };

  private readonly looked = (): void => {
    if (document.visibilityState === "visible") this.controller.looked();
  };

  private skip(event: Event): void {
    event.preventDefault();
    this.renderRoot.querySelector<HTMLElement>("#main")?.focus();
  }

  // Work items

  private readonly wished = (event: CustomEvent<Wish>): void => {
    void this.grant(event.detail);
  };

  private async grant(wish: Wish): Promise<void> {
    switch (wish.kind) {
      case "open":
        location.hash = hashOf({ view: "desk", conversation: wish.item_id });
        break;
      case "why":
        await this.decision?.explain(wish.item);
        break;
      case "transfer": {
        const kinds: TargetKind[] = ["queue", "representative", "bot"];
        // Only a call can go on to a phone number.
        if (wish.item.kind === "voice") kinds.push("number");
        await this.ask(wish.item, "Transfer", kinds, false, ({ target }) =>
          this.workplace.act("transfer", wish.item.item_id, target),
        );
        break;
      }
      case "observe":
        await this.board.observe(wish.verb, wish.item.item_id);
        break;
      case "consult":
        await this.ask(wish.item, "Consult about", ["representative"], false, ({ target }) =>
          this.workplace.act("consult", wish.item.item_id, target),
        );
        break;
      case "assign":
        await this.ask(wish.item, "Assign", ["representative", "queue"], true, ({ target, isOverCapacity }) =>
          this.board.assign(wish.item.item_id, target, isOverCapacity),
        );
        break;
      case "close":
        await this.forceClose(wish.item);
    }
  }

  private async ask(
    item: Item,
    verb: string,
    kinds: readonly TargetKind[],
    mayExceed: boolean,
    carryOut: (choice: Choice) => Promise<unknown>,
  ): Promise<void> {
    const choice = await this.target?.choose({
      heading: `${verb} ${nameOf(item)}`,
      kinds,
      mayExceed,
      work: item.kind,
    });
    if (choice) await carryOut(choice);
  }

  private async forceClose(item: Item): Promise<void> {
    const reason = await this.confirm?.ask({
      heading: `Close ${nameOf(item)}?`,
      sentence: "The conversation ends at once, for the customer too. This cannot be taken back.",
      verb: "Close it",
    });
    if (typeof reason === "string") await this.board.close(item.item_id, reason);
  }

  // Address, see place.ts

  private readonly readAddress = (): void => {
    const place = placeOf(location.hash);
    const before = this.place;
    this.place = place;
    document.title = `${TITLES[place.view]} · Cuestream`;
    this.controller.want(WANTED[place.view]);
    if (place.view === "board") this.board.show(place.tab, place.row);
    else this.board.hide();
    if (place.view === "intents") this.intents.show(place.tab, place.row);
    else this.intents.hide();
    if (place.view === "customer") this.customer.show();
    else this.customer.hide();
    if (place.view === "board" || place.view === "intents") return;
    if (place.conversation === null) {
      // Back at the desk, what was open there still is.
      this.writeAddress();
      return;
    }
    const isOther = place.conversation !== this.desk.selected || before.view !== place.view;
    if (isOther) this.column = "conversation";
    this.controller.select(place.conversation);
  };

  private writeAddress(): void {
    const { selected } = this.controller.desk;
    if (selected === null || this.place.view !== "desk") return;
    this.place = { view: "desk", conversation: selected };
    const hash = hashOf(this.place);
    if (location.hash !== hash) history.replaceState(null, "", hash);
  }

  // Keys

  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const sheets: (Sheet | null)[] = [this.why, this.help, this.decision, this.target, this.confirm];
    if (sheets.some((sheet) => sheet?.isOpen)) return;
    const target = event.composedPath()[0];
    if (target instanceof HTMLElement && isField(target)) return;
    const isDesk = this.place.view === "desk";
    const action = isDesk || event.key === "?" ? this.actionOf(event.key) : null;
    if (!action) return;
    event.preventDefault();
    action();
  };

  private actionOf(key: string): (() => void) | null {
    const isInCards = this.assist?.focused() !== undefined;
    const move = (step: number) => () =>
      isInCards ? this.assist?.move(step) : this.moveConversation(step);
    switch (key) {
      case "j":
      case "ArrowDown":
        return move(1);
      case "k":
      case "ArrowUp":
        return move(-1);
      case "r":
        return this.composer ? () => this.composer?.focus() : null;
      case "a":
        return () => this.acceptSelected();
      case "o":
        return this.inbox ? () => this.inbox?.focusOffer() : null;
      case "i":
        return () => this.issue?.focus();
      case "q":
        return this.composer ? () => this.composer?.takeGhost() : null;
      case "c":
        return () => this.assist?.move(0);
      case "d":
        return () => this.dismissFocused();
      case "w":
        return () => this.whyFocused();
      case "?":
        return () => this.help?.show();
      case "Escape":
        return isInCards ? () => this.renderRoot.querySelector<HTMLElement>("#main")?.focus() : null;
      default:
        return null;
    }
  }

  private moveConversation(step: number): void {
    this.controller.move(step);
  }

  private acceptSelected(): void {
    const { selected, conversations } = this.desk;
    const row = selected === null ? undefined : conversations.get(selected);
    const offer = this.workplace.offer(selected);
    if (offer) void this.workplace.accept(offer);
    else if (row && isAcceptableBy(this.desk.me?.user ?? "", row)) {
      void this.controller.accept(row.conversation_id);
    }
  }

  /** Dismissal is for good, so without a focused card the key only brings the focus there. */
  private dismissFocused(): void {
    const focused = this.assist?.focused();
    if (focused) this.dismiss(focused);
    else this.assist?.move(0);
  }

  private whyFocused(): void {
    const row = this.assist?.focused() ?? this.assist?.shown()[0];
    if (row) void this.why?.explain(row);
  }
}

function isField(element: HTMLElement): boolean {
  return element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}
