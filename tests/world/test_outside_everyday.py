"""The preset everyday has the figures of its document, in its own window and in others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from math import sqrt
from statistics import fmean, pstdev

import pytest
from outside import INTEREST, PAYMENT, Data, Row, business, data, linked, months_before, statements

WINDOWS = [
    (42, date(2025, 5, 1), date(2025, 10, 31), 200),
    (7, date(2023, 9, 1), date(2024, 2, 29), 100),
    (3, date(2024, 7, 6), date(2025, 1, 1), 100),
]
PRICES = {"Netflix": "15.99", "Spotify": "10.99", "Amazon Prime": "14.99",
          "Gym Membership": "45.00", "Cloud Storage": "9.99"}  # fmt: skip
FOOD = {
    "FOOD_AND_DRINK_GROCERIES": (30, 150, {"Whole Foods", "Trader Joes", "Kroger", "Safeway"}),
    "FOOD_AND_DRINK_RESTAURANT": (12, 60, {"Chipotle", "Panera", "Local Diner", "Pizza Place"}),
    "FOOD_AND_DRINK_COFFEE": (4, 8, {"Starbucks", "Local Coffee", "Dunkin"}),
}
MONTH = 365.25 / 12


@pytest.fixture(params=WINDOWS, ids=lambda case: f"{case[0]}-{case[2]}")
def held(request: pytest.FixtureRequest) -> Data:
    """The data of a window."""
    return data("everyday", *request.param)


@pytest.fixture(scope="module")
def many() -> Data:
    """More users of the document's window, for shares."""
    return data("everyday", 5, date(2025, 5, 1), date(2025, 10, 31), 500)


def of(rows: Iterable[Row], **wanted: object) -> list[Row]:
    """Rows with these values, by date."""
    found = [r for r in rows if all(r[name] == value for name, value in wanted.items())]
    return sorted(found, key=lambda row: row["date"])


def off(share: float, count: int) -> float:
    """Three standard deviations of a share of so many."""
    return 3 * sqrt(share * (1 - share) / count)


def test_150_to_200_rows_a_user_and_users_differ(held: Data) -> None:
    counts = [len(rows) for rows in held.by_user(held.transactions).values()]
    assert 150 <= fmean(counts) <= 200 and pstdev(counts) >= 5
    assert sum(150 <= count <= 200 for count in counts) >= 0.99 * len(counts)


def test_accounts_follow_incomes_and_ages(many: Data) -> None:
    told, accounts = many.metadata(), many.by_user(many.accounts)
    kinds = {user: Counter(a["account_type"] for a in rows) for user, rows in accounts.items()}
    assert all(count["checking"] == 1 for count in kinds.values())
    assert sum(c["savings"] for c in kinds.values()) / 500 == pytest.approx(0.70, abs=0.01)
    assert sum(c["student_loan"] for c in kinds.values()) / 500 == pytest.approx(0.25, abs=0.01)
    young = [u for u in told if told[u]["age"] <= 35]
    assert sum(kinds[u]["student_loan"] for u in young) > 0.25 * len(young) + 3 * sqrt(
        0.25 * 0.75 * len(young)
    )
    cards = [
        fmean(kinds[u]["credit_card"] for u in told if told[u]["income_bracket"] == tier)
        for tier in ("low", "middle", "upper_middle", "high")
    ]
    assert cards == sorted(cards) and max(c["credit_card"] for c in kinds.values()) == 3


def test_shares_of_users_hold(many: Data) -> None:
    told = list(many.metadata().values())
    for name, shares in (
        ("income_bracket", {"low": 0.2, "middle": 0.4, "upper_middle": 0.3, "high": 0.1}),
        ("region", {"urban": 0.5, "suburban": 0.3, "rural": 0.2}),
        ("age_bracket", {"18-25": 0.2, "26-35": 0.3, "36-50": 0.35, "51+": 0.15}),
    ):
        counts = Counter(m[name] for m in told)
        assert {k: v / 500 for k, v in counts.items()} == pytest.approx(shares, abs=0.01)
    served = {r["user_id"] for r in many.transactions if r["merchant_name"] in PRICES}
    assert len(served) / 500 == pytest.approx(0.35, abs=0.01)
    events = Counter(label["life_event"] for label in many.labels)
    assert sum(v for k, v in events.items() if k) == pytest.approx(50, abs=2) and len(events) == 4
    cards = [owed for _, owed, _ in linked(many)]
    late = sum(owed["is_overdue"] for owed in cards) / len(cards)
    assert late == pytest.approx(0.05, abs=2 / len(cards) + 0.002)


