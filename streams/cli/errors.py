"""What a verb can fail with.

CliError
├── NothingRunsError    no local instance in the data folder, and no cluster was named
└── NotDoneError        a verb could not do what was asked

Sentence is how any error reaches the terminal.
"""

from __future__ import annotations

from typing import IO, Any

import click


class CliError(Exception):
    """Anything a verb raises itself."""


class NothingRunsError(CliError):
    """No local instance runs in the data folder, and no cluster was named."""

    def __init__(self, *, data_dir: str, because: str) -> None:
        super().__init__(
            f"no cuestream runs in {data_dir} ({because}). Start one with: cuestream up; "
            "or name a cluster with --bootstrap-servers"
        )
        self.data_dir, self.because = data_dir, because


class NotDoneError(CliError):
    """A verb could not do what was asked; the text says what and why."""


class Sentence(click.ClickException):
    """One sentence on standard error, exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the sentence."""
        click.echo(f"cuestream: {self.format_message()}", file=file, err=file is None)
