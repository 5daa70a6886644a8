"""Takes the attempt at a shard of the star, gives those at the shards of the six it tells of.

A load that met rows of a user went on with other e-mails and numbers, in each database by itself:
accounts_db decides for customers and accounts, insurance_db for policies.
"""

from __future__ import annotations

from dataclasses import replace

from dhub.model import Shard

_POLICIES = 1000  # attempts of policies are counted in these, those of accounts in ones


def joint(of_accounts: int, of_policies: int) -> int:
    """The attempt at a shard of the star."""
    return of_accounts + _POLICIES * of_policies


def as_accounts(shard: Shard) -> Shard:
    """The shard as accounts_db has it."""
    return replace(shard, attempt=shard.attempt % _POLICIES)


def as_policies(shard: Shard) -> Shard:
    """The shard as insurance_db has it."""
    return replace(shard, attempt=shard.attempt // _POLICIES)
