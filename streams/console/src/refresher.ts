/**
 * Fetches again what a push has said to be old: at most one fetch at a time, and never more often
 * than every `restMs`. Whoever asks while a fetch is under way gets one more after it.
 */
export class Refresher {
  private isAsked = false;
  private isRunning = false;
  private notBeforeMs = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly fetch: () => Promise<void>,
    /** Least time between the end of one fetch and the start of the next. */
    private readonly restMs: number,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** Something changed. */
  ask(): void {
    this.isAsked = true;
    if (this.isRunning || this.timer !== undefined) return;
    const waitMs = Math.max(0, this.notBeforeMs - this.nowMs());
    if (waitMs === 0) void this.run();
    else this.timer = setTimeout(() => void this.run(), waitMs);
  }

  /** Fetch now, whatever was fetched before. */
  async now(): Promise<void> {
    this.isAsked = true;
    if (!this.isRunning) await this.run();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isAsked = false;
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isRunning = true;
    this.isAsked = false;
    const startMs = this.nowMs();
    try {
      await this.fetch();
    } finally {
      this.isRunning = false;
      const endMs = this.nowMs();
      // What takes long is asked for less often, so that a big board cannot drown a worker.
      this.notBeforeMs = endMs + Math.max(this.restMs, 4 * (endMs - startMs));
      if (this.isAsked) this.ask();
    }
  }
}
