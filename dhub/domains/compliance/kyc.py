"""Takes a shard, gives the rows of `kyc_records`: when each customer was last checked, until when.

A check is renewed in cycles from the day of joining, sooner the higher the risk. A verified
customer's last cycle is done, a few are a little late; an expired one stopped in time for the
check to run out, before the account was frozen for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.domains.compliance.documents import TYPES, document_numbers
from dhub.domains.compliance.officers import officers
from dhub.draw import spread, stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.accounts import accounts
from dhub.world.calendar import DAY, add_months, month_of, next_business
from dhub.world.people import EXPIRED, KYC, PENDING, RISKS, VERIFIED, People, in_order, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

LATE = 0.12  # share of the customers whose renewal may be overdue (assumed)
LATEST = 70  # days: the rule allows 90
SLACK = 5  # days by which a renewal moves to a business day, at most
EXPIRED_AGO = (5, 400)  # days, where no account was frozen for it (assumed)
FROZEN_AFTER = 40  # days from expiry to the freezing of an account, at most (assumed)
NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Checked:
    """One element a customer of the shard; NaT while the first check is pending."""

    verification_date: Days
    expiry_date: Days
    next_review_date: Days


def kyc_rows(shard: Shard) -> Rows:
    """One row a customer, in the order of their places."""
    run, who, done = shard.run, people(shard), checked(shard.run, shard.index)
    kind = spread(
        stream(run.seed, "compliance.document_type"),
        in_order(run.profile.compliance.document_type, TYPES),
        SHARD_CUSTOMERS, shard.first,
    )  # fmt: skip
    pending = who.kyc == PENDING
    day = np.where(pending, who.onboarding_date, done.verification_date)
    columns = {
        "kyc_id": TABLE.first_key(shard.index) + np.arange(SHARD_CUSTOMERS),
        "customer_id": who.customer_id,
        "kyc_status": Coded(who.kyc, KYC),
        "document_type": Coded(kind, TYPES),
        "document_number": document_numbers(shard, kind),
        "verification_date": done.verification_date,
        "expiry_date": done.expiry_date,
        "next_review_date": done.next_review_date,
        "verified_by": Maybe(
            officers(run, "compliance.verified_by", who.branch, who.place, day), ~pending
        ),
    }
    return Rows(columns, np.arange(SHARD_CUSTOMERS))


@of_shard()
def checked(run: Run, index: int) -> Checked:
    """The last completed check of each customer."""
    who = people(Shard(run, index))
    cycle = _cycles(run, who)
    ran_out = _ran_out(run, index, who)
    years = run.profile.compliance.document_years
    expired = who.kyc == EXPIRED
    renewed_by: Days = np.where(
        expired, ran_out - (366 * years.low) * DAY, run.today - _delays(run, who)
    )
    verified = _last_renewal(who.onboarding_date, cycle, renewed_by - SLACK * DAY)
    least, most = _later(verified, years.low), _later(verified, years.high)
    soonest = np.maximum(least, run.today + DAY)
    room = np.maximum((most - soonest).astype(np.int64), 0)
    ahead = stream(run.seed, "compliance.expiry_date").between(who.place, 0, room) * DAY
    expiry = np.where(expired, np.maximum(ran_out, least), soonest + ahead)
    expiry = np.where(expired, np.minimum(expiry, run.today - DAY), expiry)
    pending = who.kyc == PENDING
    return Checked(
        np.where(pending, NEVER, verified),
        np.where(pending, NEVER, expiry),
        np.where(pending, NEVER, add_months(verified, cycle)),
    )


def _later(day: Days, years: int) -> Days:
    return add_months(day, np.full(len(day), 12 * years))


def _cycles(run: Run, who: People) -> Int:
    """Months between two checks of each customer: never more than the risk allows."""
    c = run.profile.compliance
    most = np.array([min(c.review_months[risk], 12 * c.review_years.high) for risk in RISKS])
    least = np.minimum(np.maximum(most * 2 // 3, 12 * c.review_years.low), most)
    draw = stream(run.seed, "compliance.review_cycle")
    return draw.between(who.place, least[who.risk], most[who.risk])


def _delays(run: Run, who: People) -> NDArray[np.timedelta64]:
    """How far back the last renewal may be looked for: a few are overdue."""
    draw = stream(run.seed, "compliance.review_late")
    late = draw.chance(who.place, LATE) & (who.kyc == VERIFIED)
    return np.where(late, draw.between(who.place, 1, LATEST, 1), 0) * DAY


def _last_renewal(joined: Days, cycle: Int, until: Days) -> Days:
    """The last cycle's business day due on or before `until`; the day of joining is the first."""
    months = month_of(until) - month_of(joined)
    turn = np.maximum(months // cycle, 0)
    turn -= (turn > 0) & (add_months(joined, cycle * turn) > until)
    return np.where(turn > 0, next_business(add_months(joined, cycle * turn)), joined)


def _ran_out(run: Run, index: int, who: People) -> Days:
    """The day on which each check ran out, were it expired: shortly before a freezing."""
    draw = stream(run.seed, "compliance.expired_ago")
    a = accounts(Shard(run, index))
    frozen = np.full(SHARD_CUSTOMERS, NEVER)
    frozen[a.owner] = a.last_day
    day = run.today - draw.between(who.place, *EXPIRED_AGO) * DAY
    before = frozen - draw.between(who.place, 0, FROZEN_AFTER, 1) * DAY
    earliest = _later(who.onboarding_date, run.profile.compliance.document_years.low)
    # A year after joining at the earliest, but a freezing does not wait for that.
    wanted = np.where(np.isnat(frozen), day, before)
    last = np.where(np.isnat(frozen), run.today - DAY, frozen)
    return np.minimum(np.maximum(wanted, earliest), np.maximum(last, earliest))


TABLE = Table(
    name="kyc_records",
    phase=7,
    key="kyc_id",
    columns=(
        Column("kyc_id", "bigint"),
        Column("customer_id", "bigint"),
        Column("kyc_status", "text"),
        Column("document_type", "text"),
        Column("document_number", "text"),
        Column("verification_date", "date", null=True),
        Column("expiry_date", "date", null=True),
        Column("next_review_date", "date", null=True),
        Column("verified_by", "bigint", null=True),
    ),
    expected=lambda run, customers: customers,
    rows=kyc_rows,
    stride=SHARD_CUSTOMERS,
    natural_keys=("document_number",),
)
