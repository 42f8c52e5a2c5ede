"""A circuit breaker: a hub that does not answer is left alone for a while, then tried once."""

from __future__ import annotations

from typing import Final

FAILURES_MAX: Final = 5
"""Failures in a row after which a hub is left alone."""
REST_S: Final = 1.0
REST_S_MAX: Final = 30.0


class Breaker:
    """Whether a hub may be spoken to; times are seconds on one clock.

    Attributes:
        failures: Failures in a row.
        closed_until_s: Nothing is sent before; 0: it may be.
    """

    def __init__(self) -> None:
        self.failures = 0
        self.closed_until_s = 0.0
        self._rest_s = REST_S
        self._is_trying = False

    def may_send(self, now_s: float) -> bool:
        """Return whether a delivery may go now; after a rest one goes first, alone."""
        if now_s < self.closed_until_s or self._is_trying:
            return False
        if self.failures >= FAILURES_MAX:
            self._is_trying = True
        return True

    def succeeded(self) -> None:
        """Note an answer, whatever it says."""
        self.failures, self.closed_until_s, self._rest_s = 0, 0.0, REST_S
        self._is_trying = False

    def failed(self, now_s: float) -> None:
        """Note that no answer came, or one that says the hub is broken."""
        self.failures += 1
        self._is_trying = False
        # What was under way together fails together: one rest for all of them.
        if self.failures >= FAILURES_MAX and now_s >= self.closed_until_s:
            self.closed_until_s = now_s + self._rest_s
            self._rest_s = min(self._rest_s * 2, REST_S_MAX)

    def rest(self, until_s: float) -> None:
        """Leave the hub alone until then, because it asks for it."""
        self._is_trying = False
        self.closed_until_s = max(self.closed_until_s, until_s)

    def given_back(self) -> None:
        """Note that what was let go was not sent after all."""
        self._is_trying = False
