"""Gives the products of the bank, as its price list states them, and which one each contract is.

Codes of cards, certificates and securities are indexes into the products of their class.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dhub.model import Run, Shard
from dhub.profiles.insurance import POLICY_TYPES
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import CHECKING, TYPES, accounts
from dhub.world.cover import policies
from dhub.world.credit import loans
from dhub.world.households import households
from dhub.world.income import STUDENT, incomes
from dhub.world.people import CORPORATE, PREMIUM, PRIVATE, people
from dhub.world.price_list import (
    CARD_FEES,
    CASH_BACK,
    CLASSIC,
    MILES,
    MILES_ELITE,
    PLATINUM,
    STUDENT_CARD,
    TRAVEL_CARDS,
)

Int = NDArray[np.int64]

CLASSES = ("casa", "card", "loan", "cd", "insurance", "securities")
CASA, CARD, LOAN, CD, INSURANCE, SECURITIES = range(len(CLASSES))
# Limits of cards in whole dollars; rates in thousandths of a percent; terms of certificates.
TERMS = (6, 12, 18, 24, 36, 60)


class Product(NamedTuple):
    """A line of the price list; money in dollars, rates in percent a year, None for none."""

    code: str
    name: str
    kind: int  # index into CLASSES
    type: str
    rate: tuple[float, float] | None = None
    annual_fee: int = 0
    monthly_fee: int = 0
    minimum: int | None = None
    limit: tuple[int, int] | None = None
    months: tuple[int, int] | None = None
    reward: float | None = None  # percent of a purchase
    said: str = ""


def _cards() -> list[Product]:
    """In the order that `cards.CardAccounts.product` counts in; figures are assumed."""

    def card(code: str, name: str, row: int, high: int, reward: float, said: str) -> Product:
        return Product(f"CRD-{code}", f"Larkmere {name}", CARD, "credit_card", (12.99, 29.99),
                       CARD_FEES[row], limit=(300, high), reward=reward, said=said)  # fmt: skip

    return [
        card("CLS", "Classic Card", CLASSIC, 60_000, 0.0, "No annual fee, no rewards."),
        card("CSH", "Cash Back Card", CASH_BACK, 60_000, 1.5, "Cash back on every purchase."),
        card("TRV", "Travel Rewards Card", MILES, 80_000, 2.0, "Miles on every purchase."),
        card("TRE", "Travel Elite Card", MILES_ELITE, 120_000, 3.0,
             "Lounges, miles, no foreign fees."),
        card("PLT", "Platinum Card", PLATINUM, 120_000, 2.0, "For customers with a high income."),
        card("STU", "Student Card", STUDENT_CARD, 10_000, 1.0, "A first card, with a small limit."),
    ]


def _deposits(run: Run) -> list[Product]:
    """Rates and least balances are the profile's, fees assumed."""
    said = run.profile.accounts

    def account(code: str, name: str, kind: str, fee: int, words: str) -> Product:
        rate = round(said.apy[kind] * 100, 3)
        return Product(f"DEP-{code}", name, CASA, kind, (rate, rate), monthly_fee=fee,
                       minimum=int(said.balance[kind].low), said=words)  # fmt: skip

    return [
        account("CHK", "Everyday Checking", "checking", 5, "A current account for every day."),
        account("CHS", "Student Checking", "checking", 0, "Free of charge for students."),
        account("CHP", "Premier Checking", "checking", 0, "For premium and private customers."),
        account("CHB", "Business Checking", "checking", 15, "A current account for companies."),
        account("SAV", "Everyday Savings", "savings", 0, "A savings account."),
        account("SVP", "Premier Savings", "savings", 0, "For premium and private customers."),
        account("MMA", "Money Market Account", "money_market", 10, "Money at market rates."),
        account("MMP", "Premier Money Market", "money_market", 0, "For premium customers."),
        account("HSA", "Health Savings Account", "hsa", 0, "Saves before tax for care."),
    ]


_LOANS = (
    ("MTG", "Fixed-Rate Mortgage", "mortgage", "Buys or refinances a home."),
    ("MTF", "First Home Mortgage", "mortgage", "For buyers younger than 36."),
    ("PER", "Personal Loan", "personal", "Unsecured, for any purpose."),
    ("AUT", "Auto Loan", "auto", "Secured by the car."),
    ("BUS", "Small Business Loan", "business", "For the self-employed."),
    ("BUC", "Commercial Loan", "business", "For companies."),
    ("EDU", "Education Loan", "education", "Pays for college and training."),
)
_POLICIES = (
    ("TLF", "Term Life", "life", "Pays at death within the term."),
    ("WLF", "Whole Life", "life", "Pays at death, whenever that is."),
    ("HOM", "Homeowners Insurance", "property", "House and contents."),
    ("CON", "Condominium Insurance", "property", "A flat and what is in it."),
    ("CAR", "Auto Insurance", "vehicle", "Liability and collision."),
    ("HLT", "Individual Health Plan", "health", "Care of one person."),
    ("HLF", "Family Health Plan", "health", "Care of a family."),
    ("TRP", "Annual Travel Insurance", "travel", "All trips of a year."),
)
# Securities are priced from 20 to 400 dollars, with a trend and a swing a month (assumed).
_PAPERS = (
    ("FBL", "Larkmere Balanced Fund", "fund", "Shares and bonds by halves."),
    ("FUS", "Larkmere Broad Market Fund", "fund", "An index of large companies."),
    ("FIN", "Larkmere International Fund", "fund", "Companies abroad."),
    ("FIC", "Larkmere Income Fund", "fund", "Bonds and dividends."),
    ("BGV", "Ten-Year Government Bond", "bond", "A government's debt."),
    ("BMU", "Municipal Bond Ladder", "bond", "Debt of towns, exempt from tax."),
    ("BCO", "Investment-Grade Corporate Bond", "bond", "Debt of sound companies."),
    ("EQG", "Growth Equity Basket", "equity", "Shares of growing companies."),
    ("EQV", "Dividend Equity Basket", "equity", "Shares that pay dividends."),
    ("EQS", "Small Company Equity Basket", "equity", "Shares of small companies."),
)


