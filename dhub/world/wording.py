"""Takes the ledger, gives the text of each movement, as bank statements word it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, one_of, pools, stream, text
from dhub.model import Coded, Shard
from dhub.profiles.insurance import POLICY_TYPES
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.account_numbers import account_numbers
from dhub.world.accounts import HSA, accounts
from dhub.world.cover import policies
from dhub.world.credit import loans
from dhub.world.households import households, parents, spouses
from dhub.world.income import incomes
from dhub.world.ledger import Movements
from dhub.world.merchants import SUBSCRIPTIONS, merchant_names
from dhub.world.money.amounts import FEES, fee_of
from dhub.world.money.channels import ACH, BRANCH, CHANNELS
from dhub.world.money.kinds import (
    BILL,
    CARD,
    DEPOSIT,
    FEE,
    IN,
    INTEREST,
    LEG_IN,
    OUT,
    PAYROLL,
    PURPOSES,
    TYPES,
    WITHDRAWAL,
)
from dhub.world.money.load import LOADED
from dhub.world.names import names
from dhub.world.obligations import DISBURSEMENT, obligations
from dhub.world.people import CORPORATE, people
from dhub.world.places import branch_cities

Int = NDArray[np.int64]

_BOOKED = tuple(f"{kind}.{channel}" for kind in TYPES for channel in CHANNELS)
_SHOPS = tuple(f"shop.{channel}" for channel in CHANNELS)
_TAKINGS = tuple(f"business.{channel}" for channel in CHANNELS)
_FEES = tuple(f"fee.{name}" for name in FEES)
_PERSON = PURPOSES.index("person")  # worded as transfers are
_PURPOSES = tuple(f"purpose.{name}" for name in PURPOSES[1:])
_KEYS = (*_BOOKED, *_PURPOSES, "shop.card", "shop.online", "shop.mobile_app", "business.ach",
         "business.branch", *_FEES, "subscription", "cashier", "hsa")  # fmt: skip
_SALARY = _KEYS.index("salary.ach")
# Transfers are worded by the counterparty alone, so that the same one reads the same each time.
_TRANSFERS = (
    "TRANSFER TO ACCOUNT ENDING {last4}",
    "TRANSFER FROM ACCOUNT ENDING {last4}",
    "TRANSFER TO {payee}",
    "TRANSFER FROM {payee}",
)
# What a loan or a policy books names it by its key.
_OF_LOANS = tuple(f"{name.upper()} LOAN {{contract}}" for name in LOAN_TYPES)
_OF_POLICIES = tuple(f"{name.upper()} POLICY {{contract}}" for name in POLICY_TYPES)
_DUES = tuple(
    f"{what} {whose}"
    for what, contracts in (
        ("AUTOPAY", _OF_LOANS), ("PAYOFF", _OF_LOANS), ("DISBURSEMENT", _OF_LOANS),
        ("PREMIUM", _OF_POLICIES), ("CLAIM PAID", _OF_POLICIES),
    )
    for whose in contracts
)  # fmt: skip
_CASHIERS_LEAST = 50_000  # cents of the smallest cashier's check
_RELATIVES = 0.35  # of standing transfers go to or come from the family (assumed)
_INITIALS = tuple(f"{letter} " for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def descriptions(shard: Shard, money: Movements, far: Int, branch: Int) -> object:
    """One text a movement; `far` is the other account of an internal transfer, -1 for none.

    `branch` is the branch where it was done, -1 for none.
    """
    a = accounts(shard)
    bank = pools.bank("transactions", _KEYS)
    draw = stream(shard.run.seed, "transactions.description")
    account = a.place[money.account]
    # An employer words all salaries of an account alike, a biller all its bills, the bank interest.
    slot = child(account, money.payee)
    steady = one_of(money.kind, (PAYROLL, BILL, INTEREST)) | (money.purpose > 0)
    key = _keys(shard, money)
    code = text.choose(bank, key, draw.uniform(np.where(steady, slot, money.place)))
    told = ~one_of(money.purpose, (0, _PERSON)) & (far < 0)  # by its purpose
    moved = one_of(money.kind, (IN, OUT, LEG_IN)) & ~told
    credit = money.kind != OUT
    code = np.where(moved, len(bank.texts) + np.where(far >= 0, 0, 2) + credit, code)
    said, contract = _dues(shard, money)
    code = np.where(said >= 0, len(bank.texts) + len(_TRANSFERS) + said, code)
    return text.fill(
        code,
        bank.texts + _TRANSFERS + _DUES,
        merchant=Coded(money.merchant, shouted_merchants()),
        payee=lambda rows: payees(shard, money, slot, rows),
        employer=employers(shard, money),
        city=_cities(shard, money, branch),
        last4=lambda rows: _endings(shard, far[rows], account[rows]),
        contract=contract,
        ref=lambda rows: draw.between(money.place[rows], 100_000, 999_999, 2),
    )


def _dues(shard: Shard, money: Movements) -> tuple[Int, Int]:
    """Index into _DUES (-1 for none) and the key of the loan or policy of each movement."""
    due, lent, p = obligations(shard), loans(shard), policies(shard)
    said, number = np.full(len(money.pays), -1), np.zeros(len(money.pays), dtype=np.int64)
    row = np.flatnonzero(money.pays >= 0)
    pays = money.pays[row]
    what, contract = due.what[pays], due.contract[pays]
    lends = what <= DISBURSEMENT
    loan, policy = np.where(lends, contract, 0), np.where(lends, 0, contract)
    kind = np.where(lends, lent.loan_type[loan], p.policy_type[policy])
    said[row] = what * len(LOAN_TYPES) + kind
    number[row] = np.where(lends, lent.loan_id[loan], p.policy_id[policy])
    return said, number


def _keys(shard: Shard, money: Movements) -> Int:
    """Index into _KEYS of each movement: by type and channel, and by what it is for."""
    a, channel, kind = accounts(shard), money.channel, money.kind
    key = money.transaction_type * len(CHANNELS) + channel
    key = np.where(kind == PAYROLL, _SALARY, key)
    key = np.where(kind == CARD, _places(_SHOPS, "shop.card")[channel], key)
    takings = (kind == DEPOSIT) & (people(shard).segment[money.owner] == CORPORATE)
    business = _places(_TAKINGS, "")[channel]
    key = np.where(takings & (business >= 0), business, key)
    charged = _KEYS.index(_FEES[0]) + fee_of(shard.run, a.place)[money.account]
    key = np.where((kind == FEE) & (channel == ACH), charged, key)
    for what, rows in (
        ("subscription", (kind == BILL) & one_of(np.maximum(money.shop, 0), SUBSCRIPTIONS)),
        ("cashier", _cashiers(shard, money)),
        ("hsa", (kind == DEPOSIT) & (a.account_type[money.account] == HSA)),
    ):
        key = np.where(rows, _KEYS.index(what), key)
    return np.where(money.purpose > 0, _KEYS.index(_PURPOSES[0]) + money.purpose - 1, key)


@lru_cache(maxsize=4)
def _places(keys: tuple[str, ...], otherwise: str) -> Int:
    """Index into _KEYS of each of `keys`, of another one where a key is not there (-1 for none)."""
    other = _KEYS.index(otherwise) if otherwise else -1
    return np.array([_KEYS.index(key) if key in _KEYS else other for key in keys])


def _cashiers(shard: Shard, money: Movements) -> NDArray[np.bool_]:
    """Large sums taken at a counter, some of which are a cashier's check."""
    some = stream(shard.run.seed, "transactions.cashier").chance(money.place, 0.4)
    counter = (money.kind == WITHDRAWAL) & (money.channel == BRANCH)
    return np.asarray(counter & (money.amount >= _CASHIERS_LEAST) & some)


