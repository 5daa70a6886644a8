"""Takes checks of customers, gives the sum that a case would be about: what was moved before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import one_of
from dhub.model import Run, Shard
from dhub.profiles.values import cents
from dhub.world.accounts import USD, accounts
from dhub.world.money import movements
from dhub.world.money.kinds import CLOSING, CREDIT, DEPOSIT, IN, LEG_IN, OUT, WITHDRAWAL

Int = NDArray[np.int64]
Instants = NDArray[np.datetime64]

MOVABLE = (DEPOSIT, IN, LEG_IN, WITHDRAWAL, OUT, CLOSING)  # cash and transfers, not pay or bills
WINDOWS = (90, 365, 3650)  # days before the check: the shortest in which enough was moved
_DAY = 86_400
_CUSTOMER = 2**34  # seconds, more than any date has since 1970


def large_movements(run: Run, index: int) -> Int:
    """Rows of the movements above the monitoring threshold, in the account's currency."""
    most = cents(run.profile.compliance.monitoring_threshold)
    return np.flatnonzero(movements(Shard(run, index)).amount > most)


def involved(run: Run, index: int, owner: Int, instant: Instants) -> Int:
    """Cents moved in or out, whichever is more, on dollar accounts in the time before each check.

    `owner` is the customer within the shard.
    """
    money, a = movements(Shard(run, index)), accounts(Shard(run, index))
    fits = one_of(money.kind, MOVABLE) & (a.currency[money.account] == USD)
    enough = run.profile.compliance.sar_amount.cents[0]
    until = owner * _CUSTOMER + _seconds(instant)
    found = np.zeros((len(WINDOWS), len(owner)), dtype=np.int64)
    for credit in (True, False):
        rows = np.flatnonzero(fits & (CREDIT[money.kind] == credit))
        time = money.owner[rows] * _CUSTOMER + _seconds(money.transaction_date[rows])
        order = np.argsort(time, kind="stable")
        time, running = time[order], np.r_[0, np.cumsum(money.amount[rows][order])]
        after = running[np.searchsorted(time, until, side="right")]
        for line, days in enumerate(WINDOWS):
            before = running[np.searchsorted(time, until - days * _DAY, side="left")]
            found[line] = np.maximum(found[line], after - before)
    shortest = np.argmax(found >= enough, axis=0)
    return np.asarray(found[shortest, np.arange(len(owner))])


def _seconds(instant: Instants) -> Int:
    return np.asarray(instant.astype("datetime64[s]").astype(np.int64))
