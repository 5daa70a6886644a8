"""Each formula of the features: what it gives at its edges, by hand, and on many odd users."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from fixtures.plaid_by_hand import features
from fixtures.plaid_rows import LAST, Person, batches, together

from dhub.plaid.features import FEATURES, books, measured

STREAMING = "ENTERTAINMENT_TV_AND_MOVIES"
SALARY = "INCOME_SALARY"
TO_SAVINGS, INTO_SAVINGS = "TRANSFER_OUT_SAVINGS", "TRANSFER_IN_SAVINGS"
INTEREST = "BANK_FEES_INTEREST_CHARGE"
Found = dict[tuple[str, int], dict[str, Any]]


def told(*people: Person, sign: str = "plaid") -> Found:
    """All feature columns of each user and window."""
    found: Found = {}
    for rows in measured(books(*batches(together(*people)), LAST, sign)).values():
        for row in rows.to_pylist():
            found.setdefault((row["user_id"], row["window_days"]), {}).update(row)
    return found


def of(person: Person, days: int = 180) -> dict[str, Any]:
    return told(person)[person.user, days]


def test_every_user_has_both_windows() -> None:
    first, second = Person(), Person("user_002")
    for table, rows in measured(books(*batches(together(first, second)), LAST)).items():
        found = [
            (row["user_id"], row["window_days"], row["window_start"], row["window_end"])
            for row in rows.to_pylist()
        ]
        assert found == [
            ("user_001", 30, date(2025, 10, 2), LAST),
            ("user_001", 180, date(2025, 5, 5), LAST),
            ("user_002", 30, date(2025, 10, 2), LAST),
            ("user_002", 180, date(2025, 5, 5), LAST),
        ], table


def test_a_user_without_a_row() -> None:
    assert of(Person(balance="500.00")) == {
        "user_id": "user_001", "window_days": 180, "window_start": date(2025, 5, 5),
        "window_end": LAST,
        "recurring_merchant_count": 0, "monthly_recurring_spend": 0, "subscription_share": None,
        "net_inflow": 0, "months_with_inflow": 0, "growth_rate": None,
        "emergency_fund_months": None,
        "card_count": 0, "utilization": None, "max_utilization": None, "interest_charges": 0,
        "minimum_payment_only": False, "any_overdue": False,
        "payroll_count": 0, "payroll_total": 0, "median_pay_gap_days": None, "amount_cv": None,
        "cash_buffer_months": None,
        "days_below_100": 0, "share_below_100": 0, "min_balance": 500, "max_balance": 500,
        "mean_balance": 500, "balance_volatility": 0, "swing_weeks": 0,
    }  # fmt: skip


def test_the_columns_are_those_of_the_manual() -> None:
    names = {table.name: [column.name for column in table.columns[4:]] for table in FEATURES}
    by_hand = features(together(Person()), LAST, "user_001", 180)
    assert names == {name: list(row) for name, row in by_hand.items()}


# Subscriptions.


def paying(*charges: tuple[int, str], category: str = STREAMING, **more: Any) -> Person:
    person = Person()
    for back, amount in charges:
        person.row(back, amount, category, **more)
    return person


def test_a_subscription_of_each_month() -> None:
    person = paying((5, "15.00"), (35, "15.00"), (65, "15.00"), (95, "15.00"))
    person.row(10, "45.00", "FOOD_AND_DRINK_GROCERIES", "Grocer")
    person.row(10, "500.00", TO_SAVINGS, None)
    person.row(10, "100.00", "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT", "Card")
    found = told(person)
    long, short = found["user_001", 180], found["user_001", 30]
    assert (long["recurring_merchant_count"], short["recurring_merchant_count"]) == (1, 1)
    assert long["monthly_recurring_spend"] == 10  # 60 in six months
    assert short["monthly_recurring_spend"] == 15
    assert long["subscription_share"] == pytest.approx(60 / 105)
    assert short["subscription_share"] == 15 / 60


def test_a_merchant_without_a_charge_in_the_window_is_not_counted() -> None:
    person = paying((30, "15.00"), (60, "15.00"), (90, "15.00"))
    assert of(person, 180)["recurring_merchant_count"] == 1
    short = of(person, 30)
    assert (short["recurring_merchant_count"], short["monthly_recurring_spend"]) == (0, 0)


@pytest.mark.parametrize(
    ("days", "recurs"),
    [
        ((0, 25, 50), True),
        ((0, 24, 48), False),
        ((0, 35, 70), True),
        ((0, 36, 72), False),
        ((0, 30), False),  # two charges
        ((0, 6, 12), True),
        ((0, 8, 16), True),
        ((0, 5, 10), False),
        ((0, 9, 18), False),
        ((0, 29, 58, 179), False),  # gaps 29, 29, 121: CV 0.73
        ((0, 30, 48, 78, 96), False),  # gaps 30, 18, 30, 18: median 24
        ((0, 21, 56), True),  # gaps 21, 35: median 28, CV exactly 0.25
        ((0, 20, 56), False),  # gaps 20, 36: CV 0.286
        ((0, 30, 60, 60), False),  # twice on a day: gaps 30, 30, 0
        ((119, 149, 179), True),
        ((120, 150, 180), False),  # the first lies before the 180 days
    ],
)
def test_what_recurs_by_its_days(days: tuple[int, ...], recurs: bool) -> None:
    person = paying(*((back, "12.00") for back in days))
    assert of(person)["recurring_merchant_count"] == recurs


@pytest.mark.parametrize(
    ("amounts", "recurs"),
    [
        (("9.00", "9.00", "11.00", "11.00"), True),  # CV exactly 0.10
        (("8.99", "9.00", "11.00", "11.00"), False),
        (("10.00", "10.00", "20.00"), False),
    ],
)
def test_what_recurs_by_its_amounts(amounts: tuple[str, ...], recurs: bool) -> None:
    person = paying(*((30 * place, each) for place, each in enumerate(amounts)))
    assert of(person)["recurring_merchant_count"] == recurs


@pytest.mark.parametrize(
    ("category", "recurs"),
    [
        ("RENT_AND_UTILITIES_RENT", False),
        ("LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT", False),
        ("LOAN_DISBURSEMENTS_BNPL", False),
        ("TRANSFER_OUT_SAVINGS", False),
        ("BANK_FEES_OTHER_BANK_FEES", False),
        ("GOVERNMENT_AND_NON_PROFIT_DONATIONS", False),
        ("GENERAL_SERVICES_INSURANCE", False),
        ("GENERAL_SERVICES_OTHER_GENERAL_SERVICES", True),
        (STREAMING, True),
    ],
)
def test_what_recurs_by_its_category(category: str, recurs: bool) -> None:
    person = paying(*((30 * place, "12.00") for place in range(4)), category=category)
    assert of(person)["recurring_merchant_count"] == recurs


def test_what_is_pending_money_in_nameless_or_on_a_card_does_not_recur() -> None:
    days = [(30 * place, "12.00") for place in range(4)]
    assert of(paying(*days, pending=True))["recurring_merchant_count"] == 0
    assert of(paying(*days, merchant=None))["recurring_merchant_count"] == 0
    assert of(paying(*((d, "-12.00") for d, _ in days)))["recurring_merchant_count"] == 0
    person = Person()
    card = person.account("credit_card", "48.00", "500.00")
    for back, amount in days:
        person.row(back, amount, STREAMING, account=card)
    found = of(person)
    assert (found["recurring_merchant_count"], found["subscription_share"]) == (0, 0)


def test_two_users_at_one_merchant_are_two() -> None:
    first = paying((0, "12.00"), (30, "12.00"))
    second = Person("user_002")
    second.row(60, "12.00", STREAMING)
    found = told(first, second)
    assert [each["recurring_merchant_count"] for each in found.values()] == [0, 0, 0, 0]


# Savings.


def test_what_is_put_aside() -> None:
    person = Person()
    kept = person.account("savings", "1500.00")
    hsa = person.account("hsa", "500.00")
    for back, amount in ((0, "200.00"), (29, "0.01"), (30, "199.99"), (75, "400.00")):
        person.row(back, amount, TO_SAVINGS, None)
        person.row(back, f"-{amount}", INTO_SAVINGS, None, kept)
    person.row(80, "150.00", "TRANSFER_OUT_WITHDRAWAL", None, kept)
    person.row(80, "-150.00", "TRANSFER_IN_SAVINGS", None)
    person.row(81, "-3.00", "INCOME_INTEREST_EARNED", None, kept)
    person.row(2, "-50.00", INTO_SAVINGS, None, hsa)
    found = told(person)
    long, short = found["user_001", 180], found["user_001", 30]
    assert long["net_inflow"] == pytest.approx(200 + 0.01 + 199.99 + 400 - 150 + 50)
    # Blocks from the end: 250.01, 199.99, 400 − 150 of which both lie in the third.
    assert (long["months_with_inflow"], short["months_with_inflow"]) == (2, 1)
    assert long["growth_rate"] == pytest.approx(703 / 1297)
    assert short["growth_rate"] == pytest.approx(250.01 / 1749.99)
    assert long["emergency_fund_months"] == pytest.approx(2000 / (800 / 6))
    assert short["emergency_fund_months"] == pytest.approx(2000 / 200.01)


def test_savings_that_were_nothing_before() -> None:
    person = Person()
    kept = person.account("money_market", "300.00")
    person.row(179, "-300.00", INTO_SAVINGS, None, kept)
    found = of(person)
    assert found["growth_rate"] is None and found["emergency_fund_months"] is None
    assert (found["net_inflow"], found["months_with_inflow"]) == (300, 1)
    person.row(180, "-0.01", INTO_SAVINGS, None, kept)
    assert of(person)["growth_rate"] is None  # 300.00 − 300.00 on the evening before the window


# Credit.


def test_the_use_of_cards() -> None:
    person = Person()
    card = person.account("credit_card", "2000.00", "4000.00")
    person.account("credit_card", "100.00", "1000.00")
    person.account("student_loan", "20000.00")
    person.row(3, "21.50", INTEREST, None, card)
    person.row(40, "20.00", INTEREST, None, card)
    person.row(41, "5.00", INTEREST, None)  # of checking: an overdraft, not of a card
    found = told(person)
    long, short = found["user_001", 180], found["user_001", 30]
    assert (long["card_count"], long["max_utilization"]) == (2, 0.5)
    assert long["utilization"] == 2100 / 5000
    assert (long["interest_charges"], short["interest_charges"]) == (41.5, 21.5)


ISSUED = date(2025, 10, 25)  # the statement before: 25 September, 36 days back


@pytest.mark.parametrize(
    ("statement", "paid", "only"),
    [
        ("2000.00", "40.00", True),
        ("2000.00", "42.00", True),  # 1.05 × 40
        ("2000.00", "42.01", False),
        ("1000.00", "26.25", True),  # 1.05 × 25
        ("1000.00", "26.26", False),
        ("20.00", "20.00", False),  # all of it
        ("20.00", "19.99", True),
        ("1250.00", "26.25", True),
        ("1251.00", "26.28", False),  # 1.05 × 25.02 = 26.271
        ("1251.00", "26.27", True),
        ("0.00", "0.00", False),
    ],
)
def test_whoever_pays_the_minimum_only(statement: str, paid: str, only: bool) -> None:
    person = Person()
    card = person.account("credit_card", "500.00", "4000.00")
    person.liability(card, paid, ISSUED)
    # Back to the evening of 25 September; what is on that day is in the statement.
    person.row(35, f"{500 - float(statement):.2f}", account=card)
    person.row(36, "77.00", account=card)
    person.row(1, "8.00", account=card, pending=True)
    assert of(person)["minimum_payment_only"] is only


@pytest.mark.parametrize(
    ("issued", "back"),
    [
        (date(2025, 10, 31), 31),  # 30 September: the month before is shorter
        (date(2025, 10, 30), 31),
        (date(2025, 10, 29), 32),
        (date(2025, 10, 1), 60),
    ],
)
def test_the_month_before_a_statement(issued: date, back: int) -> None:
    """Of 1,000.00 that are spent on a day, the statement of that evening has all."""
    for day, on_it in ((back, True), (back - 1, False)):
        person = Person()
        card = person.account("credit_card", "1000.00", "4000.00")
        person.row(day, "1000.00", account=card)
        person.liability(card, "25.00", issued)
        assert of(person)["minimum_payment_only"] is on_it


def test_liabilities_without_a_payment_or_a_card() -> None:
    person = Person()
    card = person.account("credit_card", "500.00", "1000.00")
    loan = person.account("student_loan", "20000.00")
    person.liability(card, None, ISSUED)
    person.liability(loan, "200.00", None)
    found = of(person)
    assert (found["minimum_payment_only"], found["any_overdue"]) == (False, False)
    person.liability(card, "25.00", None, overdue=True)
    found = of(person)
    assert (found["minimum_payment_only"], found["any_overdue"]) == (False, True)


# Income.


def test_pay() -> None:
    person = Person(balance="900.00")
    for back, amount in ((0, "-2000.00"), (0, "-1000.00"), (40, "-2000.00"), (100, "-3000.00")):
        person.row(back, amount, SALARY, "Works")
    person.row(5, "-80.00", "INCOME_OTHER_INCOME", "Works")
    person.row(31, "300.00")
    found = told(person)
    long, short = found["user_001", 180], found["user_001", 30]
    assert (long["payroll_count"], long["payroll_total"]) == (4, 8000)
    assert long["median_pay_gap_days"] == 50  # 40 and 60
    assert long["amount_cv"] == pytest.approx(0.5**0.5 / 2)
    assert (short["payroll_count"], short["median_pay_gap_days"]) == (2, None)
    assert short["amount_cv"] == pytest.approx(1 / 3)
    # 30 evenings: one of 900, five of −2,100 less 80 …, by hand below; 300 went out in W.
    evenings = [900] + [900 - 3000] * 5 + [900 - 3080] * 24
    assert long["cash_buffer_months"] == pytest.approx(sum(evenings) / 30 / (300 / 6))
    assert short["cash_buffer_months"] is None  # nothing went out


def test_one_payroll_has_no_spread() -> None:
    person = Person()
    person.row(3, "-2000.00", SALARY, "Works")
    found = of(person)
    assert (found["payroll_count"], found["amount_cv"], found["median_pay_gap_days"]) == (
        1, None, None,
    )  # fmt: skip
    person.row(33, "-2000.00", SALARY, "Works")
    assert (of(person)["amount_cv"], of(person)["median_pay_gap_days"]) == (0, 30)


# Cash flow.


def test_days_below_100() -> None:
    person = Person(balance="100.00")
    person.row(9, "-0.01")  # on the tenth day from the end: 99.99 before
    found = told(person)
    assert found["user_001", 30]["days_below_100"] == 20
    assert found["user_001", 180]["days_below_100"] == 170
    assert found["user_001", 180]["share_below_100"] == 170 / 180
    assert found["user_001", 30]["min_balance"] == 99.99


def test_exactly_54_of_180_days() -> None:
    person = Person(balance="50.00")
    person.row(53, "200.00")
    found = of(person)
    assert (found["days_below_100"], found["share_below_100"]) == (54, 0.3)
    assert found["mean_balance"] == pytest.approx((54 * 50 + 126 * 250) / 180)
    spread = (54 * 126) ** 0.5 / 180 * 200
    assert found["balance_volatility"] == pytest.approx(spread / 190)


def test_no_volatility_without_money() -> None:
    person = Person(balance="0.00")
    assert of(person)["balance_volatility"] is None
    assert of(Person(balance="-5.00"))["balance_volatility"] is None


@pytest.mark.parametrize(
    ("back", "amount", "swings"),
    [
        (0, "1400.00", 1),
        (0, "1399.99", 0),
        (6, "1400.00", 1),  # the evening before the block of seven days is looked at
        (7, "1400.00", 1),  # the second block, in whose evenings it lies
        (174, "1400.00", 1),  # the 25th block and last
        (175, "1400.00", 0),  # the evening before the 25th has it already
        (179, "1400.00", 0),
    ],
)
def test_swings_of_a_week(back: int, amount: str, swings: int) -> None:
    person = Person(balance="100.00")
    person.row(back, amount)
    assert of(person)["swing_weeks"] == swings


def test_a_swing_of_two_rows() -> None:
    person = Person(balance="100.00")
    person.row(3, "700.00")
    person.row(5, "700.00")
    assert of(person)["swing_weeks"] == 1
    apart = Person(balance="100.00")
    apart.row(3, "700.00")
    apart.row(8, "700.00")
    assert of(apart)["swing_weeks"] == 0


def test_the_banks_sign_changes_no_feature() -> None:
    plain, turned = odd_person(1), odd_person(1)
    for row in turned.rows["transactions"]:
        row["amount"] = -row["amount"]
    assert told(plain) == told(turned, sign="bank")
    assert told(plain) != told(turned)


# All of it.

MERCHANTS = ("Tunes", "Films", "Gym", "Grocer", None)
CATEGORIES = (
    STREAMING, "FOOD_AND_DRINK_GROCERIES", "RENT_AND_UTILITIES_RENT", INTEREST, SALARY,
    TO_SAVINGS, INTO_SAVINGS, "TRANSFER_OUT_WITHDRAWAL", "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT",
    "INCOME_INTEREST_EARNED", "GENERAL_SERVICES_INSURANCE",
)  # fmt: skip
KINDS = ("savings", "money_market", "hsa", "credit_card", "credit_card", "student_loan")


def odd_person(number: int) -> Person:
    """A user such as no bank has: any row on any account, with subscriptions among them."""
    chance = random.Random(number)
    person = Person(f"user_{number:03}", f"{chance.randint(-50, 4000)}.{chance.randint(0, 99):02}")
    for kind in chance.sample(KINDS, chance.randint(0, 4)):
        card = kind == "credit_card"
        limit = f"{chance.randint(1, 9) * 500}.00" if card else None
        name = person.account(kind, f"{chance.randint(0, 2500)}.37", limit)
        if kind in ("credit_card", "student_loan"):
            issued = chance.choice([None, date(2025, 10, chance.randint(1, 31))])
            paid = chance.choice([None, "25.00", "40.00", f"{chance.randint(0, 300)}.00"])
            person.liability(name, paid, issued, chance.random() < 0.1)
    accounts = [each["account_id"] for each in person.rows["accounts"]]
    for _ in range(chance.randint(0, 120)):
        amount = f"{chance.randint(-1500, 1500)}.{chance.randint(0, 99):02}"
        person.row(
            chance.randint(0, 200), amount, chance.choice(CATEGORIES), chance.choice(MERCHANTS),
            chance.choice(accounts), chance.random() < 0.1,
        )  # fmt: skip
    for merchant in chance.sample(("Radio", "News", "Meals"), chance.randint(0, 3)):
        gap, start = chance.choice((7, 30, 31)), chance.randint(0, 40)
        for place in range(chance.randint(2, 7)):
            back = start + gap * place + chance.randint(-1, 1)
            person.row(max(0, back), f"{chance.randint(95, 120) / 10:.2f}", STREAMING, merchant)
    return person


def about(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def test_many_odd_users_as_a_second_opinion_has_them() -> None:
    people = [odd_person(number) for number in range(1, 121)]
    rows, found = together(*people), told(*people)
    recurring = 0
    for person in people:
        for days in (30, 180):
            by_hand: dict[str, Any] = {}
            for part in features(rows, LAST, person.user, days).values():
                by_hand |= part
            row = found[person.user, days]
            near = {name: each if each is None else about(each) for name, each in by_hand.items()}
            assert {name: row[name] for name in by_hand} == near, (person.user, days)
            recurring += row["recurring_merchant_count"]
    assert recurring > 50  # the odd users are not so odd that nothing recurs