def employers(shard: Shard, money: Movements) -> Coded:
    """Where the owner works; a company for who works nowhere."""
    known, earns = len(pools.companies()), incomes(shard)
    other = stream(shard.run.seed, "transactions.employer").below(people(shard).place, known)
    employer = np.where(earns.employer >= 0, earns.employer, other)
    return Coded(employer[money.owner], _shouted("companies"))


@lru_cache(maxsize=1)
def shouted_merchants() -> tuple[str, ...]:
    """The names of all merchants as statements print them."""
    return tuple(name.upper() for name in merchant_names())


@lru_cache(maxsize=4)
def _shouted(name: str) -> tuple[str, ...]:
    """The texts of a pool as statements print them."""
    return tuple(words.upper() for words in pools.pool(name))


def payees(shard: Shard, money: Movements, slot: Int, rows: Int) -> object:
    """A relative, another person or a company: the same one for a standing transfer."""
    draw = stream(shard.run.seed, "transactions.payee")
    place, owner, purpose = child(slot, money.kind)[rows], money.owner[rows], money.purpose[rows]
    initial, last = _relatives(shard)
    persons, known = len(pools.pool("last_names")), _people_and_companies()
    stranger = draw.below(place, persons + len(pools.companies()))
    firm = purpose == PURPOSES.index("supplier")
    stranger = np.where(firm, persons + stranger % len(pools.companies()), stranger)
    stranger = np.where(purpose == _PERSON, stranger % persons, stranger)
    mine = draw.chance(place, _RELATIVES, 1) & (initial[owner] >= 0) & ~firm
    first = np.where(stranger < persons, draw.below(place, len(_INITIALS), 2), -1)
    first = np.where(mine, initial[owner], first)
    surname = np.where(mine, last[owner], stranger)
    own, who = _from_elsewhere(shard, money)[rows], names(shard)
    first = np.where(own, _initial_of_names()[who.first[owner]], first)
    surname = np.where(own, who.last[owner], surname)
    return text.join([
        text.or_nothing(Coded(first, _INITIALS)),
        Coded(surname, known),
    ])  # fmt: skip


