"""How much one principal may ask for: a sliding window, counted by `limits` in memory."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from streams.api.errors import TooManyError


class MovingWindow:
    """Counts units a key used in the last `window_s` seconds, in constant memory a key."""

    def __init__(self, *, units_max: int, window_s: int) -> None:
        self._units_max, self._window_s = units_max, window_s
        self._item = RateLimitItemPerSecond(units_max, window_s)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def take(self, key: str, units: int = 1) -> None:
        """Count `units` against `key`.

        Raises:
            TooManyError: They do not fit; nothing is counted.
        """
        if self._limiter.hit(self._item, key, cost=units):
            return
        free_at_s = self._limiter.get_window_stats(self._item, key).reset_time
        raise TooManyError(
            f"At most {self._units_max:,} in {self._window_s:g} s are taken from one principal;"
            " send more slowly.",
            retry_after_s=max(1, math.ceil(free_at_s - time.time())),
        )
