"""The catalog tells of just what is in the migrated databases, and contradicts itself nowhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import psycopg
import pytest

from dhub.catalog import load_catalog
from dhub.catalog.model import Column, Place, Table
from dhub.estate.migrate import migrate
from dhub.settings import DATABASES
from dhub.verify.model import INVARIANTS, REFERENCES
from dhub.verify.references import check_id
from dhub.verify.run import catalogue

CATALOG = load_catalog()

_COLUMNS = """
SELECT n.nspname || '.' || c.relname, a.attname::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname IN ('public', 'reporting') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY 1, a.attnum
"""
_KEYS = """
SELECT n.nspname || '.' || c.relname, a.attname::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
WHERE k.contype = 'p' AND n.nspname IN ('public', 'reporting')
"""
_FOREIGN = """
SELECT c.relname::text, a.attname::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
"""

# What a column names by the contract of names, wherever it stands.
_STAFF = """
employee_id assigned_agent_id handled_by assigned_to processed_by officer_id approved_by agent_id
performed_by verified_by reviewed_by filed_by prepared_by resolved_by assessed_by
"""
_NAMED = {
    "customer_id": "accounts_db.customers.customer_id",
    "account_id": "accounts_db.accounts.account_id",
    "linked_account_id": "accounts_db.accounts.account_id",
    "transaction_id": "accounts_db.transactions.transaction_id",
    "disbursement_transaction_id": "accounts_db.transactions.transaction_id",
    "payoff_transaction_id": "accounts_db.transactions.transaction_id",
    "branch_code": "employees_db.branches.branch_code",
    **dict.fromkeys(_STAFF.split(), "employees_db.employees.employee_id"),
}

Rows = dict[str, list[tuple[str, str]]]


@pytest.fixture(scope="module")
def real(server_url: str) -> Iterator[dict[str, str]]:
    """Six migrated databases."""
    made = {name: f"catalog_{name}" for name in DATABASES}
    with psycopg.connect(server_url, autocommit=True) as admin:
        for each in made.values():
            admin.execute(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)")
            admin.execute(f"CREATE DATABASE {each}")
        urls = {
            name: psycopg.conninfo.make_conninfo(server_url, dbname=each)
            for name, each in made.items()
        }
        for name, url in urls.items():
            migrate(url, name)
        yield urls
        for each in made.values():
            admin.execute(f"DROP DATABASE {each} WITH (FORCE)")


@pytest.fixture(scope="module")
def ask(real: dict[str, str]) -> Callable[[str], Rows]:
    """The answer of each database to a query."""

    def asked(text: str) -> Rows:
        found: Rows = {}
        for name, url in real.items():
            with psycopg.connect(url) as conn:
                found[name] = conn.execute(text).fetchall()
        return found

    return asked


def columns() -> Iterator[tuple[str, Table, Column]]:
    for database, table in CATALOG.tables():
        yield from ((database.name, table, each) for each in table.columns.values())


# ------------------------------------------------------------------------- what is in the databases


def test_every_column_is_declared_in_its_order_and_none_that_is_not_there(
    ask: Callable[[str], Rows],
) -> None:
    for name, rows in ask(_COLUMNS).items():
        there: dict[str, list[str]] = defaultdict(list)
        for table, column in rows:
            there[table].append(column)
        told = {key: list(each.columns) for key, each in CATALOG.databases[name].tables.items()}
        assert told == dict(there)


def test_keys_are_the_primary_keys(ask: Callable[[str], Rows]) -> None:
    for name, rows in ask(_KEYS).items():
        single = Counter(table for table, _ in rows)
        keys = {table: column for table, column in rows if single[table] == 1}
        tables = CATALOG.databases[name].tables
        base = {key: each.key for key, each in tables.items() if each.schema == "public"}
        assert base == {key: keys[key] for key in base}
        told = {key: each.key for key, each in tables.items() if each.key}
        assert told.items() <= keys.items()


def test_every_key_of_another_database_is_a_reference(ask: Callable[[str], Rows]) -> None:
    foreign = ask(_FOREIGN)
    expected = {
        Place(database, table.name, column.name)
        for database, table, column in columns()
        if table.schema == "public"
        and column.name in _NAMED
        and not _NAMED[column.name].startswith(f"{database}.")
        and (table.name, column.name) not in foreign[database]
    }
    told = CATALOG.lineage()
    wrong = {place: told.get(place) for place in expected if place not in told}
    assert wrong == {}
    for place, targets in told.items():
        if place.column != "entity_id":
            assert [str(each) for each in targets] == [_NAMED[place.column]]


def test_references_point_to_the_key_of_another_database() -> None:
    for place, each in CATALOG.references():
        to = each.target
        assert to.database != place.database
        assert CATALOG.databases[to.database].tables[f"public.{to.table}"].key == to.column
    entities = [to for place, to in CATALOG.lineage().items() if place.column == "entity_id"]
    assert sorted(map(len, entities)) == [3, 5]


def test_what_the_warehouse_is_made_of_leads_down_to_columns() -> None:
    told = load_catalog(beside=["warehouse_db"]).lineage()
    amount = told[Place("warehouse_db", "fact_transaction", "amount")]
    assert [str(each) for each in amount] == ["accounts_db.transactions.amount"]
    facts = {place.table for place in told if place.database == "warehouse_db"}
    assert facts == {
        "dim_account", "dim_customer", "fact_account_snapshot", "fact_interaction",
        "fact_loan_schedule", "fact_transaction",
    }  # fmt: skip
    databases = {to.database for place, made in told.items() for to in made
                 if place.database == "warehouse_db"}  # fmt: skip
    assert len(databases) == 5  # compliance keeps nothing that the star shows


# ------------------------------------------------------------------- what is said of the columns


def test_personal_data_are_guarded() -> None:
    """A direct identifier is confidential at least, and so is all that is sensitive."""
    open_ones = [
        f"{database}.{table.name}.{column.name}"
        for database, table, column in columns()
        if column.pii in ("direct", "indirect", "financial", "employment", "sensitive", "free_text")
        and column.classification not in ("confidential", "restricted")
    ]
    assert open_ones == []


def test_a_name_means_the_same_personal_data_everywhere_unless_stated() -> None:
    kinds: dict[str, set[str | None]] = defaultdict(set)
    for _, _, column in columns():
        kinds[column.name].add(column.pii)
    assert {name: each for name, each in kinds.items() if len(each - {"none"}) > 1} == {}


def test_a_none_is_stated_only_where_a_namesake_is_personal() -> None:
    personal = {column.name for _, _, column in columns() if column.pii not in (None, "none")}
    stated = {column.name for _, _, column in columns() if column.pii == "none"}
    assert stated - personal == set()


def test_what_is_said_of_persons_agrees_with_the_columns() -> None:
    for _, table in CATALOG.tables():
        personal = any(each.pii not in (None, "none") for each in table.columns.values())
        subjects = set(table.properties["data_subject"])
        if not personal:
            assert subjects == {"none"} or table.name == "departments", table.name
        else:
            assert "none" not in subjects, table.name


def test_suspicious_activity_is_confined() -> None:
    """Whatever is marked as revealing a report is restricted, and nothing of its table is left."""
    for _, table, column in columns():
        if "sar-confidential" in table.tags:
            assert "sar-confidential" in column.tags, f"{table.name}.{column.name}"
        if "sar-confidential" in column.tags:
            assert column.classification == "restricted", f"{table.name}.{column.name}"
    ports = {port for each in CATALOG.products.values() for port in each.output_ports}
    tagged = {
        f"{database.name}.{table.schema}.{table.name}"
        for database, table in CATALOG.tables()
        if "sar-confidential" in table.tags
    }
    assert tagged and not ports & tagged


# ------------------------------------------------------------------------ nothing is for nothing


def test_every_term_is_used_or_named_by_another() -> None:
    used = {each for _, _, c in columns() for each in (*c.terms, c.classification_term)}
    used |= {each for _, table in CATALOG.tables() for each in table.terms}
    for term in CATALOG.terms.values():
        used |= {*term.inherits, *term.contains, *term.related}
    assert CATALOG.terms.keys() - used == set()


def test_every_tag_domain_owner_and_property_is_used() -> None:
    tables = [table for _, table in CATALOG.tables()]
    tags = {each for _, _, column in columns() for each in column.all_tags}
    assert CATALOG.tags.keys() == tags | {each for table in tables for each in table.tags}
    domains = {each.domain for each in tables}
    domains |= {each.parent for each in CATALOG.domains.values() if each.parent}
    assert CATALOG.domains.keys() == domains
    owners = {name for table in tables for name in table.owners.values()}
    groups = {name for each in CATALOG.users.values() for name in each.groups}
    assert CATALOG.users.keys() | CATALOG.groups.keys() == owners | groups
    assert all(CATALOG.properties.keys() == table.properties.keys() for table in tables)


def test_every_table_has_three_owners_a_term_and_a_product() -> None:
    held = {asset for each in CATALOG.products.values() for asset in each.assets}
    for database, table in CATALOG.tables():
        assert table.owners.keys() == {"business", "technical", "steward"}
        assert table.owners["steward"] in CATALOG.users
        assert table.terms, table.name
        named = f"{database.name}.{table.schema}.{table.name}"
        assert named in held or table.name == "as_of", named


def test_every_invariant_speaks_of_a_table_and_no_other_check_is_named() -> None:
    told = {each for _, table in CATALOG.tables() for each in table.checks}
    assert told == {each.id for each in catalogue() if each.section == INVARIANTS}


def test_verify_checks_every_reference() -> None:
    checks = {each.id for each in catalogue() if each.section == REFERENCES}
    assert {check_id(place, each) for place, each in CATALOG.references()} <= checks
    assert len(checks) == 54


def test_definitions_are_sentences_a_reader_can_use() -> None:
    for term in CATALOG.terms.values():
        assert term.definition.endswith(".") and len(term.definition) > 40, term.id
        # DataHub reads a dollar sign in a glossary as a variable of the environment.
        assert "$" not in term.definition + term.title, term.id
    titles = Counter(term.title for term in CATALOG.terms.values())
    assert [title for title, count in titles.items() if count > 1] == []
