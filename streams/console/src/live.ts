/**
 * The live feed: one stream of server-sent events that heals itself.
 *
 * Read with fetch, because EventSource cannot send a token and hides the status of a refusal. It
 * resumes after the last id, waits for the processors when they are still starting, and treats a
 * stream without even a keep-alive as lost.
 */

import { type Api, sentenceOf } from "./api";
import type { Change } from "./contracts";
import type { RoutingChange } from "./routing";
import { EventParser, type ServerEvent } from "./sse";

export type Connection =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "starting"; because: string }
  | { kind: "reconnecting"; because: string }
  | { kind: "offline" }
  | { kind: "signed-out" };

export interface Listener {
  /**
   * The stream stands: refetch what is shown. `isSwitch`: nothing was lost, it only follows other
   * things than before.
   */
  hello(isSwitch: boolean): void;
  change(change: Change): void;
  /** Something of hand-off or routing changed. */
  routing(change: RoutingChange): void;
  /** Changes of a processor (of any: empty) were left out: what is shown of it is fetched anew. */
  snapshot(reason: string, processor: string): void;
  connection(state: Connection): void;
}

/** Why following a stream came to its end. */
type End = { kind: "lost"; because: string } | { kind: "signed-out" };

const SILENCE_MS_MAX = 45_000;
const BACKOFF_MS_MIN = 400;
const BACKOFF_MS_MAX = 10_000;
const READY_POLL_MS = 700;

export class LiveFeed {
  /** When a byte last arrived, epoch ms; 0 before the first. */
  heardAtMs = 0;
  private cursor = "";
  private failures = 0;
  private attempt: AbortController | null = null;
  private wake: () => void = () => undefined;
  private isRunning = false;
  /** Tells a stopped run that another one has begun. */
  private runs = 0;
  /** What is streamed, as a query. */
  private wanted = "";
  private isSwitching = false;
  /** The present attempt has said hello. */
  private isGreeted = false;
  /** The next hello continues a stream that was left for other things. */
  private isContinued = false;

  constructor(
    private readonly api: Api,
    private readonly listener: Listener,
  ) {}

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    window.addEventListener("online", this.onOnline);
    window.addEventListener("offline", this.onOffline);
    this.runs += 1;
    void this.run(this.runs);
  }

  stop(): void {
    this.isRunning = false;
    window.removeEventListener("online", this.onOnline);
    window.removeEventListener("offline", this.onOffline);
    this.attempt?.abort();
    this.wake();
  }

  /** Follow other things from now on; the stream is opened anew, which nobody sees. */
  want(query: string): void {
    if (query === this.wanted) return;
    this.wanted = query;
    // The place is kept: what both streams have goes on, for the rest there comes a snapshot.
    if (this.attempt === null) return;
    this.isSwitching = true;
    this.attempt.abort();
  }

  /** The worker answered "not yet" to a query: leave the stream and wait until it is ready. */
  restart(): void {
    this.attempt?.abort();
  }

  /** Try at once instead of waiting for the back-off to pass. */
  hurry(): void {
    this.failures = 0;
    this.wake();
  }

  private readonly onOnline = (): void => this.hurry();

  private readonly onOffline = (): void => {
    this.listener.connection({ kind: "offline" });
    this.attempt?.abort();
  };

  private async run(number: number): Promise<void> {
    const isOver = (): boolean => !this.isRunning || this.runs !== number;
    this.listener.connection({ kind: "connecting" });
    while (!isOver()) {
      await this.readiness(isOver);
      if (isOver()) return;
      const end = await this.follow().catch((): End => ({ kind: "lost", because: "" }));
      if (isOver()) return;
      if (end.kind === "signed-out") {
        this.isRunning = false;
        this.listener.connection({ kind: "signed-out" });
        return;
      }
      if (this.isSwitching) {
        this.isSwitching = false;
        this.isContinued ||= this.isGreeted;
        continue;
      }
      this.isContinued = false;
      this.lost(end.because);
      await this.pause(this.backoffMs());
    }
  }

  /** Wait until the worker's processors are ready; a worker that is not there is no concern here. */
  private async readiness(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const ready = await fetch("/readyz", { cache: "no-store" }).catch(() => null);
      if (ready?.status !== 503) return;
      this.listener.connection({ kind: "starting", because: await reasonOf(ready) });
      await this.pause(READY_POLL_MS);
    }
  }

  /** Follow one stream until it ends; return why it did. */
  private async follow(): Promise<End> {
    const attempt = new AbortController();
    this.attempt = attempt;
    this.isGreeted = false;
    const watchdog = new Watchdog(SILENCE_MS_MAX, () => attempt.abort());
    try {
      const query = this.wanted === "" ? "" : `?${this.wanted}`;
      const response = await fetch(`/v1/stream${query}`, {
        headers: {
          accept: "text/event-stream",
          ...this.api.headers(),
          ...(this.cursor ? { "last-event-id": this.cursor } : {}),
        },
        credentials: "same-origin",
        cache: "no-store",
        signal: attempt.signal,
      });
      if (response.status === 401) return { kind: "signed-out" };
      if (!response.ok || !response.body) {
        // A cursor that the worker does not take would be refused for ever.
        if (response.status >= 400 && response.status < 429) this.cursor = "";
        return { kind: "lost", because: await sentenceOf(response) };
      }
      await this.read(response.body, watchdog);
      return { kind: "lost", because: "" };
    } finally {
      watchdog.stop();
      attempt.abort();
    }
  }

  private async read(body: ReadableStream<Uint8Array>, watchdog: Watchdog): Promise<void> {
    const parser = new EventParser(this.cursor);
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      watchdog.reset();
      this.heardAtMs = Date.now();
      for (const event of parser.push(decoder.decode(value, { stream: true }))) this.deliver(event);
      this.cursor = parser.lastId;
    }
  }

  private deliver(event: ServerEvent): void {
    const data = parsed(event.data);
    if (data === null) this.listener.snapshot("an event of the stream could not be read", "");
    else if (event.type === "hello") {
      this.failures = 0;
      this.listener.connection({ kind: "live" });
      const isSwitch = this.isContinued;
      this.isGreeted = true;
      this.isContinued = false;
      this.listener.hello(isSwitch);
    } else if (event.type === "change") {
      if (isRouting(data)) this.listener.routing(data);
      else this.listener.change(data as unknown as Change);
    } else if (event.type === "snapshot") {
      this.listener.snapshot(String(data.reason ?? ""), String(data.processor ?? ""));
    }
  }

  private lost(because: string): void {
    this.listener.connection(
      navigator.onLine ? { kind: "reconnecting", because } : { kind: "offline" },
    );
  }

  private backoffMs(): number {
    const doubled = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** this.failures);
    this.failures += 1;
    return doubled * (0.75 + Math.random() / 2);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Calls back when it was not reset for `ms`. */
class Watchdog {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ms: number,
    private readonly bark: () => void,
  ) {
    this.reset();
  }

  reset(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.bark, this.ms);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

/** Rows of conversations come as ever; those of other processors name theirs. */
function isRouting(data: object): data is RoutingChange {
  return "processor" in data && data.processor !== "conversation";
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

async function reasonOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === "object" && body !== null) {
    for (const name of ["detail", "because", "reason", "status"]) {
      const text = (body as Record<string, unknown>)[name];
      if (typeof text === "string" && text) return text;
    }
  }
  return "The processors are starting.";
}
