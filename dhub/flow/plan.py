"""Takes what the user asked for, gives a plan: the run, its shards and the rows to expect.

Pure: no clock, no database. All faults of a request are told at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dhub import BANK_FORMAT, __version__
from dhub.errors import Refused, UsageError
from dhub.estate.ledger import RunRecord
from dhub.flow.request import (
    DEFAULT_PROFILE,
    DEFAULT_SCALE,
    DEFAULT_SEED,
    MOST_CUSTOMERS,
    Request,
    asked,
    listed,
    read_as_of,
    read_customers,
    read_date,
    read_employees,
    read_scale,
    read_seed,
    read_workers,
    scaled_customers,
    scaled_employees,
)
from dhub.model import SHARD_CUSTOMERS, Domain, Run, Shard, Table
from dhub.profiles import Profile, load_profile, profile_from_json
from dhub.world.standing import cell_weights

PHASES = {
    1: "Foundation",
    2: "Core banking",
    3: "Customer engagement",
    4: "Employee development",
    5: "Loans",
    6: "Insurance",
    7: "Compliance",
    8: "The star",
}


@dataclass(frozen=True)
class Expected:
    """The rows that a plan expects in a table; an estimate, since children are drawn."""

    database: str
    table: str
    phase: int
    rows: int


@dataclass(frozen=True)
class Plan:
    """A run to be loaded: one cohort of customers, and the foundation if it is the first."""

    run: Run
    scale: float
    customers: int
    cohort: int
    first_shard: int
    tables: tuple[Expected, ...]
    attempts: tuple[tuple[int, int], ...] = ()  # shards whose first attempt is another than 0

    def first_attempt(self, index: int) -> int:
        """The attempt with which the load of a shard begins."""
        return dict(self.attempts).get(index, 0)

    @property
    def foundation(self) -> bool:
        """Whether shard 0 belongs to this plan: only the first cohort loads it."""
        return self.cohort == 1

    @property
    def shard_count(self) -> int:
        """Customer shards, the partial one included."""
        return -(-self.customers // SHARD_CUSTOMERS)

    @property
    def shards(self) -> tuple[Shard, ...]:
        """The customer shards in order; the last one holds what remains."""
        return tuple(self.shard(index) for index in self.indexes if index > 0)

    @property
    def indexes(self) -> range:
        """Indexes of all shards of the plan; 0 is the foundation."""
        start = 0 if self.foundation else self.first_shard
        return range(start, self.first_shard + self.shard_count)

    def shard(self, index: int) -> Shard:
        """The customer shard of an index."""
        before = (index - self.first_shard) * SHARD_CUSTOMERS
        return Shard(self.run, index, min(SHARD_CUSTOMERS, self.customers - before))

    @property
    def rows(self) -> int:
        """Rows expected in all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def phases(self) -> dict[int, int]:
        """Rows expected in each phase that has a table."""
        totals: dict[int, int] = {}
        for table in sorted(self.tables, key=lambda each: each.phase):
            totals[table.phase] = totals.get(table.phase, 0) + table.rows
        return totals


def make_plan(
    request: Request,
    bank: Sequence[Domain],
    today: date,
    estate: Sequence[RunRecord] = (),
) -> Plan:
    """Plan a run; `estate` holds the cohorts that are there, which `append` continues.

    Raises UsageError listing every fault of the request.
    """
    faults: list[str] = []
    asked(faults, read_workers, request.workers, None)
    if request.append:
        return _appended(request, bank, estate, faults)
    scale = asked(faults, read_scale, request.scale, DEFAULT_SCALE)
    profile = asked(faults, _coherent, request.profile or DEFAULT_PROFILE, None)
    seed = asked(faults, read_seed, request.seed, DEFAULT_SEED)
    said = profile.as_of.isoformat() if profile is not None and profile.as_of else None
    as_of = asked(
        faults,
        lambda text: read_as_of(text, today),
        said if request.as_of is None else request.as_of,
        today,
    )
    customers = asked(faults, read_customers, request.customers, None)
    employees = asked(faults, read_employees, request.employees, None)
    if profile is not None and scale is not None:
        customers = customers or scaled_customers(faults, request, profile, scale)
        employees = employees or scaled_employees(faults, request, profile, scale)
    if faults or not (profile and seed is not None and as_of and customers and employees):
        raise UsageError(listed(faults))
    run = Run(seed, profile, as_of, employees)
    return _plan(run, bank, float(scale or 1), customers, cohort=1, first_shard=1)


def _coherent(name: str) -> Profile:
    """A profile whose shares can hold together; UsageError with all faults otherwise."""
    profile = load_profile(name)
    cell_weights(profile)
    return profile


