"""Takes a database URL and a number of customers, gives the seconds that a plain script takes.

This is how such data is usually made: Faker for the values, `random` for the choices, one list of
tuples a table and `executemany`. Three tables only, amounts drawn evenly, balances left alone.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import psycopg
from faker import Faker

_TABLES = """
DROP TABLE IF EXISTS transactions, accounts, customers;
CREATE TABLE customers (
    customer_id bigint PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL,
    email text NOT NULL UNIQUE, phone text NOT NULL, date_of_birth date NOT NULL,
    street_address text NOT NULL, city text NOT NULL, state text NOT NULL,
    postal_code text NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE accounts (
    account_id bigint PRIMARY KEY, account_number text NOT NULL UNIQUE,
    customer_id bigint NOT NULL REFERENCES customers, account_type text NOT NULL,
    balance numeric(14,2) NOT NULL, opened_date date NOT NULL);
CREATE TABLE transactions (
    transaction_id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts,
    transaction_type text NOT NULL, amount numeric(14,2) NOT NULL,
    transaction_date timestamptz NOT NULL, description text NOT NULL);
"""
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def fill(url: str, customers: int) -> tuple[float, int]:
    """Make the tables, fill them, and give the seconds of filling and the rows."""
    with psycopg.connect(url) as conn:
        conn.execute(_TABLES)
        conn.commit()
        start = perf_counter()
        rows = _fill(conn, customers)
        conn.commit()
        return perf_counter() - start, rows


def _fill(conn: psycopg.Connection[Any], customers: int) -> int:
    fake = Faker()
    Faker.seed(42)
    random.seed(42)
    people = [_customer(fake, number) for number in range(1, customers + 1)]
    accounts = [
        _account(fake, number, customer)
        for number, customer in enumerate(random.sample(people, round(customers * 0.92)), 1)
    ]
    movements = [_movement(fake, account) for account in accounts for _ in range(15)]
    numbered = [(number, *movement) for number, movement in enumerate(movements, 1)]
    for table, rows in (("customers", people), ("accounts", accounts), ("transactions", numbered)):
        marks = ", ".join(["%s"] * len(rows[0]))
        conn.cursor().executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    return len(people) + len(accounts) + len(numbered)


def _customer(fake: Faker, number: int) -> tuple[Any, ...]:
    first, last = fake.first_name(), fake.last_name()
    joined = _NOW - timedelta(days=random.randint(0, 7 * 365))
    return (
        number, first, last, f"{first}.{last}{number}@example.com".lower(), fake.phone_number(),
        fake.date_of_birth(minimum_age=18, maximum_age=85), fake.street_address(), fake.city(),
        fake.state_abbr(), fake.postcode(), joined,
    )  # fmt: skip


def _account(fake: Faker, number: int, customer: tuple[Any, ...]) -> tuple[Any, ...]:
    kind = random.choices(["checking", "savings", "money_market"], [50, 30, 20])[0]
    balance = round(random.uniform(50, 25000), 2)
    return number, f"{number:06}{fake.bban()}", customer[0], kind, balance, customer[-1].date()


def _movement(fake: Faker, account: tuple[Any, ...]) -> tuple[Any, ...]:
    kind = random.choices(["deposit", "withdrawal", "transfer", "payment"], [40, 30, 20, 10])[0]
    when = _NOW - timedelta(seconds=random.randint(0, (_NOW.date() - account[-1]).days * 86400))
    return account[0], kind, round(random.uniform(20, 5000), 2), when, fake.company()
