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
# In which order a block's instalments are dealt: from the linked account, then from elsewhere.
_STAGES = (AUTO_DEBIT, ONLINE, CHECK, AUTO_DEBIT, ONLINE, WIRE, CHECK)
_ELSEWHERE = 3


def methods(run: Run, p: Policies, policy: Int, seq: Int, fits: Bools) -> tuple[Int, Bools]:
    """Method of each instalment, and whether the linked account pays it.

    Direct debits come from linked accounts that a premium `fits`, else from another bank; what
    else is paid from there is mostly paid online. Where a block has too few linked instalments,
    the next ones make up for it.
    """
    share = run.profile.insurance.payment_method.share
    block, linked = policy // BLOCK, p.account[policy] >= 0
    rows = np.bincount(block)
    supply, able = (np.bincount(block[x], minlength=len(rows)) for x in (linked, fits & linked))
    wanted = run.profile.insurance.payment_linked
    debited = run.profile.insurance.payment_debited * share("auto_debit")
    here = _quota(rows, min(debited, wanted), able)
    other = _rest(rows, wanted, here, supply - here, most=1 - share("auto_debit"))
    online = _quota(rows, share("online"), other)
    left = rows - here - other
    elsewhere = _rest(rows, share("auto_debit"), here, left)
    far = _rest(rows, share("online"), online, left - elsewhere)
    wired = _quota(rows, share("wire"), left - elsewhere - far)
    cuts = np.cumsum(np.stack([here, online, other - online, elsewhere, far, wired]), axis=0)
    position = _position(run, p, policy, seq, block, linked, linked & fits, rows)
    stage = (position >= cuts[:, block]).sum(axis=0)
    return np.array(_STAGES)[stage], stage < _ELSEWHERE


def _position(
    run: Run, p: Policies, policy: Int, seq: Int, block: Int, linked: Bools, fits: Bools, rows: Int
) -> Int:
    """Place of each instalment in its block: those that fit first, then the other linked ones,
    each policy in one piece."""
    liking = stream(run.seed, "premiums.liking").uniform(p.place)[policy]
    order = np.lexsort((seq, policy, liking, ~linked, ~fits, block))
    position = np.empty(len(policy), dtype=np.int64)
    position[order] = np.arange(len(policy)) - np.repeat(np.cumsum(rows) - rows, rows)
    return position


def _rest(rows: Int, share: float, have: Int, supply: Int, most: float = 1.0) -> Int:
    """What each block lacks of a share beside what it has: at most the supply, and `most` of all
    rows."""
    everything = np.cumsum(rows)
    wanted = everything * np.float64(share) - np.cumsum(have)
    wanted = np.minimum(np.maximum(wanted, 0.0), everything * np.float64(most))
    return _drawn(np.maximum.accumulate(wanted), supply)


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
