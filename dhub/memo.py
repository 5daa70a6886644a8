"""Takes functions of a shard, gives the same, which remember what they gave until it is forgotten.

A shard's facts are asked for by every table that states them, and by nobody once it is told: what
the next one needs would otherwise lie in memory beside them, and scattered among them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

T = TypeVar("T")

_FORGET: list[Callable[[], None]] = []


def of_shard(most: int = 1) -> Callable[[Callable[..., T]], _lru_cache_wrapper[T]]:
    """Remember the last `most` answers: two where a shard is asked for by its own and by others'
    names."""

    def remembering(function: Callable[..., T]) -> _lru_cache_wrapper[T]:
        remembered = lru_cache(maxsize=most)(function)
        _FORGET.append(remembered.cache_clear)
        return remembered

    return remembering


def forget_shard() -> None:
    """Forget all that was remembered of shards."""
    for forget in _FORGET:
        forget()