@lru_cache(maxsize=8)
def products(run: Run) -> tuple[Product, ...]:
    """The price list, class by class in the order of CLASSES; the same for any number of
    customers and any seed."""
    lends = run.profile.loans
    lent = [
        Product(f"LON-{code}", name, LOAN, kind, (lends.rate[kind].low, lends.rate[kind].high),
                months=(int(lends.term_months[kind].low), int(lends.term_months[kind].high)),
                said=said)
        for code, name, kind, said in _LOANS
    ]  # fmt: skip
    certificates = [
        Product(f"CTD-{months:02}", f"{months}-Month Certificate of Deposit", CD,
                "certificate_of_deposit", certificate_rates(months), minimum=500,
                months=(months, months), said="Pays its rate until the term ends.")
        for months in TERMS
    ]  # fmt: skip
    covers = [Product(f"INS-{code}", name, INSURANCE, kind, said=said)
              for code, name, kind, said in _POLICIES]  # fmt: skip
    papers = [Product(f"SEC-{code}", name, SECURITIES, kind, annual_fee=0, said=said)
              for code, name, kind, said in _PAPERS]  # fmt: skip
    return (*_deposits(run), *_cards(), *lent, *certificates, *covers, *papers)


def certificate_rates(months: int) -> tuple[float, float]:
    """Percent a year of a certificate's term, in steps of 0.05: longer ones pay more (assumed)."""
    low = 3.0 + 0.025 * min(months, 36)
    return round(low, 2), round(low + 1.25, 2)


@lru_cache(maxsize=8)
def first_of_class(run: Run) -> tuple[int, ...]:
    """Key of the first product of each class less one: keys count from 1."""
    kinds = [product.kind for product in products(run)]
    return tuple(kinds.index(kind) for kind in range(len(CLASSES)))


def _keys(run: Run, codes: tuple[str, ...]) -> Int:
    """product_key of each code."""
    known = [product.code for product in products(run)]
    return np.array([known.index(code) + 1 for code in codes])


def of_accounts(shard: Shard) -> Int:
    """product_key of each of the shard's accounts: by type, segment and what its owner does."""
    a, who, run = accounts(shard), people(shard), shard.run
    segment, student = who.segment[a.owner], incomes(shard).work[a.owner] == STUDENT
    rich = np.isin(segment, (PREMIUM, PRIVATE))
    keys = _keys(run, ("DEP-CHK", "DEP-SAV", "DEP-MMA", "DEP-HSA"))[a.account_type]
    better = _keys(run, ("DEP-CHP", "DEP-SVP", "DEP-MMP", "DEP-HSA"))[a.account_type]
    found = np.where(rich, better, keys)
    business, young = _keys(run, ("DEP-CHB", "DEP-CHS"))
    current = a.account_type == CHECKING
    found = np.where(current & student & ~rich, young, found)
    return np.where(current & (segment == CORPORATE), business, found)


def of_loans(shard: Shard) -> Int:
    """product_key of each of the shard's loans."""
    lent, who = loans(shard), people(shard)
    plain = ("LON-MTG", "LON-PER", "LON-AUT", "LON-BUS", "LON-EDU")
    found = _keys(shard.run, plain)[lent.loan_type]
    first, firm = _keys(shard.run, ("LON-MTF", "LON-BUC"))
    age = (lent.disbursement_date - who.date_of_birth[lent.owner]).astype(np.int64) / 365.25
    kind = lent.loan_type
    found = np.where((kind == LOAN_TYPES.index("mortgage")) & (age < 36), first, found)
    company = who.segment[lent.owner] == CORPORATE
    return np.where((kind == LOAN_TYPES.index("business")) & company, firm, found)


def of_policies(shard: Shard) -> Int:
    """product_key of each of the shard's policies: as the insured object says."""
    p, home = policies(shard), households(shard)
    plain = ("INS-TLF", "INS-HOM", "INS-CAR", "INS-HLT", "INS-TRP")
    found = _keys(shard.run, plain)[p.policy_type]
    whole, flat, family = _keys(shard.run, ("INS-WLF", "INS-CON", "INS-HLF"))
    is_ = {name: p.policy_type == code for code, name in enumerate(POLICY_TYPES)}
    open_ended = np.isnat(p.terms.end_date) & np.isnat(p.terms.stopped)
    found = np.where(is_["life"] & open_ended, whole, found)
    found = np.where(is_["property"] & (home.flat[p.owner] > 0), flat, found)
    several = home.married[p.owner] | (home.children[p.owner] > 0)
    return np.where(is_["health"] & several, family, found)


assert TYPES == ("checking", "savings", "money_market", "hsa")
assert LOAN_TYPES == ("mortgage", "personal", "auto", "business", "education")
assert POLICY_TYPES == ("life", "property", "vehicle", "health", "travel")
__all__ = ["CARD", "CASA", "CD", "CLASSES", "INSURANCE", "LOAN", "SECURITIES", "STUDENT_CARD",
           "TERMS", "TRAVEL_CARDS", "Product", "certificate_rates", "first_of_class",
           "of_accounts", "of_loans", "of_policies", "products"]  # fmt: skip
