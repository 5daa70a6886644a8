"""Takes a shard, gives the rows of `dim_customer`: who each is to the bank, and who besides."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.domains.warehouse.attempts import as_accounts
from dhub.draw import pools
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.households import households
from dhub.world.names import names
from dhub.world.people import KYC, RISKS, SEGMENTS, STATUSES, people
from dhub.world.places import postal_codes, towns
from dhub.world.register import customer_numbers, emails, phone_numbers, street_addresses
from dhub.world.star.demographics import (
    HOMES,
    MARITAL,
    OCCUPATIONS,
    SCHOOLING,
    WORK_STATUSES,
    demographics,
)
from dhub.world.star.personas import kinds, personas

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
_FROM = np.array([25, 35, 45, 55, 65])


def customer_rows(shard: Shard) -> Rows:
    """One row a customer, in the order of their places."""
    run, who, told, (cities, states) = shard.run, people(shard), demographics(shard), towns()
    called, home = names(shard), households(shard)
    age = months_between(who.date_of_birth, run.today) // 12
    columns = {
        "customer_key": who.customer_id,
        "customer_id": who.customer_id,
        "customer_number": customer_numbers(as_accounts(shard)),
        "first_name": Coded(called.first, pools.pool("first_names")),
        "last_name": Coded(called.last, pools.pool("last_names")),
        "email": emails(as_accounts(shard)),
        "phone": phone_numbers(as_accounts(shard)),
        "street_address": street_addresses(shard),
        "city": Coded(home.town, cities),
        "state": Coded(home.town, states),
        "postal_code": Coded(home.postal_code, postal_codes()),
        "country": Coded(np.zeros(SHARD_CUSTOMERS, dtype=np.int64), ("US",)),
        "date_of_birth": who.date_of_birth,
        "age": age,
        "age_band": Coded(np.searchsorted(_FROM, age, side="right"), AGE_BANDS),
        "persona": Coded(personas(shard), _persona_names(run)),
        "segment": Coded(who.segment, SEGMENTS),
        "customer_status": Coded(who.status, STATUSES),
        "kyc_status": Coded(who.kyc, KYC),
        "risk_rating": Coded(who.risk, RISKS),
        "onboarding_date": who.onboarding_date,
        "tenure_months": months_between(who.onboarding_date, run.today),
        "assigned_agent_id": Maybe(who.agent_id, who.agent_id > 0),
        "marital_status": Coded(told.marital, MARITAL),
        "children_count": told.children,
        "education_level": Coded(told.schooling, SCHOOLING),
        "home_ownership": Coded(told.home, HOMES),
        "employment_status": Coded(told.work, WORK_STATUSES),
        "employer_name": Coded(told.employer, pools.pool("companies")),
        "occupation": Coded(told.occupation, OCCUPATIONS),
        "annual_income": told.annual_income,
        "credit_score": Maybe(told.credit_score, told.credit_score >= 0),
    }
    return Rows(columns, np.arange(SHARD_CUSTOMERS))


@lru_cache(maxsize=8)
def _persona_names(run: Run) -> tuple[str, ...]:
    """The personas in the order of their numbers; none where the profile has none."""
    return tuple(kind.name for kind in kinds(run))


def months_between(day: Days, today: np.datetime64) -> Int:
    """Whole months from each day to today."""
    month, now = day.astype("datetime64[M]"), today.astype("datetime64[M]")
    into, today_into = day - month.astype("datetime64[D]"), today - now.astype("datetime64[D]")
    return np.asarray((now - month).astype(np.int64) - (into > today_into))


TABLE = Table(
    name="dim_customer",
    phase=8,
    key="customer_key",
    columns=(
        Column("customer_key", "bigint"),
        Column("customer_id", "bigint"),
        Column("customer_number", "text"),
        Column("first_name", "text"),
        Column("last_name", "text"),
        Column("email", "text"),
        Column("phone", "text"),
        Column("street_address", "text"),
        Column("city", "text"),
        Column("state", "text"),
        Column("postal_code", "text"),
        Column("country", "text"),
        Column("date_of_birth", "date"),
        Column("age", "smallint"),
        Column("age_band", "text"),
        Column("persona", "text", null=True),
        Column("segment", "text"),
        Column("customer_status", "text"),
        Column("kyc_status", "text"),
        Column("risk_rating", "text"),
        Column("onboarding_date", "date"),
        Column("tenure_months", "integer"),
        Column("assigned_agent_id", "bigint", null=True),
        Column("marital_status", "text"),
        Column("children_count", "smallint"),
        Column("education_level", "text"),
        Column("home_ownership", "text"),
        Column("employment_status", "text"),
        Column("employer_name", "text", null=True),
        Column("occupation", "text", null=True),
        Column("annual_income", "numeric(15,2)"),
        Column("credit_score", "smallint", null=True),
    ),
    expected=lambda run, customers: customers,
    rows=customer_rows,
    stride=SHARD_CUSTOMERS,
    natural_keys=("customer_number", "email", "phone"),
)
