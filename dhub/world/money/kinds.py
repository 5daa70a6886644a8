"""The kinds of movement a bank sees, and the transaction types they are booked as."""

from __future__ import annotations

from functools import lru_cache
from math import fsum  # sum() rounds otherwise since Python 3.12

import numpy as np

from dhub.profiles import Profile

TYPES = (
    "deposit",
    "salary",
    "interest",
    "transfer_in",
    "withdrawal",
    "payment",
    "fee",
    "transfer_out",
    "closing_payout",
)

# What a movement is for, where its type and its shop do not tell; worded by its own texts.
PURPOSES = (
    "", "pension", "company_pension", "linked_in", "linked_out", "card_payment", "home_loan",
    "car_loan", "tax", "wages", "supplier", "invoice", "machine_fee", "monthly_fee",
    "own_machine", "other_machine", "person", "counter_cash",
)  # fmt: skip

KINDS = 15
(
    PAYROLL, DEPOSIT, INTEREST, IN, WITHDRAWAL, CARD, BILL, FEE, OUT, LEG_IN, CLOSING,
    DUE, DUE_OUT, GRANT, GRANT_IN,  # what loans and policies book: see dhub.world.obligations
) = range(KINDS)  # fmt: skip
OWN = 9  # the kinds an account makes itself: all but in-legs, the closing, and what is due
CREDIT = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1], dtype=bool)

BILLS_OF_PAYMENTS = 0.35  # rent, power, insurance …; the others are card purchases (assumed)


@lru_cache(maxsize=16)
def type_of_kind(profile: Profile) -> tuple[int, ...]:
    """The transaction type (index into TYPES) of each kind under a profile."""
    mix = profile.transactions.mix
    return (
        1 if mix.share("salary") else 0,
        0,
        2 if mix.share("interest") else 0,
        3,
        4,
        5,
        5,
        6,
        7,
        3,
        8,
        5,
        7,
        0,
        3,
    )


def in_leg_share(profile: Profile) -> float:
    """In-legs of internal transfers, as a share of all movements."""
    mix = profile.transactions.mix
    return profile.transactions.internal_share * mix.share("transfer_in", "transfer_out") / 2


@lru_cache(maxsize=16)
def own_shares(profile: Profile) -> tuple[float, ...]:
    """Shares of the OWN kinds among the movements accounts make themselves, summing to one."""
    part = profile.transactions.mix.share
    deposit, payment = part("deposit"), part("payment")
    within = profile.transactions.deposit_kind.share
    share = (
        part("salary") + deposit * within("payroll"),
        deposit * within("other"),
        part("interest") + deposit * within("interest"),
        max(part("transfer_in") - in_leg_share(profile), 0.0),
        part("withdrawal"),
        payment * (1 - BILLS_OF_PAYMENTS),
        payment * BILLS_OF_PAYMENTS,
        part("fee"),
        part("transfer_out"),
    )
    total = fsum(share)
    return tuple(value / total for value in share)


def own_rows(profile: Profile, accounts: int) -> int:
    """How many movements so many accounts make themselves, all together."""
    mean = float(profile.transactions.per_account_mean)
    return round(mean * (1 - in_leg_share(profile)) * accounts)
