"""Takes a shard, gives the rows of `premium_payments`: every instalment that has fallen due."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.insurance.methods import AUTO_DEBIT, CHECK, METHODS, methods
from dhub.draw import expand, stream
from dhub.draw.choice import chosen
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.accounts import accounts
from dhub.world.calendar import DAY, add_months, last_business, next_business
from dhub.world.cover import Policies, policies
from dhub.world.cover.amounts import amounts
from dhub.world.cover.kinds import (
    ACTIVE,
    FREQUENCIES,
    MONTHS,
    MOST_POLICIES,
    policies_per_customer,
)

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

STATUSES = ("completed", "pending", "failed")
COMPLETED, PENDING, FAILED = range(3)
MOST = 12 * 50 + 1  # instalments of a policy: monthly for the longest a profile may ask for
# Days from the due date to the payment, at most, by method (assumed): a debit comes on the day.
_DELAY = np.array([0, 4, 11, 3])


def payment_rows(shard: Shard) -> Rows:
    """Rows ordered by customer, policy and due date."""
    run, p = shard.run, policies(shard)
    policy, seq = expand(p.terms.dues)
    due = add_months(p.terms.start_date[policy], seq * p.months[policy])
    method, from_account = methods(run, p, policy, seq)
    status = _statuses(run, shard.index, p, policy, seq, due)
    account = accounts(shard).account_id[np.maximum(p.account[policy], 0)]
    paid = _paid(run, p, policy, p.place[policy] * 1024 + seq, due, method)
    columns = {
        "payment_id": TABLE.first_key(shard.index) + np.arange(len(policy)),
        "policy_id": p.policy_id[policy],
        "due_date": due,
        "payment_date": np.where(status == COMPLETED, paid, np.datetime64("NaT", "D")),
        "amount": amounts(shard)[1][policy],
        "payment_method": Coded(method, METHODS),
        "payment_status": Coded(status, STATUSES),
        "account_id": Maybe(account, from_account),
    }
    return Rows(columns, p.owner[policy])


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


def _expected(run: Run, customers: int) -> float:
    figures = run.profile.insurance
    yearly = sum(
        figures.frequency.share(name) * (12 // int(months))
        for name, months in zip(FREQUENCIES, MONTHS, strict=True)
    )
    paying = 1 - (1 - figures.status.share("active")) / 2  # who left did so halfway, on average
    mean = (figures.mean_age_years * yearly + 0.5) * paying
    return customers * policies_per_customer(run.profile) * mean


TABLE = Table(
    name="premium_payments",
    phase=6,
    key="payment_id",
    columns=(
        Column("payment_id", "bigint"),
        Column("policy_id", "bigint"),
        Column("due_date", "date"),
        Column("payment_date", "date", null=True),
        Column("amount", "numeric(15,2)"),
        Column("payment_method", "text"),
        Column("payment_status", "text"),
        Column("account_id", "bigint", null=True),
    ),
    expected=_expected,
    rows=payment_rows,
    stride=SHARD_CUSTOMERS * MOST_POLICIES * MOST,
)
