/** Server-sent events out of text, as the HTML standard reads them. */

export interface ServerEvent {
  type: string;
  data: string;
  /** The last id seen so far, which resumes the stream; empty before the first. */
  id: string;
}

/** A parser that takes text in pieces of any size and gives whole events. */
export class EventParser {
  /** The id of the last event, also of one without data: it resumes the stream. */
  lastId = "";
  retryMs: number | null = null;
  private rest = "";
  private type = "";
  private data: string[] = [];
  private afterCarriageReturn = false;

  constructor(private id = "") {
    this.lastId = id;
  }

  push(text: string): ServerEvent[] {
    if (this.afterCarriageReturn && text.startsWith("\n")) text = text.slice(1);
    // A line may end in CR LF with the LF still on its way.
    this.afterCarriageReturn = text.endsWith("\r");
    const lines = (this.rest + text).split(/\r\n|\n|\r/);
    this.rest = lines.pop() ?? "";
    const events: ServerEvent[] = [];
    for (const line of lines) {
      if (line !== "") {
        this.field(line);
        continue;
      }
      this.lastId = this.id;
      if (this.data.length > 0) events.push(this.take());
      else this.type = "";
    }
    return events;
  }

  private take(): ServerEvent {
    const event = { type: this.type || "message", data: this.data.join("\n"), id: this.id };
    this.type = "";
    this.data = [];
    return event;
  }

  private field(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.type = value;
    else if (name === "data") this.data.push(value);
    else if (name === "id" && !value.includes("\0")) this.id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value);
  }
}
