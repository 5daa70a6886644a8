"""The equations between the six databases and the star: what each side adds to them, by table.

Both sides are rows as they are written: those of the domains of the bank, and those of the star.
A side keeps what later tables of the same shard are asked with (`Seen`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dhub.warehouse.sums import Sums, by_word, counted, numbers, plus, summed, there, words

Int = NDArray[np.int64]

EQUATIONS = {
    1: "dim_customer = customers join customer_profiles",
    2: "dim_account of accounts = accounts",
    3: "dim_account of loans = loans",
    4: "dim_account of policies = policies",
    5: "fact_transaction with transaction_id = transactions",
    6: "rows of the star alone lie on accounts of the star alone, and only they",
    7: "links between accounts = pairs of transfer_id",
    8: "fact_loan_schedule = repayment_schedule",
    9: "fact_interaction = interactions, with surveys and complaints",
    10: "credit_score and annual_income = latest assessment and application",
    11: "opening_balance + changes = current balance",
    12: "flows of snapshots = bookings of the full months",
    13: "principal of instalments = principal of loans; current = principal - paid",
}
ADDS = ("deposit", "salary", "interest", "transfer_in")
# The words of the star for channels of customer_db.
_CHANNELS = {"mobile_app": "app", "web": "chatbot", "phone": "call_center"}
_PEOPLE = ("customer_id", "date_of_birth", "customer_number", "first_name", "last_name", "email",
           "phone", "street_address", "city", "state", "postal_code", "country")  # fmt: skip
_STANDING = ("segment", "customer_status", "kyc_status", "risk_rating")


@dataclass
class Seen:
    """What tables of a shard need of others that came before; `until` is the first day of the
    month of as-of, in days since 1970."""

    until: int
    account_ids: Int = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    account_keys: Int = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    alone: Int = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    applicants: Int = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


Told = dict[int, Sums]
Reader = Callable[[pa.RecordBatch, Seen], Told]


def _same(names: tuple[str, ...]) -> dict[str, str]:
    return {name: name for name in names}


# --------------------------------------------------------------------------- the six databases


def _customers(b: pa.RecordBatch, seen: Seen) -> Told:
    return {1: summed(b, _same(_PEOPLE))}


def _profiles(b: pa.RecordBatch, seen: Seen) -> Told:
    found = summed(b, {"onboarding": "onboarding_date", "agents": "assigned_agent_id"})
    del found["rows"]  # those of customers
    return {1: plus(found, counted(b, _STANDING))}


def _accounts(b: pa.RecordBatch, seen: Seen) -> Told:
    named = {"id": "account_id", "number": "account_number", "owner": "customer_id",
             "opened": "opened_date", "closed": "closed_date", "opening": "opening_balance",
             "current": "balance"}  # fmt: skip
    held = summed(b, {"balance of deposits": "balance"})
    del held["rows"]
    kinds = counted(b, ("account_type", "status", "currency"))
    return {2: plus(summed(b, named), _renamed(kinds)), 11: held}


def _renamed(found: Sums) -> Sums:
    """Counts under the names that the star gives to types and states."""
    said = {"account_type": "product_type", "loan_type": "product_type",
            "policy_type": "product_type", "status": "account_status",
            "loan_status": "account_status", "policy_status": "account_status"}  # fmt: skip
    return Counter({
        " ".join([said.get(name, name), word]): count
        for (name, _, word), count in ((label.partition(" "), n) for label, n in found.items())
    })  # fmt: skip


_LOAN = {"opened": "disbursement_date", "closed": "payoff_date", "maturity": "maturity_date",
         "rate": "interest_rate", "term": "term_months", "principal": "principal_amount",
         "current": "outstanding_balance", "late": "days_past_due", "owner": "customer_id",
         "id": "loan_id", "linked": "linked_account_id"}  # fmt: skip
_POLICY = {"id": "policy_id", "number": "policy_number", "owner": "customer_id",
           "opened": "start_date", "maturity": "end_date", "coverage": "coverage_amount",
           "premium": "premium_amount", "linked": "linked_account_id"}  # fmt: skip


def _loans(b: pa.RecordBatch, seen: Seen) -> Told:
    sums = summed(b, {"principal": "principal_amount", "left": "outstanding_balance"})
    kinds = _renamed(counted(b, ("loan_type", "loan_status")))
    paid_out = numbers(b, "disbursement_date") < seen.until
    flows = Counter({"lent": int(numbers(b, "principal_amount")[paid_out].sum())})
    return {3: plus(summed(b, _LOAN), kinds), 12: flows, 13: sums}


def _policies(b: pa.RecordBatch, seen: Seen) -> Told:
    kinds = counted(b, ("policy_type", "policy_status", "premium_frequency"))
    return {4: plus(summed(b, _POLICY), _renamed(kinds))}


def _transactions(b: pa.RecordBatch, seen: Seen) -> Told:
    same = ("transaction_id", "balance_after", "transaction_date", "description")
    paired = there(b, "transfer_id")
    adds = np.isin(words(b, "transaction_type"), ADDS)
    amount = numbers(b, "amount")
    full = numbers(b, "transaction_date") < seen.until * 86_400_000_000
    return {
        5: plus(summed(b, _same(same)), by_word(b, "transaction_type", "amount")),
        6: summed(b, {"amount": "amount"}),
        7: summed(b, {"amount": "amount"}, paired),
        12: Counter({"came into deposits": int(amount[full & adds].sum()),
                     "went out of deposits": int(amount[full & ~adds].sum())}),
    }  # fmt: skip


_INSTALMENT = ("schedule_id", "installment_number", "due_date", "principal_amount",
               "interest_amount", "total_amount", "remaining_balance", "payment_date")  # fmt: skip


def _schedule(b: pa.RecordBatch, seen: Seen) -> Told:
    paid = there(b, "payment_date") & (numbers(b, "payment_date") < seen.until)
    back = int(numbers(b, "principal_amount")[paid].sum())
    return {
        8: plus(summed(b, _same(_INSTALMENT)), counted(b, ("payment_status",))),
        12: Counter({"principal paid back": back}),
    }


_CONTACT = ("interaction_id", "interaction_date", "duration_minutes", "handled_by")


def _interactions(b: pa.RecordBatch, seen: Seen) -> Told:
    found = summed(b, _same(_CONTACT) | {"owner": "customer_id"})
    found.update(counted(b, ("interaction_type", "outcome")))
    for label, count in counted(b, ("channel",)).items():
        name, _, word = label.partition(" ")
        found[f"{name} {_CHANNELS.get(word, word)}"] += count
    return {9: found}


def _surveys(b: pa.RecordBatch, seen: Seen) -> Told:
    found = summed(b, {"scored": "interaction_id", "nps": "nps_score",
                       "rating": "satisfaction_rating"})  # fmt: skip
    found["surveys"] = found.pop("rows")
    return {9: found}


def _complaints(b: pa.RecordBatch, seen: Seen) -> Told:
    found = summed(b, {"complaint": "complaint_id", "complainer": "customer_id"})
    found["complaints"] = found.pop("rows")
    return {9: found}


def _applications(b: pa.RecordBatch, seen: Seen) -> Told:
    owner, income = numbers(b, "customer_id"), numbers(b, "annual_income")
    last = _latest(owner, numbers(b, "application_date"), numbers(b, "application_id"))
    seen.applicants = owner[last]
    return {10: Counter({"applicants": len(last), "income": int(income[last].sum())})}


def _assessments(b: pa.RecordBatch, seen: Seen) -> Told:
    owner, score = numbers(b, "customer_id"), numbers(b, "risk_score")
    last = _latest(owner, numbers(b, "assessment_date"), numbers(b, "assessment_id"))
    return {10: Counter({"scored": len(last), "score": int(score[last].sum())})}


def _latest(owner: Int, day: Int, key: Int) -> Int:
    """The row of each owner that is the latest, by key where days are the same."""
    order = np.lexsort((key, day, owner))
    whose = owner[order]
    return order[np.append(whose[1:] != whose[:-1], True)] if len(order) else order


SIX: dict[tuple[str, str], Reader] = {
    ("accounts_db", "customers"): _customers,
    ("customer_db", "customer_profiles"): _profiles,
    ("accounts_db", "accounts"): _accounts,
    ("loans_db", "loans"): _loans,
    ("insurance_db", "policies"): _policies,
    ("loans_db", "repayment_schedule"): _schedule,
    ("customer_db", "interactions"): _interactions,
    ("customer_db", "satisfaction_surveys"): _surveys,
    ("customer_db", "complaints"): _complaints,
    ("loans_db", "loan_applications"): _applications,
    ("loans_db", "risk_assessments"): _assessments,
}
# Read beside the bookings of the star, page by page, so that no text is made twice.
LEDGER = ("accounts_db", "transactions"), _transactions


# ------------------------------------------------------------------------------------ the star


def _dim_customer(b: pa.RecordBatch, seen: Seen) -> Told:
    named = _same(_PEOPLE) | {"onboarding": "onboarding_date", "agents": "assigned_agent_id"}
    asked = np.isin(numbers(b, "customer_id"), seen.applicants)
    scored = there(b, "credit_score")
    return {
        1: plus(summed(b, named), counted(b, _STANDING)),
        10: Counter({
            "applicants": int(asked.sum()), "income": int(numbers(b, "annual_income")[asked].sum()),
            "scored": int(scored.sum()), "score": int(numbers(b, "credit_score").sum()),
        }),
    }  # fmt: skip


_STAR_ACCOUNT = {"id": "source_id", "owner": "customer_key", "opened": "opened_date"}
_STAR_KINDS = ("product_type", "account_status")


def _dim_account(b: pa.RecordBatch, seen: Seen) -> Told:
    source = words(b, "source_table")
    casa, loan, policy = (source == name for name in ("accounts", "loans", "policies"))
    key = numbers(b, "account_key")
    seen.account_keys, seen.account_ids = key[casa], numbers(b, "source_id")[casa]
    seen.alone = key[~there(b, "source_id")]
    opening, current = numbers(b, "opening_balance"), numbers(b, "current_balance")
    deposits = summed(b, _STAR_ACCOUNT | {
        "number": "account_number", "closed": "closed_date", "opening": "opening_balance",
        "current": "current_balance"}, casa)  # fmt: skip
    lent = summed(b, _STAR_ACCOUNT | {
        "closed": "closed_date", "maturity": "maturity_date", "rate": "interest_rate",
        "term": "term_months", "principal": "principal_amount", "current": "current_balance",
        "late": "days_past_due"}, loan)  # fmt: skip
    cover = summed(b, _STAR_ACCOUNT | {
        "number": "account_number", "maturity": "maturity_date", "coverage": "coverage_amount",
        "premium": "premium_amount"}, policy)  # fmt: skip
    lent["linked"], cover["linked"] = _linked(b, seen, loan), _linked(b, seen, policy)
    principal = int(numbers(b, "principal_amount")[loan].sum())
    alone = ~there(b, "source_id")
    return {
        2: plus(deposits, counted(b, (*_STAR_KINDS, "currency"), casa)),
        3: plus(lent, counted(b, _STAR_KINDS, loan)),
        4: plus(cover, counted(b, (*_STAR_KINDS, "premium_frequency"), policy)),
        11: Counter({"balance of deposits": int(opening[casa].sum()),
                     "unexplained of the star's own": int((opening - current)[alone].sum())}),
        13: Counter({"rows": int(loan.sum()), "left": principal}),
    }  # fmt: skip


def _linked(b: pa.RecordBatch, seen: Seen, rows: NDArray[np.bool_]) -> int:
    """Sum of the account ids that rows are linked to."""
    linked = numbers(b, "linked_account_key")[rows & there(b, "linked_account_key")]
    return int(seen.account_ids[np.searchsorted(seen.account_keys, linked)].sum())


def _fact_transaction(b: pa.RecordBatch, seen: Seen) -> Told:
    named = there(b, "transaction_id")
    beside = np.isin(numbers(b, "account_key"), seen.alone)
    moved = np.isin(words(b, "transaction_type"), ("transfer_in", "transfer_out"))
    linked = there(b, "linked_transaction_key") & moved
    same = ("transaction_id", "balance_after", "transaction_date", "description")
    change = numbers(b, "balance_change")
    return {
        5: plus(summed(b, _same(same), named),
                by_word(b, "transaction_type", "amount", named)),
        6: summed(b, {"amount": "amount"}, ~beside),
        7: summed(b, {"amount": "amount"}, linked),
        11: Counter({"balance of deposits": int(change[named].sum()),
                     "unexplained of the star's own": int(change[beside].sum())}),
    }  # fmt: skip


def _fact_snapshot(b: pa.RecordBatch, seen: Seen) -> Told:
    key = numbers(b, "account_key")
    casa, alone = np.isin(key, seen.account_keys), np.isin(key, seen.alone)
    came, went = numbers(b, "inflow_amount"), numbers(b, "outflow_amount")
    loan = ~casa & ~alone
    return {12: Counter({
        "came into deposits": int(came[casa].sum()), "went out of deposits": int(went[casa].sum()),
        "lent": int(came[loan].sum()), "principal paid back": int(went[loan].sum()),
    })}  # fmt: skip


def _fact_interaction(b: pa.RecordBatch, seen: Seen) -> Told:
    found = summed(b, _same(_CONTACT) | {"owner": "customer_key"})
    scored, complains = there(b, "nps_score"), there(b, "complaint_id")
    key = numbers(b, "interaction_id")
    found.update(counted(b, ("interaction_type", "outcome", "channel")))
    found.update({
        "surveys": int(scored.sum()), "scored": int(key[scored].sum()),
        "nps": int(numbers(b, "nps_score").sum()),
        "rating": int(numbers(b, "satisfaction_rating").sum()),
        "complaints": int(complains.sum()), "complaint": int(numbers(b, "complaint_id").sum()),
        "complainer": int(numbers(b, "customer_key")[complains].sum()),
    })  # fmt: skip
    return {9: found}


def _fact_schedule(b: pa.RecordBatch, seen: Seen) -> Told:
    principal = numbers(b, "principal_amount")
    paid = int(principal[there(b, "payment_date")].sum())
    return {
        8: plus(summed(b, _same(_INSTALMENT)), counted(b, ("payment_status",))),
        13: Counter({"principal": int(principal.sum()), "left": -paid}),
    }


STAR: dict[str, Reader] = {
    "dim_customer": _dim_customer,
    "dim_account": _dim_account,
    "fact_transaction": _fact_transaction,
    "fact_account_snapshot": _fact_snapshot,
    "fact_interaction": _fact_interaction,
    "fact_loan_schedule": _fact_schedule,
}


def document(six: Told, star: Told) -> list[dict[str, Any]]:
    """Both sides of all equations, for a manifest."""
    return [
        {"equation": f"{number} {said}", "six_databases": _plain(six, number),
         "warehouse": _plain(star, number)}
        for number, said in EQUATIONS.items()
    ]  # fmt: skip


def _plain(told: Told, number: int) -> dict[str, int]:
    """Sums by label, without those of nothing; money in cents."""
    return {label: total for label, total in sorted(told.get(number, Counter()).items()) if total}
