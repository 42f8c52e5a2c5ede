/**
 * The worker's clock as far as this page can tell.
 *
 * Whatever a worker stamps an answer with was at most its present when it was sent. The largest lead
 * of such stamps over our own clock is therefore the best estimate, and it never runs ahead.
 */
export class WorkerClock {
  private leadMs: number | null = null;

  constructor(private readonly ownNowMs: () => number = Date.now) {}

  /** Take in that the worker's clock had reached `atMs` already. */
  observe(atMs: number): void {
    if (!Number.isFinite(atMs) || atMs <= 0) return;
    const leadMs = atMs - this.ownNowMs();
    if (this.leadMs === null || leadMs > this.leadMs) this.leadMs = leadMs;
  }

  /** Forget what was observed: the worker may be another one now. */
  reset(): void {
    this.leadMs = null;
  }

  nowMs(): number {
    return this.ownNowMs() + (this.leadMs ?? 0);
  }
}