def _from_elsewhere(shard: Shard, money: Movements) -> NDArray[np.bool_]:
    """Transfers in that a person makes from another bank, to an account that pays what is owed."""
    owes = np.bincount(obligations(shard).account, minlength=len(accounts(shard).owner))
    person = people(shard).segment[money.owner] != CORPORATE
    plain = (money.kind == IN) & (money.purpose == 0)
    return np.asarray(plain & person & (owes >= LOADED)[money.account])


def _relatives(shard: Shard) -> tuple[Int, Int]:
    """Initial (-1 for none) and surname of a relative of each customer: the spouse, or a parent."""
    who, everybody = people(shard), np.arange(len(people(shard).place))
    mother = stream(shard.run.seed, "transactions.mother").chance(who.place, 0.6)
    married, spouse = households(shard).married, spouses(shard, everybody)
    parent = parents(shard, everybody, mother)
    first = np.where(married, spouse.first, parent.first)
    initial = _initial_of_names()[first]
    last = np.where(married, spouse.last, parent.last)
    return np.where(who.segment == CORPORATE, -1, initial), last


@lru_cache(maxsize=1)
def _initial_of_names() -> Int:
    """The letter of the alphabet with which each first name begins."""
    return np.array([ord(name[0]) - ord("a") for name in pools.pool("first_names/ascii")])


@lru_cache(maxsize=1)
def _people_and_companies() -> tuple[str, ...]:
    return _shouted("last_names") + _shouted("companies")


def _cities(shard: Shard, money: Movements, branch: Int) -> Coded:
    """The city of the branch where it was done, else of the customer's home branch."""
    home = people(shard).branch[money.owner]
    return Coded(np.where(branch >= 0, branch, home), _shouted_cities())


@lru_cache(maxsize=1)
def _shouted_cities() -> tuple[str, ...]:
    return tuple(city.upper() for city in branch_cities())


def _endings(shard: Shard, far: Int, account: Int) -> object:
    """Last four digits: of the other account, else of the card."""
    card = stream(shard.run.seed, "transactions.card").below(account, 10_000)
    number = np.array(text.text(account_numbers(shard)).cast("int64"))
    return text.digits(np.where(far >= 0, number[np.maximum(far, 0)] % 10_000, card), 4)


