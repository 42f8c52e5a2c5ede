/** Light, dark, or whatever the system says; the choice is one attribute that the tokens read. */

import { recall, remember } from "./memory";

export type Theme = "system" | "light" | "dark";

const THEMES: readonly Theme[] = ["system", "light", "dark"];

export function theme(): Theme {
  const stored = recall<string>("theme", "system");
  return THEMES.find((name) => name === stored) ?? "system";
}

export function useTheme(name: Theme): void {
  if (name === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", name);
  remember("theme", name);
}

export function themeAfter(name: Theme): Theme {
  return THEMES[(THEMES.indexOf(name) + 1) % THEMES.length] ?? "system";
}
