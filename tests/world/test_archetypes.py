"""Users of the preset `archetypes` show their personas and no others, whatever the window.

Everything is measured on rows by the second reading in tests/personas.py. Margins are kept by
construction, not on the average, so that no tolerance is needed where none is given.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from personas import Row, features, misses, personas

from dhub.domains.plaid import DOMAIN, LABELS
from dhub.flow.encode import sliced
from dhub.world.calendar import is_business
from dhub.world.outside import plans
from dhub.world.outside.run import OutsideRun, outside_run, shards
from dhub.world.outside.users import users

LAST = date(2025, 11, 4)
FIRST = date(2025, 4, 4)
# Seed, last day, days of the window: seven months, the least there is, longer ones; ends of
# months, a leap day, holidays.
WINDOWS = (
    (42, LAST, 215), (7, date(2024, 2, 29), 180), (3, date(2025, 1, 1), 214),
    (11, date(2023, 12, 31), 187), (1999, date(2025, 5, 26), 230), (5, date(2024, 10, 14), 400),
    (123456, date(2025, 7, 6), 213), (8, date(2022, 11, 25), 199),
)  # fmt: skip
Tables = dict[str, pa.Table]


@lru_cache(maxsize=16)
def told(seed: int = 42, last: date = LAST, days: int = 215, count: int = 180) -> Tables:
    """The four tables and the labels of a data set."""
    run = run_of(seed, last, days)
    return {
        table.name: pa.Table.from_batches(
            [batch for shard in shards(run, count) for batch in sliced(table, shard)]
        )
        for table in (*DOMAIN.tables, LABELS)
    }


def run_of(seed: int, last: date, days: int) -> OutsideRun:
    return outside_run("archetypes", seed, last - timedelta(days=days - 1), last)


@lru_cache(maxsize=16)
def measured(
    seed: int = 42, last: date = LAST, days: int = 215, count: int = 180
) -> dict[str, Row]:
    return features(told(seed, last, days, count), last)


def labels(tables: Tables) -> dict[str, Row]:
    return {row["user_id"]: row for row in tables["labels"].to_pylist()}


def own(label: Row) -> frozenset[str]:
    return frozenset((label["personas"] or "").split("|")) - {""}


def edge_users(tables: Tables, name: str) -> list[str]:
    found = [user for user, label in labels(tables).items() if label["edge_case"] == name]
    assert found
    return found


def rows_of(tables: Tables, user: str) -> list[Row]:
    return [row for row in tables["transactions"].to_pylist() if row["user_id"] == user]


def asked(tables: Tables, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as db:
        for name, table in tables.items():
            db.register(name, table)
        return db.execute(sql).fetchall()


@pytest.mark.parametrize(("seed", "last", "days"), WINDOWS)
def test_own_thresholds_are_met_and_others_kept_away_from(
    seed: int, last: date, days: int
) -> None:
    said, found = labels(told(seed, last, days)), measured(seed, last, days)
    wrong = {
        user: (label["archetype"], missed)
        for user, label in said.items()
        if label["edge_case"] is None and (missed := misses(found[user], own(label)))
    }
    assert wrong == {}
    assert {user: personas(found[user]) for user in said} == {
        user: own(label) for user, label in said.items()
    }


@pytest.mark.parametrize(("seed", "last", "days"), WINDOWS)
def test_who_lives_from_pay_to_pay_begins_with_little(seed: int, last: date, days: int) -> None:
    tables = told(seed, last, days)
    poor = {user for user, label in labels(tables).items() if "P5" in own(label)}
    before = asked(tables, """
        select user_id, any_value(balance_current) + sum(amount)
        from accounts join transactions using (account_id, user_id)
        where account_type = 'checking' group by 1""")
    assert all(50 <= balance <= 200 for user, balance in before if user in poor)


def test_merchants_are_those_of_the_document() -> None:
    names = set(told()["transactions"].column("merchant_name").to_pylist())
    assert names >= {
        "Netflix", "Spotify", "Gym", "Cloud Storage", "News", "Meal Kit", "PAYROLL ACH",
        "Whole Foods", "Safeway", "Trader Joe's", "Shell", "Chevron", "BP", "Electric", "Water",
        "Internet", "Amazon", "Target", "Walmart", "Pharmacy", "Doctor",
    }  # fmt: skip


@pytest.mark.parametrize(("seed", "last", "days"), WINDOWS)
def test_edge_users_are_exact(seed: int, last: date, days: int) -> None:
    tables, found = told(seed, last, days), measured(seed, last, days)
    for user in edge_users(tables, "utilization_50"):
        assert found[user]["max_utilization"] == 0.5 and found[user]["card_count"] == 1
    for user in edge_users(tables, "merchants_3"):
        assert found[user]["recurring_merchant_count"] == 3
        assert found[user]["monthly_recurring_spend"] >= 50
    for user in edge_users(tables, "low_balance_30"):
        assert found[user]["days_below_100"] == 54
    for user in edge_users(tables, "gap_45"):
        assert found[user]["median_pay_gap_days"] == 45
        assert found[user]["cash_buffer_months"] < 1
        assert found[user]["payroll_count"] >= 3
    card = "select balance_current, balance_limit from accounts where balance_limit is not null"
    for user in edge_users(tables, "utilization_50"):
        ((owed, most),) = asked(tables, f"{card} and user_id = '{user}'")
        assert (float(owed), float(most)) == (2000.0, 4000.0)


def test_edge_users_stand_at_their_places() -> None:
    said = list(labels(told()).values())
    places = {place + 1: row["edge_case"] for place, row in enumerate(said) if row["edge_case"]}
    first = {
        3: "utilization_50", 6: "no_consent_p1", 10: "merchants_3", 13: "low_balance_30",
        20: "no_transactions", 27: "only_pending", 33: "cash_only", 83: "gap_45",
    }  # fmt: skip
    assert places == first | {place + 90: name for place, name in first.items()}
    consent = told()["users"].column("consent_status").to_pylist()
    assert [consent[place - 1] for place in (6, 96)] == [False, False]


def test_users_whose_accounts_hardly_move() -> None:
    tables = told()
    for user in edge_users(tables, "no_transactions"):
        assert rows_of(tables, user) == []
        assert asked(tables, f"select count(*) from accounts where user_id = '{user}'") == [(1,)]
    pending = edge_users(tables, "only_pending")
    for user in pending:
        rows = rows_of(tables, user)
        assert len(rows) >= 2 and all(row["pending"] for row in rows)
        assert all(LAST - timedelta(days=4) <= row["date"] <= LAST for row in rows)
    waiting = {row["user_id"] for row in tables["transactions"].to_pylist() if row["pending"]}
    assert waiting == set(pending)


def test_who_lives_on_cash_has_nothing_else() -> None:
    tables = told()
    for user in edge_users(tables, "cash_only"):
        rows = rows_of(tables, user)
        out = [row for row in rows if row["category_detailed"] == "TRANSFER_OUT_WITHDRAWAL"]
        into = [row for row in rows if row["category_detailed"] == "TRANSFER_IN_DEPOSIT"]
        assert out and into and len(out) + len(into) == len(rows)
        assert all(row["amount"] > 0 and row["amount"] % 20 == 0 for row in out)
        assert all(row["amount"] < 0 for row in into)
        kinds = asked(tables, f"select account_type from accounts where user_id = '{user}'")
        assert kinds == [("checking",)]
        assert asked(tables, f"select * from liabilities where user_id = '{user}'") == []


def test_the_pattern_gives_the_counts_of_the_document() -> None:
    said = [row["archetype"] for row in labels(told()).values()]
    names = ("high_utilizer", "variable_income", "subscription_heavy", "savings_builder",
             "cash_flow_stressed", "multi_persona", "stable", "edge_cases")  # fmt: skip
    assert [Counter(said[:75])[name] for name in names] == [15, 10, 10, 10, 8, 10, 5, 7]
    assert [Counter(said[:90])[name] for name in names] == [18, 12, 12, 12, 10, 12, 6, 8]
    assert said[:90] == said[90:]


@pytest.mark.parametrize("count", [50, 61, 75, 90])
def test_every_persona_is_shown_by_five_users(count: int) -> None:
    found = list(measured().values())[:count]
    shown = Counter(name for row in found for name in personas(row))
    assert set(shown) == {"P1", "P2", "P3", "P4", "P5"} and min(shown.values()) >= 5


def test_several_combinations_occur() -> None:
    said = list(labels(told()).values())[:75]
    several = {own(row) for row in said if row["archetype"] == "multi_persona"}
    assert len(several) >= 3 and frozenset({"P1", "P5"}) in several
    assert all(len(names) > 1 for names in several)


@pytest.mark.parametrize("seed", [42, 1, 2, 3])
def test_sizes_are_those_of_the_document(seed: int) -> None:
    tables = told(seed, count=75)
    assert 140 <= len(tables["accounts"]) <= 220
    assert 3_000 <= len(tables["transactions"]) <= 8_000
    kinds = set(tables["accounts"].column("account_type").to_pylist())
    assert {"money_market", "hsa", "savings", "student_loan"} <= kinds


def test_each_full_month_has_two_to_thirty_rows() -> None:
    for seed, last, days in WINDOWS:
        first = last - timedelta(days=days - 1)
        counts = asked(told(seed, last, days), f"""
            select count(*) from transactions
            where date >= date_trunc('month', date '{first}' + interval 1 month)
              and date < date_trunc('month', date '{last}') and not pending
            group by user_id, date_trunc('month', date)""")
        found = [count for (count,) in counts]
        assert min(found) >= 2 and max(found) <= 30


AMOUNTS = {
    "INCOME_SALARY": (2000, 8000), "FOOD_AND_DRINK_GROCERIES": (30, 200),
    "FOOD_AND_DRINK_RESTAURANT": (15, 80), "RENT_AND_UTILITIES_RENT": (1000, 3000),
    "LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT": (150, 400),
}  # fmt: skip


@pytest.mark.parametrize("category", AMOUNTS)
def test_amounts_are_those_of_the_document(category: str) -> None:
    low, high = AMOUNTS[category]
    for seed, last, days in WINDOWS:
        ((least, most),) = asked(told(seed, last, days), f"""
            select min(abs(amount)), max(abs(amount)) from transactions
            where category_detailed = '{category}'""")
        assert low <= least and most <= high


def test_subscriptions_cost_five_to_fifty_dollars() -> None:
    names = ("Netflix", "Spotify", "Gym", "Cloud Storage", "News", "Meal Kit", "Amazon Prime")
    found = asked(told(), f"""
        select merchant_name, min(amount), max(amount) from transactions
        where merchant_name in {names} group by 1""")
    assert {name for name, _, _ in found} == set(names)
    assert all(least >= 5 and most <= 50 for _, least, most in found)


def test_pay_bills_and_transfers_come_on_business_days() -> None:
    for seed, last, days in WINDOWS:
        dates = asked(told(seed, last, days), """
            select distinct date from transactions
            where starts_with(category_primary, 'TRANSFER_') or category_primary in
              ('INCOME', 'RENT_AND_UTILITIES', 'LOAN_PAYMENTS')""")
        assert is_business(np.array([day for (day,) in dates], dtype="datetime64[D]")).all()


def test_no_evening_is_below_zero_and_no_card_above_its_limit() -> None:
    for seed, last, days in WINDOWS:
        # The evening of each day with rows, and the one before it: nothing moves in between.
        found = asked(told(seed, last, days), """
            with daily as (
              select account_id, date, sum(amount) as paid from transactions
              where not pending group by all),
            held as (
              select account_type, balance_limit, account_type = 'credit_card' as card,
                     balance_current as last, coalesce(sum(paid) over (
                       partition by account_id order by date desc
                       rows between unbounded preceding and 1 preceding), 0) as later,
                     sum(paid) over (partition by account_id order by date desc) as from_here
              from daily join accounts using (account_id)),
            evenings as (
              select account_type, balance_limit, card,
                     unnest([last + if(card, -later, later),
                             last + if(card, -from_here, from_here)]) as balance
              from held)
            select account_type, min(balance), max(if(card, balance - balance_limit, 0))
            from evenings group by 1""")
        assert {name for name, _, _ in found} >= {"checking", "savings", "credit_card"}
        assert all(least >= 0 and above <= 0 for _, least, above in found)


def test_only_who_shows_p1_pays_late() -> None:
    late, all_cards = 0, 0
    for seed, last, days in WINDOWS:
        tables = told(seed, last, days)
        said = labels(tables)
        rows = asked(tables, "select user_id, is_overdue from liabilities")
        assert all("P1" in own(said[user]) for user, overdue in rows if overdue)
        late += sum(overdue for _, overdue in rows)
        all_cards += len(rows)
    # A twentieth: places decide, so that only the number of cards varies.
    assert 0.02 <= late / all_cards <= 0.08


def test_incomes_keep_their_mix_and_are_what_payrolls_pay_out() -> None:
    found = Counter()
    for seed, last, days in WINDOWS:
        for shard in shards(run_of(seed, last, days), 500):
            found.update(users(shard).income_bracket.tolist())
    whole = sum(found.values())
    shares = [found[tier] / whole for tier in range(4)]
    assert np.allclose(shares, [0.20, 0.40, 0.30, 0.10], atol=0.004)  # a mix is off by < 2 in 500
    run = run_of(42, LAST, 365)
    income = np.concatenate([users(shard).income[:180] for shard in shards(run, 180)])
    paid = {user: float(row["payroll_total"]) for user, row in
            features(told(42, LAST, 365), LAST, 365).items()}  # fmt: skip
    often = [label["pay_frequency"] for label in labels(told(42, LAST, 365)).values()]
    part = np.array(list(paid.values())) / income
    # A year holds 12 or 13 paydays of a month's pay, 26 or 27 of a fortnight's.
    for name, near in (("monthly", 1 / 11), ("biweekly", 1 / 25), ("irregular", 0.2)):
        some = np.array([one == name for one in often])
        assert some.any() and np.abs(part[some] - 1).max() <= near


def test_features_of_a_changed_user_are_missed() -> None:
    """The second reading sees what it must: a subscription less, an evening more below the line."""
    tables = told()
    said = labels(tables)
    heavy = next(user for user in said if own(said[user]) == {"P3"} and not said[user]["edge_case"])
    rows = tables["transactions"].to_pylist()
    kept = [row for row in rows if row["user_id"] == heavy and row["merchant_name"] not in
            ("Gym", "Meal Kit", "Netflix", "Spotify")]  # fmt: skip
    changed = tables | {"transactions": pa.Table.from_pylist(kept, tables["transactions"].schema)}
    assert misses(features(changed, LAST)[heavy], frozenset({"P3"})) == ["own P3"]
    stable = next(user for user in said if said[user]["archetype"] == "stable")
    lowered = [row | ({"balance_current": row["balance_current"] - 1_000_000}
                      if row["user_id"] == stable and row["account_type"] == "checking" else {})
               for row in tables["accounts"].to_pylist()]  # fmt: skip
    poor = tables | {"accounts": pa.Table.from_pylist(lowered, tables["accounts"].schema)}
    assert "other P5" in misses(features(poor, LAST)[stable], frozenset())


def test_fewer_users_are_a_prefix_and_slices_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many, few = told(count=520), told(count=37)
    monkeypatch.setattr(plans, "_WHOLE", 5)
    told.cache_clear()
    sliced_anew = told(count=37)
    assert sliced_anew is not few
    for name, rows in few.items():
        assert 0 < len(rows) < len(many[name]) and rows.equals(many[name].slice(0, len(rows))), name
        assert sliced_anew[name].equals(rows), name
