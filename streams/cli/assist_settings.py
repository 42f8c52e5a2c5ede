"""`cuestream settings publish`: how smart assist behaves."""

from __future__ import annotations

from streams.cli.publish_verb import publishing

command = publishing("settings", "assist.settings", what="the settings of smart assist")
