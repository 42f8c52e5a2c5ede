/** What other people wrote, made safe to show: no markup of theirs runs, loads or imitates ours. */

import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";

const TAGS = [
  "a", "b", "blockquote", "br", "code", "del", "em", "hr", "i", "li", "ol", "p", "pre", "s",
  "strong", "u", "ul",
];
const LINKS = /^(?:https?|mailto|tel):/i;

// Images would tell a sender that their message was opened; tables come with style attributes.
const RULES_OFF = ["image", "table", "heading", "lheading"];

const conversation = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable(RULES_OFF);
const plain = new MarkdownIt("zero", { html: false, linkify: true, breaks: true }).enable([
  "linkify",
  "newline",
]);

const purifier = DOMPurify();
purifier.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName !== "A") return;
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer nofollow");
});

/** Return `html` with everything gone that is not plain formatting or a link. */
export function purified(html: string): string {
  return purifier.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href"],
    ALLOWED_URI_REGEXP: LINKS,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    KEEP_CONTENT: true,
  });
}

/** Return a turn's text as safe HTML; plain text is shown exactly as it was written. */
export function turnHtml(text: string, format: string): string {
  const key = `${format}\0${text}`;
  const known = rendered.get(key);
  if (known !== undefined) return known;
  const html = purified(sourceHtml(text, format));
  if (rendered.size >= 2_000) rendered.clear();
  rendered.set(key, html);
  return html;
}

function sourceHtml(text: string, format: string): string {
  if (format === "markdown") return conversation.render(text);
  return format === "html" ? unstyled(text) : plain.render(text);
}

const STYLE_ELEMENT = /<style\b[^]*?(?:<\/style\s*>|$)/gi;
const TAG = /<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi;
const STYLE_ATTRIBUTE = /[\s"'/]style\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi;

/**
 * Return `html` without styles.
 *
 * The purifier removes them for sure; but it parses first, and a browser reports a style in parsed
 * HTML as a violation of the content security policy. This keeps such reports meaningful.
 */
function unstyled(html: string): string {
  return html
    .replace(STYLE_ELEMENT, "")
    .replace(TAG, (tag) => tag.replace(STYLE_ATTRIBUTE, " "));
}

const rendered = new Map<string, string>();

/** Return the markdown of a card's text as safe HTML. */
export function cardHtml(text: string): string {
  return purified(conversation.render(text));
}

/** Return `url` if it is one a person may be sent to, else null. */
export function safeUrl(url: unknown): string | null {
  return typeof url === "string" && LINKS.test(url.trim()) ? url.trim() : null;
}
