/** The shell: rail, header, the Agent desktop's three columns, keys, notices and sheets. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";

import { Api } from "../api";
import { copied } from "../clipboard";
import type { ConversationView, RecommendationView } from "../contracts";
import { Controller, type Desk } from "../controller";
import { concerns, type Detail, isAcceptableBy, isEnded, isServedBy, UNLOADED } from "../desk";
import { icons } from "../icons";
import { shared } from "../styles/shared";
import { type Theme, theme, themeAfter, useTheme } from "../theme";
import { channelName, initials, span } from "../words";
import type { Assist } from "./assist";
import type { Composer } from "./composer";
import type { Help } from "./help";
import type { RecommendationEvent } from "./recommendation";
import type { Why } from "./why";
import "./assist";
import "./composer";
import "./conversations";
import "./help";
import "./sign-in";
import "./transcript";
import "./why";
import { consoleStyles } from "./console.styles";

type View = "list" | "conversation" | "assist";

const THEME_ICONS = { system: icons.contrast, light: icons.sun, dark: icons.moon };
const MINUTE_MS = 60_000;

@customElement("cs-console")
export class Console extends LitElement {
  @state() private desk: Desk;
  @state() private nowMs = Date.now();
  @state() private theme: Theme = theme();
  /** Which of the three columns a narrow window shows. */
  @state() private view: View = "list";
  /** The conversation whose end waits for a second click. */
  @state() private ending: string | null = null;
  @query("cs-composer") private composer!: Composer | null;
  @query("cs-assist") private assist!: Assist | null;
  @query("cs-why") private why!: Why | null;
  @query("cs-help") private help!: Help | null;

  private readonly controller: Controller;
  private ticker: ReturnType<typeof setInterval> | undefined;

  static override styles = [shared, consoleStyles];

  constructor() {
    super();
    this.controller = new Controller(new Api(), () => {
      this.desk = this.controller.desk;
      this.writeAddress();
    });
    this.desk = this.controller.desk;
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
          : this.desktop()}
      </div>
      <div class="unseen" role="status" aria-live="polite">${this.desk.announcement}</div>
      ${this.noticeList()}
      <cs-why .api=${this.controller.api}></cs-why>
      <cs-help></cs-help>
    `;
  }

  // The shell

  private rail(): TemplateResult {
    return html`<nav class="rail" aria-label="Pages">
      <span class="logo" aria-hidden="true">${icons.wave}</span>
      <a href="#/" aria-current="page" @click=${(event: Event) => event.preventDefault()}>
        ${icons.desk}<span>Desktop</span>
      </a>
    </nav>`;
  }

  private header(): TemplateResult {
    const { me } = this.desk;
    return html`<header class="head">
      <h1>Agent desktop</h1>
      ${this.pill()}
      <span class="grow"></span>
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
    return html`<div class="notices">
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
    const { selected, details, conversations } = this.desk;
    const row = selected === null ? undefined : conversations.get(selected);
    const detail = (selected === null ? undefined : details.get(selected)) ?? UNLOADED;
    const minute = Math.floor(this.nowMs / 10_000) * 10_000;
    return html`<div class="desktop show-${this.view}" @recommendation=${this.recommended}>
        <cs-conversations
          .controller=${this.controller}
          .desk=${this.desk}
          .nowMs=${this.nowMs}
          @open-conversation=${() => (this.view = "conversation")}
        ></cs-conversations>
        <main id="main" tabindex="-1">${this.conversation(row, detail, minute)}</main>
        <cs-assist
          role="complementary"
          aria-label="Assist"
          .conversation=${row}
          .detail=${detail}
          .user=${this.desk.me?.user ?? ""}
          .nowMs=${minute}
        ></cs-assist>
      </div>
      ${this.switcher(detail)}`;
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
      <cs-transcript
        .controller=${this.controller}
        .conversation=${row}
        .detail=${detail}
        .nowMs=${Math.floor(minute / MINUTE_MS) * MINUTE_MS}
      ></cs-transcript>
      <cs-composer .controller=${this.controller} .conversation=${row} .me=${this.desk.me}></cs-composer>
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
      <button class="quiet icon back" aria-label="Back to the list" @click=${() => (this.view = "list")}>
        ${icons.back}
      </button>
      <div class="title">
        <h2>${name}</h2>
        <p class="soft small">
          ${channelName(row.channel)}${row.locale ? html` · ${row.locale}` : nothing} ·
          ${this.ownership(row)}<span class="id"> · <span class="mono">${id}</span></span>
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
      ${isServedBy(user, row) && !isEnded(row) ? this.endButton(id) : nothing}
    </div>`;
  }

  private endButton(id: string): TemplateResult {
    const isBusy = this.desk.busy.has(`end:${id}`);
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
          void this.controller.end(id);
        }}
      >
        End
      </button>
      <button class="quiet" @click=${() => (this.ending = null)}>Keep</button>
    </span>`;
  }

  private ownership(row: ConversationView): string {
    if (isEnded(row)) return "ended";
    if (row.owner_kind === "bot") return "with the bot";
    if (row.owner_kind !== "representative") return "waiting for a representative";
    if (row.owner_id === this.desk.me?.user) return row.accepted_at_ms === null ? "offered to you" : "yours";
    return `with ${row.owner_name ?? row.owner_id ?? "a representative"}`;
  }

  /** Tabs at the bottom of a narrow window. */
  private switcher(detail: Detail): TemplateResult {
    const cards = detail.recommendations.length - detail.leaving.size;
    const tab = (view: View, words: string): TemplateResult =>
      html`<button class="quiet" aria-pressed=${this.view === view} @click=${() => (this.view = view)}>
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
        this.view = "conversation";
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

  // Address: #/c/{conversation id}

  private readonly readAddress = (): void => {
    const found = /^#\/c\/(.+)$/.exec(location.hash)?.[1];
    if (found === undefined) return;
    const id = decoded(found);
    if (id === null) return;
    if (id !== this.desk.selected) this.view = "conversation";
    this.controller.select(id);
  };

  private writeAddress(): void {
    const { selected } = this.controller.desk;
    if (selected === null) return;
    const hash = `#/c/${encodeURIComponent(selected)}`;
    if (location.hash !== hash) history.replaceState(null, "", hash);
  }

  // Keys

  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (this.why?.isOpen || this.help?.isOpen) return;
    const target = event.composedPath()[0];
    if (target instanceof HTMLElement && isField(target)) return;
    const action = this.actionOf(event.key);
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
    if (row && isAcceptableBy(this.desk.me?.user ?? "", row)) {
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

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
