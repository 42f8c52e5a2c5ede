"""How deep JSON may be nested that comes from outside."""

from __future__ import annotations

from typing import Any


def is_deeper(found: Any, levels: int) -> bool:
    """Return whether decoded JSON has containers nested deeper than `levels`."""
    level = [found]
    for _ in range(levels + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True
