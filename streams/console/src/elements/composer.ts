/** Where the representative writes: a reply, a private note, or in development the customer's part. */

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import type { ConversationView, Me } from "../contracts";
import type { Controller } from "../controller";
import { isEnded, isServedBy, whoHas } from "../desk";
import { icons } from "../icons";
import { ghostOf, takesGhost } from "../issue";
import type { ConversationIntent } from "../library";
import { shared } from "../styles/shared";

type Mode = "reply" | "note" | "customer";

/** What is written and not sent, and as what it was meant. */
interface Draft {
  mode: Mode;
  text: string;
}

const PLACEHOLDERS: Record<Mode, string> = {
  reply: "Write a reply…",
  note: "Write a note that the customer never sees…",
  customer: "Write what the customer says…",
};

const MODE_ICONS = { reply: icons.reply, note: icons.lock, customer: icons.person };

@customElement("cs-composer")
export class Composer extends LitElement {
  @property({ attribute: false }) controller!: Controller;
  @property({ attribute: false }) conversation!: ConversationView;
  /** A supervisor who takes part may speak to the customer, too. */
  @property({ type: Boolean }) isJoined = false;
  @property({ attribute: false }) me: Me | null = null;
  /** What the customer wants: its next question waits in the empty box. */
  @property({ attribute: false }) intent: ConversationIntent | null = null;
  /** A question that was waved away. */
  @state() private waved: string | null = null;
  @state() private mode: Mode = "reply";
  @query("textarea") private field!: HTMLTextAreaElement | null;
  private readonly drafts = new Map<string, Draft>();
  /** Conversations that were ours and went to somebody else. */
  private readonly lost = new Set<string>();

  static override styles = [
    shared,
    css`
      :host {
        padding: 0 24px 20px;
      }

      .frame {
        container-type: inline-size;
      }

      .box {
        max-width: 760px;
        margin: 0 auto;
        border: 1px solid var(--line-strong);
        border-radius: 12px;
        background: var(--surface);
        box-shadow: var(--shadow);
      }

      .box:focus-within {
        border-color: var(--accent);
        outline: 1px solid var(--accent);
      }

      .box.note {
        background: var(--warn-wash);
      }

      textarea {
        display: block;
        width: 100%;
        min-height: 46px;
        max-height: 180px;
        padding: 11px 14px 4px;
        border: 0;
        background: transparent;
        resize: none;
        field-sizing: content;
      }

      /* The box around it shows the focus. */
      textarea:focus-visible {
        outline: 0;
      }

      textarea::placeholder {
        color: var(--ink-soft);
        opacity: 1;
      }

      .bar {
        display: flex;
        align-items: center;
        gap: 4px;
        padding: 4px 6px 6px;
      }

      .bar button {
        min-height: 28px;
        padding: 2px 9px;
        font-size: 13px;
      }

      .modes {
        display: flex;
        gap: 2px;
        min-width: 0;
      }

      .modes [aria-pressed="true"] {
        background: var(--hover);
        color: var(--ink);
      }

      .note .modes [aria-pressed="true"] {
        background: color-mix(in srgb, var(--warn) 22%, transparent);
        color: var(--warn-ink);
      }

      .hint {
        flex: 1;
        padding: 0 6px;
        color: var(--ink-soft);
        font-size: 12px;
        text-align: right;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .closed {
        max-width: 760px;
        margin: 0 auto;
        padding: 10px 14px;
        border-radius: 10px;
        background: var(--sunken);
        color: var(--ink-soft);
        text-align: center;
      }

      @container (width < 430px) {
        .hint:not(.ghost) {
          visibility: hidden;
        }

        .bar .words {
          position: absolute;
          clip-path: inset(50%);
        }

        .bar [aria-pressed="true"] .words {
          position: static;
          clip-path: none;
        }
      }

      @media (width < 900px) {
        :host {
          padding: 0 12px 12px;
        }
      }
    `,
  ];

  /** Put the cursor into the field. */
  override focus(): void {
    this.field?.focus();
  }

  /** Put `text` at the end of the draft, ready to be sent or changed. */
  insert(text: string): void {
    if (!this.draft() && this.modes().includes("reply")) this.mode = "reply";
    const draft = this.draft()?.text ?? "";
    this.keep(draft && !/\s$/.test(draft) ? `${draft} ${text}` : draft + text);
    void this.updateComplete.then(() => {
      this.focus();
      this.field?.setSelectionRange(this.field.value.length, this.field.value.length);
    });
  }

  /** Put the question that waits into the box; return whether there was one. */
  takeGhost(): boolean {
    const ghost = this.ghost();
    if (ghost === null) return false;
    this.insert(ghost);
    return true;
  }

