"""Remembers ledgers of lives, for tests that make one bank again: seeded and built, or for files.

A shard's is two seconds whatever its customers, and dhub forgets it with the shard.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import pytest

from dhub.model import Run
from dhub.world.ledger import Movements
from dhub.world.life import ledger

_WHOLE = ledger._whole.__wrapped__


def made_anew(run: Run, index: int) -> Movements:
    """The ledger of a shard, whatever is remembered."""
    return _WHOLE(run, index)[0]


class _Kept:
    """The same function, which gives what it gave however often it is told to forget it."""

    def __init__(self, most: int) -> None:
        self.told = lru_cache(maxsize=most)(_WHOLE)

    def __call__(self, *where: object) -> object:
        return self.told(*where)

    def cache_clear(self) -> None:
        """Somebody needs the memory."""


@contextmanager
def remembered(most: int = 4) -> Iterator[None]:
    """The last ledgers are made once within; of more shards than that, each anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "_whole", _Kept(most))
        yield