def test_balances_are_months_of_income(held: Data) -> None:
    told = held.metadata()
    for user, accounts in held.by_user(held.accounts).items():
        month = told[user]["income"] / 12
        have = {a["account_type"]: float(a["balance_current"]) for a in accounts}
        assert month <= have["checking"] <= 3 * month
        assert "savings" not in have or have["checking"] < have["savings"] <= 24 * month


def test_cards_and_loans_are_within_the_document(held: Data) -> None:
    for account, owed, rows in linked(held):
        limit, used = account["balance_limit"], account["balance_current"]
        assert 500 <= limit <= 50_000 and limit % 100 == 0
        assert 0.3 <= used / limit <= 0.7, account
        assert 15.99 <= float(owed["apr_percentage"]) <= 24.99
        told = list(statements(held, account, owed, rows))
        shares = [s.paid / s.balance for s in told[2:] if s.paid is not None]
        assert all(0.02 <= share <= 0.5 for share in shares), (account, shares)
        assert 5 <= (held.last - owed["last_payment_date"]).days <= 25
        assert 5 <= (owed["next_payment_due_date"] - held.last).days <= 25
    for owed in [row for row in held.liabilities if row["liability_type"] == "student_loan"]:
        assert 150 <= owed["minimum_payment_amount"] == owed["last_payment_amount"] <= 400
        assert 4.5 <= float(owed["interest_rate"]) <= 7.5 and not owed["is_overdue"]
        assert owed["next_payment_due_date"] > held.last >= owed["last_statement_issue_date"]


def test_pay_comes_when_it_must(held: Data) -> None:
    told, labels = held.metadata(), {label["user_id"]: label for label in held.labels}
    for user, rows in held.by_user(held.transactions).items():
        paid = of(rows, category_detailed="INCOME_SALARY")
        label, pays = labels[user], 26 if labels[user]["pay_frequency"] == "biweekly" else 12
        assert {(r["merchant_name"], r["payment_channel"]) for r in paid} == {
            ("Employer Direct Deposit", "other")
        }
        share = [-float(r["amount"]) * pays / told[user]["income"] - 1 for r in paid]
        gaps = [(b["date"] - a["date"]).days for a, b in pairwise(paid)]
        if label["life_event"] == "job_change":
            assert gaps.count(28) == 1 and pays == 26
            turn = gaps.index(28) + 1
            assert abs(fmean(share[:turn]) - fmean(share[turn:])) >= 0.05
            share, gaps = share[turn:], gaps[:turn - 1] + gaps[turn:]
        assert max(map(abs, share)) <= 0.02
        low, high = (10, 18) if pays == 26 else (25, 36)
        assert all(low <= gap <= high for gap in gaps), (user, gaps)
        assert len(paid) == pytest.approx(held.days * pays / 365, abs=2)


def test_rent_and_utilities_are_monthly(held: Data) -> None:
    told = held.metadata()
    for user, rows in held.by_user(held.transactions).items():
        rent = of(rows, category_detailed="RENT_AND_UTILITIES_RENT")
        for row in rent:
            assert 0.25 <= float(row["amount"]) * 12 / told[user]["income"] <= 0.35
            firsts = [months_before(row["date"].replace(day=1), n) for n in (0, -1)]
            assert min(abs((row["date"] - first).days) for first in firsts) <= 2
        power = of(rows, category_detailed="RENT_AND_UTILITIES_GAS_AND_ELECTRICITY")
        mean = fmean(float(row["amount"]) for row in power)
        for row in power:
            assert 80 <= row["amount"] <= 150 and 13 <= row["date"].day <= 17
            assert abs(float(row["amount"]) / mean - 1) <= 0.1
        for bills in (rent, power):
            assert len(bills) == pytest.approx(held.days / MONTH, abs=1.3)


def test_services_cost_what_they_cost_every_month(held: Data) -> None:
    for rows in held.by_user(held.transactions).values():
        dates = defaultdict(list)
        for row in of(rows):
            if row["merchant_name"] in PRICES:
                assert str(row["amount"]) == PRICES[row["merchant_name"]]
                assert business(row["date"])
                dates[row["merchant_name"]].append(row["date"])
        assert len(dates) <= 3
        for days in dates.values():
            assert all(24 <= (b - a).days <= 36 for a, b in pairwise(days))
            assert len(days) == pytest.approx(held.days / MONTH, abs=1.4)


