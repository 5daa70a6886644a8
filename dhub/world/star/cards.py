"""Takes a shard, gives its credit cards as accounts of the bank, and what is booked on them."""

from __future__ import annotations

from dhub.model import Shard
from dhub.world import life
from dhub.world.life.card_book import (
    FEE,
    INTEREST,
    KINDS,
    PAYMENT,
    PURCHASE,
    REFUND,
    CardAccounts,
    CardRows,
    no_cards,
)

__all__ = [
    "FEE", "INTEREST", "KINDS", "PAYMENT", "PURCHASE", "REFUND", "CardAccounts", "CardRows",
    "card_accounts", "card_rows",
]  # fmt: skip


def card_accounts(shard: Shard) -> CardAccounts:
    """The cards of a shard's customers; none where the profile has no section `cards`."""
    if shard.run.profile.cards is None:
        return no_cards().accounts
    return life.card_book(shard.run, shard.index).accounts


def card_rows(shard: Shard) -> CardRows:
    """What is booked on the cards of a shard."""
    if shard.run.profile.cards is None:
        return no_cards().rows
    return life.card_book(shard.run, shard.index).rows
