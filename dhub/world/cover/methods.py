"""Takes premium instalments, gives how each is paid and which come from the linked account.

Shares hold for instalments, yet people keep to one way of paying. So within each block of
policies the instalments are lined up by policy and cut at the shares: hardly a policy changes its
way, and no more than once or twice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.model import Run
from dhub.world.cover.policies import Policies

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

METHODS = ("auto_debit", "online", "check", "wire")
AUTO_DEBIT, ONLINE, CHECK, WIRE = range(4)
BLOCK = 8  # policies


def methods(run: Run, p: Policies, policy: Int, seq: Int) -> tuple[Int, Bools]:
    """Method of each instalment, and whether the linked account pays it.

    Direct debits come from linked accounts; others paid from there are mostly online. Where a
    block has too few linked instalments, the next ones make up for it.
    """
    mix, linked_share = run.profile.insurance.payment_method, run.profile.insurance.payment_linked
    block, linked = policy // BLOCK, p.account[policy] >= 0
    rows = np.bincount(block)
    from_account = _quota(rows, linked_share, np.bincount(block[linked], minlength=len(rows)))
    debited = _quota(rows, mix.share("auto_debit"), from_account)
    others = from_account - debited
    wanted = np.cumsum(rows) * np.float64(mix.share("online")) - np.cumsum(others)
    online = _drawn(np.maximum.accumulate(np.maximum(wanted, 0.0)), rows - from_account)
    wired = _quota(rows, mix.share("wire"), rows - from_account - online)
    position = _position(run, p, policy, seq, block, linked, rows)
    cuts = np.stack([debited, from_account, from_account + online, from_account + online + wired])
    stage = (position >= cuts[:, block]).sum(axis=0)
    method = np.array([AUTO_DEBIT, ONLINE, ONLINE, WIRE, CHECK])[stage]
    return method, stage < 2


def _position(
    run: Run, p: Policies, policy: Int, seq: Int, block: Int, linked: Bools, rows: Int
) -> Int:
    """Place of each instalment in its block: linked policies first, each policy in one piece."""
    liking = stream(run.seed, "premiums.liking").uniform(p.place)[policy]
    order = np.lexsort((seq, policy, liking, ~linked, block))
    position = np.empty(len(policy), dtype=np.int64)
    position[order] = np.arange(len(policy)) - np.repeat(np.cumsum(rows) - rows, rows)
    return position


def _quota(rows: Int, share: float, supply: Int) -> Int:
    """How many of each block's rows fall to a share, at most the supply."""
    return _drawn(np.cumsum(rows) * np.float64(share), supply)


def _drawn(wanted: Float, supply: Int) -> Int:
    """Takes from each block what is wanted in all so far and not yet taken, as the supply lasts.

    In closed form: taken so far is min(taken before + supply, wanted), a reflected sum.
    """
    total, goal = np.cumsum(supply), np.floor(wanted + 0.5).astype(np.int64)
    taken = total + np.minimum(np.minimum.accumulate(goal - total), 0)
    return np.diff(taken, prepend=0)
