"""How much one principal may ask for: a moving window, counted in two halves."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from streams.api.errors import TooManyError

PRINCIPALS_MAX = 10_000


class MovingWindow:
    """Counts units a key used in the last `window_s`, in constant memory a key.

    The window's count is that of the current half plus the share of the one before that still
    overlaps the window: within a few percent of an exact log, and never above the limit for long.
    """

    def __init__(
        self, *, units_max: int, window_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._units_max, self._window_s, self._clock = units_max, window_s, clock
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def take(self, key: str, units: int = 1) -> None:
        """Count `units` against `key`.

        Raises:
            TooManyError: They do not fit; nothing is counted.
        """
        now_s = self._clock()
        window = int(now_s / self._window_s)
        into = now_s / self._window_s - window
        at, before, current = self._counts.pop(key, (window, 0, 0))
        if at != window:
            before, current = (current if at == window - 1 else 0), 0
        used = before * (1 - into) + current
        fits = used + units <= self._units_max
        self._counts[key] = (window, before, current + units if fits else current)
        if len(self._counts) > PRINCIPALS_MAX:
            self._counts.popitem(last=False)
        if not fits:
            raise TooManyError(
                f"At most {self._units_max:,} in {self._window_s:g} s are taken from one principal;"
                " send more slowly.",
                retry_after_s=int(self._window_s * (1 - into)) + 1,
            )
