"""`cuestream articles publish`: the knowledge articles that are searched."""

from __future__ import annotations

from streams.cli.publish_verb import publishing

command = publishing("articles", "assist.articles", what="the knowledge articles to search")
