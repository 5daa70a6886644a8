"""Takes a shard, gives the premiums that have fallen due: how each is paid, when, and whether."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import expand, stream
from dhub.draw.choice import chosen
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.world.accounts import accounts
from dhub.world.calendar import DAY, add_months, last_business, next_business
from dhub.world.cover.amounts import amounts
from dhub.world.cover.kinds import ACTIVE
from dhub.world.cover.methods import AUTO_DEBIT, CHECK, methods
from dhub.world.cover.policies import Policies, policies
from dhub.world.credit.debits import most_debited

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

STATUSES = ("completed", "pending", "failed")
COMPLETED, PENDING, FAILED = range(3)
# Days from the due date to the payment, at most, by method (assumed): a debit comes on the day.
_DELAY = np.array([0, 4, 11, 3])


@dataclass(frozen=True)
class Premiums:
    """The instalments of a whole shard, ordered by customer, policy and due date."""

    policy: Int  # row of `policies`
    due: Days
    amount: Int  # cents
    method: Int  # index into METHODS
    from_account: Bools  # whether the policy's linked account pays it
    debited: Bools  # by direct debit from there
    status: Int  # index into STATUSES
    payment_date: Days  # NaT unless completed


def premiums(shard: Shard) -> Premiums:
    """The premiums of a shard; the same whatever its `customers` and `attempt` are."""
    return _premiums(shard.run, shard.index)


@of_shard()
def _premiums(run: Run, index: int) -> Premiums:
    shard = Shard(run, index)
    p = policies(shard)
    policy, seq = expand(p.terms.dues)
    due = add_months(p.terms.start_date[policy], seq * p.months[policy])
    amount = amounts(shard)[1]
    method, from_account = methods(run, p, policy, seq, _fits(run, index, p, amount)[policy])
    status = _statuses(run, index, p, policy, seq, due)
    paid = _paid(run, p, policy, p.place[policy] * 1024 + seq, due, method)
    paid = np.where(status == COMPLETED, paid, np.datetime64("NaT", "D"))
    debited = from_account & (method == AUTO_DEBIT)
    return Premiums(policy, due, amount[policy], method, from_account, debited, status, paid)


def _fits(run: Run, index: int, p: Policies, amount: Int) -> Bools:
    """Whether the linked account of each policy can be debited for its premium."""
    kind = accounts(Shard(run, index)).account_type[np.maximum(p.account, 0)]
    most = most_debited(run.profile)[kind]
    least = run.profile.transactions.amount["payment"].cents[0]
    return np.asarray((p.account >= 0) & (amount >= least) & (amount <= most))


def _statuses(run: Run, index: int, p: Policies, policy: Int, seq: Int, due: Days) -> Int:
    """Pending are only latest instalments within the grace; failed those that let a policy lapse,
    and a few others. What fell due during a gap was paid on reinstatement."""
    figures, when = run.profile.insurance, p.terms
    mix = figures.payment_status
    gap = when.in_gap(policy, due)
    latest = (seq == when.dues[policy] - 1) & (when.status[policy] == ACTIVE) & ~gap
    ago = (run.today - due).astype(np.int64)
    fresh = latest & (ago <= figures.payment_grace_days)
    unpayable = latest & (next_business(due) >= run.today)
    lean = 1 - ago / (figures.payment_grace_days + 1.0)
    draw = stream(run.seed, f"premiums.pending.{index}")
    pending = chosen(draw, mix.share("pending"), fresh, unpayable, score=lean)
    status = np.where(pending, PENDING, COMPLETED)
    rows = np.flatnonzero(~pending)
    rest = 1 - mix.share("pending")
    share = mix.share("failed") / rest if rest > 0 else 0.0
    unpaid = due[rows] >= when.unpaid_from[policy[rows]]
    failed = chosen(stream(run.seed, f"premiums.failed.{index}"), share, ~gap[rows], unpaid)
    status[rows[failed]] = FAILED
    return status


def _paid(run: Run, p: Policies, policy: Int, place: Int, due: Days, method: Int) -> Days:
    """A business day soon after the due date and before the as-of date."""
    when = p.terms
    delay = stream(run.seed, "premiums.payment_date").between(
        place, np.where(method == CHECK, 2, 0), _DELAY[method]
    )
    on_time = next_business(due)
    yesterday = last_business(np.full(len(due), run.today - DAY))
    day = np.minimum(next_business(due + delay * DAY), yesterday)
    stopped = when.stopped[policy]
    day = np.where(day > stopped, on_time, day)
    day = np.maximum(np.where(method == AUTO_DEBIT, on_time, day), on_time)
    return np.where(when.in_gap(policy, due), when.resumed[policy], day)