def plan_of(record: RunRecord, bank: Sequence[Domain]) -> Plan:
    """The plan of a run that the ledger knows, so that it can be resumed.

    Raises Refused when its rows follow another format: this dhub would make others.
    """
    refuse_format(record)
    profile = profile_from_json(record.profile_json)
    run = Run(record.seed, profile, record.as_of, record.employees)
    return _plan(run, bank, record.scale, record.customers, record.cohort, record.first_shard)


def refuse_format(record: RunRecord) -> None:
    """Raise Refused, naming the version that can, for a bank whose bytes are of another format."""
    if record.bank_format != BANK_FORMAT:
        raise Refused(
            f"this bank has format {record.bank_format}, and dhub {__version__} makes format "
            f"{BANK_FORMAT}: its rows would not fit. Use dhub {record.dhub_version}, which seeded "
            "it, or seed it anew with `dhub seed all --replace`."
        )


def key_ranges(plan: Plan, domain: Domain) -> dict[str, tuple[str, int, int]]:
    """The keys that a plan may use in a database: table → (key column, lowest, highest)."""
    spans = {table.name: _span(plan, table) for table in domain.tables}
    return {
        table.name: (table.key, *spans[table.name])
        for table in domain.tables
        if spans[table.name][0] <= spans[table.name][1]
    }


def _plan(
    run: Run, bank: Sequence[Domain], scale: float, customers: int, cohort: int, first_shard: int
) -> Plan:
    before = (first_shard - 1) * SHARD_CUSTOMERS if cohort > 1 else None
    tables = tuple(
        Expected(domain.database, table.name, table.phase, _expected(table, run, customers, before))
        for domain in bank
        for table in domain.tables
    )
    return Plan(run, scale, customers, cohort, first_shard, tables)


def _expected(table: Table, run: Run, customers: int, before: int | None) -> int:
    """Rows of a first cohort, or what `customers` add to the `before` places in front of them."""
    if before is None:
        return round(table.expected(run, customers))
    added = table.expected(run, before + customers) - table.expected(run, before)
    return max(0, round(added))


def _span(plan: Plan, table: Table) -> tuple[int, int]:
    """Lowest and highest key a table may get; lowest > highest when it gets none."""
    last = plan.indexes[-1]
    if table.rows is not None:
        start = 0 if plan.foundation and table.foundation else plan.first_shard
        profile = plan.run.profile
        return table.first_key(start, profile), table.first_key(last + 1, profile) - 1
    if not plan.foundation:
        return 1, 0
    return table.lowest, max(table.offset, 2 * round(table.expected(plan.run, plan.customers)))


def _appended(
    request: Request, bank: Sequence[Domain], estate: Sequence[RunRecord], faults: list[str]
) -> Plan:
    if request.replace:
        raise UsageError("--replace clears what --append adds to; leave one of them out.")
    if not estate:
        raise UsageError("--append: nothing is seeded that could be added to; leave it out.")
    last = estate[-1]
    refuse_format(last)
    faults += _differences(request, estate[0])
    if request.customers is None:
        faults.append("--append needs --customers N, the size of the cohort to add.")
    customers = asked(faults, read_customers, request.customers, None)
    used = (last.next_shard - 1) * SHARD_CUSTOMERS
    if customers and used + customers > MOST_CUSTOMERS:
        faults.append(
            f"--customers {customers}: the estate has taken {used:,} customer places of "
            f"{MOST_CUSTOMERS:,}; at most {max(0, MOST_CUSTOMERS - used):,} can be added."
        )
    if faults or not customers:
        raise UsageError(listed(faults))
    profile = profile_from_json(last.profile_json)
    run = Run(last.seed, profile, last.as_of, last.employees)
    return _plan(run, bank, last.scale, customers, last.cohort + 1, last.next_shard)


def _differences(request: Request, first: RunRecord) -> list[str]:
    """What a request to append states otherwise than the estate it appends to."""
    faults = [
        f"--append takes its size from --customers; leave {option} out."
        for option, value in (("--scale", request.scale), ("--employees", request.employees))
        if value is not None
    ]
    seed = asked(faults, read_seed, request.seed, first.seed)
    as_of = asked(faults, read_date, request.as_of, first.as_of)
    if seed is not None and seed != first.seed:
        faults.append(f"--seed {seed}: the estate was seeded with {first.seed}.")
    if as_of is not None and as_of != first.as_of:
        faults.append(f"--as-of {as_of}: the estate is as of {first.as_of}.")
    if request.profile is not None:
        profile = asked(faults, load_profile, request.profile, None)
        if profile is not None and profile != profile_from_json(first.profile_json):
            faults.append(
                f"--profile {request.profile}: the estate follows {first.profile_name}"
                + (", as it was then." if profile.name == first.profile_name else ".")
            )
    return faults
