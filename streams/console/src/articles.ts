/** Articles to choose from, by what people call them; pure. */

import type { Article } from "./library";

/** Return what to call each article: its title, with the id where two have one title. */
export function labels(articles: readonly Article[]): Map<string, Article> {
  const count = new Map<string, number>();
  for (const { title } of articles) count.set(title, (count.get(title) ?? 0) + 1);
  return new Map(
    articles.map((one) => [count.get(one.title) === 1 ? one.title : `${one.title} · ${one.article_id}`, one]),
  );
}

/** Return the article that is meant: by its label, its id, or its title in any case. */
export function picked(words: string, articles: readonly Article[]): Article | undefined {
  const byTitle = articles.filter(({ title }) => title.toLowerCase() === words.toLowerCase());
  return (
    labels(articles).get(words) ??
    articles.find(({ article_id: id }) => id === words) ??
    (byTitle.length === 1 ? byTitle[0] : undefined)
  );
}
