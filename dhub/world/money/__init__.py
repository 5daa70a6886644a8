"""Takes a shard, gives its ledger: every movement of every account, with the balance after it."""

from dhub.world.money.movements import Movements, movements, transaction_ids

__all__ = ["Movements", "movements", "transaction_ids"]
