/** Numbers and codes as people read them. */

const CHANNELS: Record<string, string> = {
  live_chat: "Live chat",
  sms: "SMS",
  facebook: "Facebook",
  whatsapp: "WhatsApp",
  voice: "Voice",
  email: "E-mail",
  record: "Record",
};

const KINDS: Record<string, string> = {
  knowledge_article: "Knowledge article",
  similar_case: "Similar case",
  next_best_step: "Next best step",
};

const PRESENCES: Record<string, string> = {
  available: "Available",
  busy: "Busy",
  do_not_disturb: "Do not disturb",
  away: "Away",
  offline: "Offline",
};

const STATES: Record<string, string> = {
  open: "In queue",
  offered: "Offered",
  active: "Active",
  waiting: "Waiting",
  wrap_up: "Wrap-up",
  closed: "Closed",
};

const METHODS: Record<string, string> = {
  highest_capacity: "Highest capacity",
  round_robin: "Round robin",
  least_active: "Least active",
  longest_idle: "Longest idle",
  custom: "Custom rules",
};

const VERDICTS: Record<string, string> = {
  shown: "Shown",
  refreshed: "Refreshed",
  below_threshold: "Below the threshold",
  beyond_limit: "Beyond the limit",
  dismissed: "Dismissed before",
};

export const channelName = (code: string): string =>
  code === "" ? "Unknown channel" : CHANNELS[code] ?? spoken(code);
export const kindName = (code: string): string => KINDS[code] ?? spoken(code);
export const presenceName = (code: string): string => PRESENCES[code] ?? spoken(code);
export const stateName = (code: string): string => STATES[code] ?? spoken(code);
export const methodName = (code: string): string => METHODS[code] ?? spoken(code);
export const verdictName = (code: string): string => VERDICTS[code] ?? spoken(code);

/** Return `handed_over` as "Handed over". */
export function spoken(code: string): string {
  return capitalized(code.replaceAll("_", " "));
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Return words of the rules as a whole sentence. */
export function sentenced(words: string): string {
  const whole = capitalized(words.trim());
  return whole === "" || /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

/** Return a confidence as people read it; never rounded up over a threshold. */
export function percent(score: number): string {
  return `${wholePercent(score)}%`;
}

export function wholePercent(score: number): number {
  return Math.floor(score * 100 + 1e-9);
}

/** Return a span as `0:41`, `12:05`, `1:02:03`, or days. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const days = Math.floor(seconds / 86_400);
  if (days > 0) return days === 1 ? "1 day" : `${days} days`;
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  if (hours === 0) return `${minutes}:${rest}`;
  return `${hours}:${String(minutes).padStart(2, "0")}:${rest}`;
}

/** Return a span in words for whoever listens: `1 minute 20 seconds`. */
export function spokenSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const count = (number: number, unit: string): string =>
    `${number} ${unit}${number === 1 ? "" : "s"}`;
  if (seconds < 60) return count(seconds, "second");
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return rest === 0 ? count(minutes, "minute") : `${count(minutes, "minute")} ${count(rest, "second")}`;
}

/** Return how long ago, coarsely: `now`, `4 min`, `2 h`, `3 d`. */
export function ago(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 1_440)} d`;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Return the time of day, with the day in front when it is not today's. */
export function clock(atMs: number, nowMs: number): string {
  const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  const time = CLOCK.format(atMs);
  return isToday ? time : `${DAY.format(atMs)}, ${time}`;
}

export const moment = (atMs: number): string => MOMENT.format(atMs);

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => Array.from(word ?? "")[0] ?? "",
  );
  return letters.join("").toUpperCase() || "?";
}
