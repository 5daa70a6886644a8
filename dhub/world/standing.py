"""Takes a profile, gives the joint strata of what constrains each other about a customer.

Holding an account, the customer's status, the KYC status and the state of the accounts are one
draw: a pending KYC means no account, an expired one freezes it, a closed customer has only closed
accounts, a dormant one has an account that fell silent. The cell weights are fitted so that every
marginal of the profile holds.
"""

from __future__ import annotations

from functools import lru_cache
from math import fsum  # sum() rounds otherwise since Python 3.12

from dhub.errors import UsageError
from dhub.profiles import Profile

(
    NONE_ACTIVE,  # no account, verified
    NONE_PENDING,
    NONE_CLOSED,
    NONE_EXPIRED,
    ONE_ACTIVE,
    ONE_DORMANT,
    ONE_CLOSED,  # the customer and the account are closed
    ONE_EXPIRED,  # KYC expired, hence the account is frozen
    ONE_FROZEN,  # frozen for another reason
    MANY_ACTIVE,
    MANY_ONE_CLOSED,  # one of several accounts was closed
) = range(11)

# Statuses, KYC, holders, several, frozen and closed accounts are sums of cells: of all trees tried
# by search, this one keeps the worst of them closest at every prefix (2.1 rows; most have over 3).
SHAPE = (
    (
        (MANY_ACTIVE, MANY_ONE_CLOSED),
        (
            ((ONE_DORMANT, ONE_CLOSED), ((ONE_ACTIVE, ONE_EXPIRED), ONE_FROZEN)),
            (NONE_EXPIRED, NONE_PENDING),
        ),
    ),
    (NONE_CLOSED, NONE_ACTIVE),
)

# Of the closed customers, at most this share still shows an account (assumed); likewise for
# expired ones, and at most this share of the frozen accounts is frozen for an expired KYC.
CLOSED_WITH_ACCOUNT = 0.6
EXPIRED_WITH_ACCOUNT = 0.75
FROZEN_FOR_KYC = 0.8


def accounts_per_customer(profile: Profile) -> float:
    """Mean number of accounts a customer."""
    a = profile.accounts
    return a.holders * (1 - a.multiple + a.multiple * a.per_multiple_holder.mean)


@lru_cache(maxsize=16)
def cell_weights(profile: Profile) -> tuple[float, ...]:
    """Weights of the eleven cells, summing to one.

    Raises UsageError when the profile's shares cannot hold together.
    """
    a = profile.accounts
    accounts = accounts_per_customer(profile)
    status, kyc = profile.customers.status, profile.customers.kyc
    closed_accounts = a.status.share("closed") * accounts
    frozen_accounts = a.status.share("frozen") * accounts
    cell = [0.0] * 11
    cell[ONE_CLOSED] = min(CLOSED_WITH_ACCOUNT * status.share("closed"), 0.6 * closed_accounts)
    cell[NONE_CLOSED] = status.share("closed") - cell[ONE_CLOSED]
    expired = kyc.share("expired")
    cell[ONE_EXPIRED] = min(EXPIRED_WITH_ACCOUNT * expired, FROZEN_FOR_KYC * frozen_accounts)
    cell[NONE_EXPIRED] = expired - cell[ONE_EXPIRED]
    cell[ONE_FROZEN] = frozen_accounts - cell[ONE_EXPIRED]
    cell[MANY_ONE_CLOSED] = closed_accounts - cell[ONE_CLOSED]
    cell[ONE_DORMANT] = status.share("dormant")
    cell[NONE_PENDING] = kyc.share("pending")
    cell[MANY_ACTIVE] = a.holders * a.multiple - cell[MANY_ONE_CLOSED]
    none = fsum((cell[NONE_CLOSED], cell[NONE_EXPIRED], cell[NONE_PENDING]))
    cell[NONE_ACTIVE] = 1 - a.holders - none
    some = fsum(cell[ONE_DORMANT:])
    cell[ONE_ACTIVE] = a.holders - some
    _require(cell, profile)
    return tuple(max(0.0, weight) for weight in cell)


def _require(cell: list[float], profile: Profile) -> None:
    faults = []
    if cell[NONE_ACTIVE] < -1e-9:
        faults.append("customers without an account cannot hold all pending, closed and expired")
    if cell[MANY_ACTIVE] < -1e-9:
        faults.append("accounts.multiple is too small for the closed accounts of accounts.status")
    if cell[ONE_ACTIVE] < -1e-9:
        faults.append("accounts.holders is too small for the dormant, frozen and closed ones")
    if faults:
        raise UsageError(f"profile {profile.name} cannot hold together: " + "; ".join(faults))
