"""Takes a shard, gives what a questionnaire would tell of its customers: family, schooling, home,
work. What the households, loans and incomes of the bank state is the same here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.companies import LINES
from dhub.world.credit import applications, loans
from dhub.world.credit.applications import ACTIVE, RESTRUCTURED
from dhub.world.credit.assessments import assessments
from dhub.world.households import households
from dhub.world.income import EMPLOYED, RETIRED, SELF_EMPLOYED, STUDENT, between, incomes
from dhub.world.ledger import movements
from dhub.world.merchants import CODES
from dhub.world.people import CORPORATE, people

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

NONE = -1
MARITAL = ("single", "married", "divorced", "widowed")
SINGLE, MARRIED, DIVORCED, WIDOWED = range(len(MARITAL))
SCHOOLING = ("high_school", "some_college", "bachelor", "graduate")
HIGH_SCHOOL, SOME_COLLEGE, BACHELOR, GRADUATE = range(len(SCHOOLING))
HOMES = ("rent", "mortgage", "own", "family")
RENT, MORTGAGE, OWN, FAMILY = range(len(HOMES))
WORK_STATUSES = ("employed", "self_employed", "student", "retired", "unemployed")
# Of who is not married, by age: divorced and widowed (assumed, US census in the large).
_AGES = np.array([18, 25, 35, 45, 55, 65, 75, 110])
_DIVORCED = np.array([0.0, 0.04, 0.18, 0.36, 0.46, 0.42, 0.30, 0.20])
_WIDOWED = np.array([0.0, 0.0, 0.01, 0.03, 0.08, 0.22, 0.45, 0.70])
# Schooling of grown people, and how much a high income leans to more of it (assumed).
_SCHOOLED = np.cumsum([0.33, 0.29, 0.25])
_PAYS = 0.16
# Age from which on each degree can be had.
_SOME_AT, _BACHELOR_AT, _GRADUATE_AT = 18, 22, 24
_LIVES_WITH = np.array([0.75, 0.45, 0.12, 0.05, 0.03, 0.03, 0.04, 0.10])  # family, by _AGES
_RENTS = np.array([0.9, 0.8, 0.55, 0.4, 0.3, 0.25, 0.22, 0.25])
# What people do in each line of business, by schooling: with none, some, a degree, more.
_JOBS = {
    "construction": ("Carpenter", "Electrician", "Site Manager", "Civil Engineer"),
    "education": ("Teaching Assistant", "School Secretary", "Teacher", "Professor"),
    "finance": ("Teller", "Bookkeeper", "Accountant", "Financial Analyst"),
    "healthcare": ("Home Health Aide", "Medical Assistant", "Registered Nurse", "Physician"),
    "hospitality": ("Server", "Cook", "Restaurant Manager", "Hotel Director"),
    "logistics": ("Truck Driver", "Dispatcher", "Supply Planner", "Operations Director"),
    "manufacturing": ("Assembler", "Machinist", "Process Engineer", "Plant Manager"),
    "professional": ("Office Clerk", "Paralegal", "Consultant", "Attorney"),
    "public": ("Mail Carrier", "Police Officer", "City Planner", "Policy Analyst"),
    "real_estate": ("Property Caretaker", "Leasing Agent", "Real Estate Agent", "Appraiser"),
    "retail": ("Sales Clerk", "Shift Supervisor", "Store Manager", "Buyer"),
    "services": ("Cleaner", "Hairdresser", "Office Manager", "Marketing Director"),
    "technology": ("Support Technician", "Network Technician", "Software Developer",
                   "Data Scientist"),
}  # fmt: skip
_OWN_WORK = ("Contractor", "Shop Owner", "Freelance Designer", "Independent Consultant")
OCCUPATIONS = (*(job for line in LINES for job in _JOBS[line]), *_OWN_WORK, "Business Owner")


@dataclass(frozen=True)
class Demographics:
    """One element a customer of the whole shard."""

    marital: Int  # index into MARITAL
    children: Int
    schooling: Int  # index into SCHOOLING
    home: Int  # index into HOMES
    work: Int  # index into WORK_STATUSES
    employer: Int  # index into pools.companies(), -1 unless employed
    occupation: Int  # index into OCCUPATIONS, -1 unless employed or self-employed
    annual_income: Int  # cents: of the latest application, else what one earns
    credit_score: Int  # of the latest assessment, -1 for none


@of_shard(2)
def demographics(shard: Shard) -> Demographics:
    """The demographics of a shard; the same whatever `shard.customers` and `attempt` are."""
    return _demographics(shard.run, shard.index)


@of_shard()
def _demographics(run: Run, index: int) -> Demographics:
    shard = Shard(run, index)
    who, earns, home = people(shard), incomes(shard), households(shard)
    age = (run.today - who.date_of_birth).astype(np.int64) / 365.25
    schooling = _schooling(run, who.place, age, earns.work, earns.gross)
    works = (earns.work == EMPLOYED) | (earns.work == SELF_EMPLOYED)
    own = len(LINES) * len(SCHOOLING) + schooling
    job = np.where(earns.work == EMPLOYED, earns.line * len(SCHOOLING) + schooling, own)
    job = np.where(who.segment == CORPORATE, len(OCCUPATIONS) - 1, job)
    return Demographics(
        _marital(run, who.place, age, home.married), home.children, schooling,
        _homes(shard, age, earns.work), earns.work, earns.employer, np.where(works, job, NONE),
        _incomes(shard, earns.gross), _scores(shard),
    )  # fmt: skip


def _marital(run: Run, place: Int, age: Float, married: Bools) -> Int:
    """Married as the household says; the others were, or were not yet."""
    u = stream(run.seed, "star.marital").uniform(place)
    widowed = between(age, _AGES, _WIDOWED)
    divorced = widowed + (1 - widowed) * between(age, _AGES, _DIVORCED)
    alone = np.where(u < widowed, WIDOWED, np.where(u < divorced, DIVORCED, SINGLE))
    return np.where(married, MARRIED, alone)


def _schooling(run: Run, place: Int, age: Float, work: Int, gross: Int) -> Int:
    """More of it pays more; who studies has begun college, and none has a degree too young."""
    u = stream(run.seed, "star.schooling").uniform(place)
    lean = _PAYS * (np.clip(gross / 6_000_000, 0.4, 2.2) - 1)
    found = (np.clip(u + lean, 0.0, 1.0)[:, None] >= _SCHOOLED).sum(axis=1)
    found = np.where(work == STUDENT, np.clip(found, SOME_COLLEGE, BACHELOR), found)
    found = np.where((found == GRADUATE) & (age < _GRADUATE_AT), BACHELOR, found)
    found = np.where((found == BACHELOR) & (age < _BACHELOR_AT), SOME_COLLEGE, found)
    return np.where((found == SOME_COLLEGE) & (age < _SOME_AT), HIGH_SCHOOL, found)


def _homes(shard: Shard, age: Float, work: Int) -> Int:
    """Owing for a house here is a mortgage, paying a landlord is rent; the others by age."""
    who, money = people(shard), movements(shard)
    draw = stream(shard.run.seed, "star.home")
    pays = np.zeros(SHARD_CUSTOMERS, dtype=bool)
    pays[money.owner[money.shop == CODES["landlord"]]] = True
    with_family = draw.chance(who.place, between(age, _AGES, _LIVES_WITH))
    with_family &= ~households(shard).married & (work != RETIRED)
    rents = draw.chance(who.place, between(age, _AGES, _RENTS), 1)
    found = np.where(with_family, FAMILY, np.where(rents, RENT, OWN))
    found = np.where(pays, RENT, found)
    return np.where(_owes_for_a_house(shard), MORTGAGE, found)


def _owes_for_a_house(shard: Shard) -> Bools:
    lent = loans(shard)
    runs = (lent.status == ACTIVE) | (lent.status == RESTRUCTURED)
    found = np.zeros(SHARD_CUSTOMERS, dtype=bool)
    found[lent.owner[runs & (lent.loan_type == LOAN_TYPES.index("mortgage"))]] = True
    return found


def _incomes(shard: Shard, gross: Int) -> Int:
    """What the latest application states, the one with the highest key of a day."""
    asked, found = applications(shard), gross.copy()
    order = np.lexsort((asked.application_id, asked.application_date, asked.owner))
    found[asked.owner[order]] = asked.annual_income[order]  # the last one is what stays
    return found


def _scores(shard: Shard) -> Int:
    """Of the latest assessment: they are in order of time."""
    made, found = assessments(shard), np.full(SHARD_CUSTOMERS, NONE)
    found[made.owner] = made.score
    return found
