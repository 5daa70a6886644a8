"""A life first: streams of a person give events, events are booked forward in time.

Takes a shard of a profile that has a section `life`, gives its ledger.
"""

from dhub.world.life.ledger import LIFE_KEYS, card_book, expected_rows, keys, movements

__all__ = ["LIFE_KEYS", "card_book", "expected_rows", "keys", "movements"]