def test_food_costs_what_the_document_says(held: Data) -> None:
    for row in held.transactions:
        if row["category_detailed"] in FOOD:
            low, high, shops = FOOD[row["category_detailed"]]
            assert low <= row["amount"] <= high and row["merchant_name"] in shops
    for kind in FOOD:
        rows = of(held.transactions, category_detailed=kind)
        store = len(of(rows, payment_channel="in store")) / len(rows)
        assert 0.60 <= store <= 0.97
    assert 0.15 <= len(of(held.transactions, category_detailed="FOOD_AND_DRINK_GROCERIES")) / (
        len(held.users) * held.days
    ) <= 0.35


def test_students_and_high_incomes_drink_twice_the_coffee(many: Data) -> None:
    told, cups = many.metadata(), many.by_user(
        of(many.transactions, category_detailed="FOOD_AND_DRINK_COFFEE")
    )
    fond = {u for u, m in told.items()
            if m["life_stage"] == "student" or m["income_bracket"] == "high"}  # fmt: skip
    mean = [fmean(len(cups[u]) for u in told if (u in fond) == said) for said in (True, False)]
    assert mean[0] >= 2 * mean[1] > 0


def test_a_life_event_happens_to_those_who_are_said_to_have_one(held: Data) -> None:
    labels = {label["user_id"]: label["life_event"] for label in held.labels}
    main = {a["account_id"] for a in held.accounts if a["account_type"] == "checking"}
    usual = ("RENT_AND_UTILITIES", "LOAN_PAYMENTS", "TRANSFER_OUT", "MEDICAL")
    for user, rows in held.by_user(held.transactions).items():
        mine = [row for row in rows if row["account_id"] in main]
        ill = [r for r in mine if r["category_primary"] == "MEDICAL" and r["amount"] >= 500]
        large = [r for r in mine if r["category_primary"] not in usual and r["amount"] >= 800]
        assert len(ill) == (labels[user] == "medical_emergency")
        assert len(large) == (labels[user] == "large_purchase")
        assert all(row["amount"] <= 3000 for row in ill)


def test_weekends_and_seasons_show(many: Data) -> None:
    out = of(many.transactions, category_detailed="FOOD_AND_DRINK_RESTAURANT")
    days = Counter(row["date"].weekday() for row in out)
    assert (days[4] + days[5]) / (days[0] + days[1]) >= 1.25
    year = data("everyday", 9, date(2024, 11, 1), date(2025, 10, 31), 200)
    assert season(year, "TRAVEL", (6, 7), tuple({*range(1, 13)} - {6, 7})) >= 1.3
    assert season(year, "GENERAL_MERCHANDISE", (8, 9), (1, 2, 3, 4, 5, 6, 7, 10)) >= 1.15
    assert season(year, "GENERAL_MERCHANDISE", (11, 12), (1, 2, 3, 4, 5, 6, 7, 10)) >= 1.2


def season(held: Data, kind: str, hot: tuple[int, ...], plain: tuple[int, ...]) -> float:
    """Rows a month in some months beside others; tested where a year has both."""
    months = Counter(row["date"].month for row in of(held.transactions, category_primary=kind))
    return fmean(months[m] for m in hot) / fmean(months[m] for m in plain)


def test_cards_buy_goods_and_outings_often_online(held: Data) -> None:
    bought = [
        row for _, _, rows in linked(held) for row in rows
        if row["category_detailed"] not in (INTEREST, PAYMENT)
    ]  # fmt: skip
    online = len(of(bought, payment_channel="online")) / len(bought)
    assert online - off(online, len(bought)) >= 0.35
    kinds = {row["category_primary"] for row in bought}
    assert {"GENERAL_MERCHANDISE", "ENTERTAINMENT", "TRAVEL"} <= kinds
    assert not any(row["pending"] for row in held.transactions)


def test_savings_grow_by_transfers_and_interest(held: Data) -> None:
    rows = held.rows_of()
    for account in of_type(held, "savings"):
        mine = rows[account["account_id"]]
        put_by = of(mine, category_detailed="TRANSFER_IN_SAVINGS")
        assert len(put_by) == pytest.approx(held.days / MONTH, abs=1.4)
        earned = of(mine, category_detailed="INCOME_INTEREST_EARNED")
        assert all(row["amount"] < 0 for row in earned)
        assert {row["date"].month for row in earned} == {
            m for m in (3, 6, 9, 12) if any(
                held.first <= day <= held.last
                for year in range(held.first.year, held.last.year + 1)
                for day in [date(year, m, 28)]
            )
        }  # fmt: skip


def of_type(held: Data, kind: str) -> list[Row]:
    """Accounts of a kind."""
    return [account for account in held.accounts if account["account_type"] == kind]