  private ghost(): string | null {
    const isOwn = this.isJoined || this.served(this.conversation);
    return ghostOf(this.intent, {
      draft: this.draft()?.text ?? "",
      isReply: this.mode === "reply" && isOwn && !isEnded(this.conversation),
      waved: this.waved,
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("conversation") && !changed.has("isJoined")) return;
    const before = changed.has("conversation") ? changed.get("conversation") : this.conversation;
    const id = this.conversation.conversation_id;
    if (this.served(this.conversation)) this.lost.delete(id);
    else if (before?.conversation_id === id && this.served(before)) this.lost.add(id);
    const modes = this.modes();
    const draft = this.draft();
    if (before?.conversation_id !== this.conversation.conversation_id) {
      this.waved = null;
      // A note that was begun must come back as a note, never as a reply.
      this.mode = draft ? draft.mode : "reply";
    } else if (!draft && modes.includes("reply") && (changed.get("isJoined") === false || !this.served(before))) {
      // After accepting or joining, what one wants to write is the reply.
      this.mode = "reply";
    }
    if (!modes.includes(this.mode)) this.mode = modes[0] ?? "note";
  }

  protected override render(): TemplateResult {
    if (isEnded(this.conversation)) {
      return html`<p class="closed">This conversation has ended.</p>`;
    }
    if (!this.isJoined && this.lost.has(this.conversation.conversation_id)) {
      return html`<p class="closed" role="status" data-lost>${whoHas(this.conversation)} You can read along.</p>`;
    }
    const draft = this.draft()?.text ?? "";
    const ghost = this.ghost();
    return html`<div class="frame"><div class="box ${this.mode}">
      <textarea
        rows="1"
        maxlength="8000"
        aria-label=${PLACEHOLDERS[this.mode].replace("…", "")}
        aria-describedby="hint"
        placeholder=${ghost ?? PLACEHOLDERS[this.mode]}
        data-ghost=${ghost ?? nothing}
        .value=${draft}
        @input=${this.typed}
        @keydown=${this.pressed}
      ></textarea>
      <div class="bar">
        <div class="modes" role="group" aria-label="Write as">
          ${this.modes().map((mode) => this.choice(mode))}
        </div>
        <span class="hint ${ghost === null ? "" : "ghost"}" id="hint">
          ${ghost !== null
            ? html`<kbd>Tab</kbd> inserts<span class="unseen">: ${ghost} Escape waves it away.</span>`
            : this.modes().includes("reply")
              ? "Enter sends"
              : this.whyNoReply()}
        </span>
        <button class="primary" ?disabled=${draft.trim() === ""} @click=${this.send}>
          ${icons.send}<span class="words">Send</span>
        </button>
      </div>
    </div></div>`;
  }

  private choice(mode: Mode): TemplateResult {
    const words = { reply: "Reply", note: "Note", customer: "As customer" }[mode];
    return html`<button
      class="quiet"
      aria-pressed=${this.mode === mode}
      @click=${() => {
        this.mode = mode;
        this.keep(this.draft()?.text ?? "");
        this.focus();
      }}
    >
      ${MODE_ICONS[mode]}<span class="words">${words}</span>
    </button>`;
  }

  private modes(): Mode[] {
    const modes: Mode[] = ["note"];
    if (this.isJoined || this.served(this.conversation)) modes.unshift("reply");
    if (this.me?.is_development) modes.push("customer");
    return modes;
  }

  private whyNoReply(): string {
    const { owner_kind: kind, owner_name: name, owner_id: id } = this.conversation;
    if (kind === "representative" && id !== this.me?.user) return `With ${name ?? id ?? "somebody else"}`;
    return "Accept to reply";
  }

  private typed(event: Event): void {
    this.keep((event.target as HTMLTextAreaElement).value);
  }

  private served(row: ConversationView | undefined): boolean {
    return row !== undefined && isServedBy(this.me?.user ?? "", row);
  }

  private draft(): Draft | undefined {
    return this.drafts.get(this.conversation.conversation_id);
  }

  private keep(text: string): void {
    const id = this.conversation.conversation_id;
    if (text.trim() === "") this.drafts.delete(id);
    else this.drafts.set(id, { mode: this.mode, text });
    this.requestUpdate();
  }

  private pressed(event: KeyboardEvent): void {
    const ghost = this.ghost();
    if (takesGhost(event, ghost)) {
      event.preventDefault();
      this.takeGhost();
    } else if (event.key === "Escape" && ghost !== null) {
      // After this, Tab leaves the box again.
      event.preventDefault();
      this.waved = ghost;
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") this.field?.blur();
  }

  private send(): void {
    const id = this.conversation.conversation_id;
    const text = (this.draft()?.text ?? "").trim();
    if (!text) return;
    this.keep("");
    const author = this.mode === "customer" ? "customer" : "representative";
    void this.controller.say(id, text, author, this.mode === "note" ? "private" : "public");
  }
}
