"""Accounts and the ledger as plots: who holds how much, when money moves, and in which amounts."""

from __future__ import annotations

from math import log10

from dhub.verify.report import charts
from dhub.verify.report.plot import Chapter, Drawing, Plot, Rows, money, share, words
from dhub.words import counted

_IN_OUT = ("money in", "money out")
_BOOKED = ("by ACH", "other channels")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

# A label of an axis whose places are logarithms; d3's SI prefix of a dime would be "100m".
_POWER = "format(pow(10, datum.value), datum.value < 0 ? '$.2f' : '$~s')"

# What a customer decides; salaries, interest, fees and payouts follow rules of their own.
_OWN = """transaction_type IN ('deposit', 'withdrawal', 'payment', 'transfer_out')
    AND NOT (transaction_type = 'deposit' AND channel = 'ach')"""

_BALANCES = """
SELECT account_type, count(*) AS n, sum(balance) AS total,
    quantile_cont(CAST(balance AS DOUBLE), 0.1) AS low,
    quantile_cont(CAST(balance AS DOUBLE), 0.25) AS q1,
    quantile_cont(CAST(balance AS DOUBLE), 0.5) AS mid,
    quantile_cont(CAST(balance AS DOUBLE), 0.75) AS q3,
    quantile_cont(CAST(balance AS DOUBLE), 0.9) AS high
FROM accounts_db.accounts WHERE status <> 'closed' AND currency = 'USD' AND balance >= 1
GROUP BY account_type ORDER BY n DESC, account_type"""


def _balances(rows: Rows) -> Drawing:
    drawn = [
        {
            **row,
            "y": words(row["account_type"]),
            "tip": f"{words(row['account_type'])}: {row['n']:,} accounts, median "
            f"{money(row['mid'])}, middle half {money(row['q1'])} to {money(row['q3'])}",
        }
        for row in rows
    ]
    says = (
        "Open accounts in US dollars: the median (tick), the middle half (box), "
        f"eight in ten (line). Together they hold {money(sum(row['total'] for row in rows))}."
    )
    return Drawing(charts.ranges(drawn, "balance", form="$~s", log=True), says)


_HELD = """
WITH held AS (
    SELECT customer_id, sum(balance) AS deposits FROM accounts_db.accounts
    WHERE status <> 'closed' AND currency = 'USD' GROUP BY customer_id
), ranked AS (
    SELECT deposits, ntile(20) OVER (ORDER BY deposits) AS twentieth FROM held
)
SELECT twentieth, sum(deposits) AS deposits FROM ranked GROUP BY twentieth ORDER BY twentieth"""


def _held(rows: Rows) -> Drawing:
    total = sum(row["deposits"] for row in rows) or 1.0
    points = [{"x": 0.0, "y": 0.0, "of": "held", "tip": "none"}]
    for row in rows:
        below = points[-1]["y"] + row["deposits"] / total
        at = row["twentieth"] / 20
        tip = f"the poorer {at:.0%} of depositors hold {below:.1%}"
        points.append({"x": at, "y": below, "of": "held", "tip": tip})
    equal = [{"x": x, "y": x, "of": "if all held the same", "tip": "equal"} for x in (0.0, 1.0)]
    spec = charts.lines(
        points + equal,
        "customers, poorest first",
        "share of deposits",
        form=".0%",
        points=False,
        colours=("var(--c1)", "var(--muted)"),
    )
    top = sum(row["deposits"] for row in rows[-2:]) / total
    return Drawing(
        spec, f"The richest tenth of depositors holds {top:.0%} of all dollars deposited."
    )


_AGES = """
WITH held AS (
    SELECT customer_id, sum(CAST(balance AS DOUBLE)) AS deposits FROM accounts_db.accounts
    WHERE status <> 'closed' AND currency = 'USD' GROUP BY customer_id
)
SELECT least(greatest(date_diff('year', date_of_birth, as_of()), 20), 70) // 10 * 10 AS age,
    count(*) AS n, avg(deposits) AS mean, median(deposits) AS middle
FROM held JOIN accounts_db.customers USING (customer_id) GROUP BY ALL ORDER BY age"""


def _ages(rows: Rows) -> Drawing:
    def name(age: int) -> str:
        return "under 30" if age < 30 else f"{age} +" if age >= 70 else f"{age}–{age + 9}"

    kinds = (("mean", "mean"), ("middle", "median"))
    drawn = [
        {
            "x": name(row["age"]),
            "y": row[kind],
            "of": called,
            "tip": f"{name(row['age'])}: {called} {money(row[kind])}, "
            f"{counted(row['n'], 'customer')}",
        }
        for row in rows
        for kind, called in kinds
    ]
    series = [called for _, called in kinds]
    spec = charts.columns(drawn, "age", "deposits", form="$~s", series=series, beside=True)
    return Drawing(spec, "Mean and median of what depositors of an age hold, in US dollars.")


_TYPES = """
SELECT transaction_type, direction, count(*) AS n
FROM accounts_db.transactions JOIN accounts_db.transaction_types USING (transaction_type)
GROUP BY ALL ORDER BY n DESC, transaction_type"""


def _types(rows: Rows) -> Drawing:
    drawn = [
        {
            "y": words(row["transaction_type"]),
            "x": row["n"],
            "of": _IN_OUT[row["direction"] < 0],
            "label": f"{row['n']:,}",
            "tip": f"{words(row['transaction_type'])}: {row['n']:,}",
        }
        for row in rows
    ]
    total = sum(row["n"] for row in rows)
    credits = sum(row["n"] for row in rows if row["direction"] > 0)
    spec = charts.rows_of(drawn, "transactions", series=_IN_OUT)
    return Drawing(spec, f"{share(credits, total)} of {total:,} transactions bring money in.")


_MONTHS = """
SELECT date_trunc('month', CAST(transaction_date AS DATE)) AS month,
    CASE WHEN direction = 1 THEN 'money in' ELSE 'money out' END AS way,
    count(*) AS n
FROM accounts_db.transactions JOIN accounts_db.transaction_types USING (transaction_type)
GROUP BY ALL ORDER BY month, way"""


def _months(rows: Rows) -> Drawing:
    drawn = [
        {
            "x": str(row["month"])[:7],
            "y": row["n"],
            "of": row["way"],
            "tip": f"{str(row['month'])[:7]}, {row['way']}: {row['n']:,} transactions",
        }
        for row in rows
    ]
    months = list(dict.fromkeys(row["x"] for row in drawn))
    every = [month for month in months if month.endswith("-01")] or months[:1]
    spec = charts.columns(
        drawn, None, "transactions", series=_IN_OUT, every=every[:: 1 + len(every) // 8]
    )
    spec["layer"][0]["encoding"]["x"]["axis"]["labelExpr"] = "slice(datum.label, 0, 4)"
    total = sum(row["n"] for row in rows)
    recent = sum(row["y"] for row in drawn if row["x"] in months[-12:])
    says = f"{total:,} transactions in {len(months)} months"
    return Drawing(spec, f"{says}; {share(recent, total)} of them in the last twelve.")


# Converted by the hour, which is a hundredth of the rows.
_HOURS = """
WITH hours AS (
    SELECT channel, home.branch_code AS branch_code,
        date_trunc('hour', transaction_date) AS utc, count(*) AS n
    FROM accounts_db.transactions JOIN accounts_db.accounts home USING (account_id)
    WHERE channel IN ('card', 'branch') GROUP BY ALL
)
SELECT hour(utc AT TIME ZONE 'UTC' AT TIME ZONE time_zone) AS hour,
    CASE channel WHEN 'card' THEN 'cards' ELSE 'counters' END AS of, sum(n) AS n
FROM hours JOIN employees_db.branches USING (branch_code) GROUP BY ALL ORDER BY of, hour"""


def _hours(rows: Rows) -> Drawing:
    total = {of: sum(row["n"] for row in rows if row["of"] == of) for of in ("cards", "counters")}
    found = {(row["of"], row["hour"]): row["n"] for row in rows}
    drawn = [
        {
            "x": hour,
            "y": found.get((of, hour), 0) / count,
            "of": of,
            "tip": f"{hour}–{hour + 1} o'clock, {of}: {found.get((of, hour), 0):,}",
        }
        for of, count in total.items()
        if count
        for hour in range(24)
    ]
    spec = charts.lines(
        drawn,
        "hour of the day",
        "share of the movements",
        form=".0%",
        order=range(24),
        points=False,
    )
    busiest = max((hour for of, hour in found if of == "cards"),
                  key=lambda hour: found["cards", hour], default=0)  # fmt: skip
    says = "By the clock of the home branch: counters keep office hours, cards do not;"
    return Drawing(spec, f"{says} their busiest hour begins at {busiest}.")


# Quantiles hold all their rows: of more than a million, one in so many tells as much.
_SHOPS = """
SELECT category, n, q[1] AS low, q[2] AS q1, q[3] AS mid, q[4] AS q3, q[5] AS high
FROM (SELECT category, count(*) AS n, quantile_cont(CAST(amount AS DOUBLE),
          [0.1, 0.25, 0.5, 0.75, 0.9]) FILTER (hash(transaction_id) % every = 0) AS q
      FROM accounts_db.transactions CROSS JOIN
          (SELECT greatest(1, count(*) // 500_000) AS every FROM accounts_db.transactions)
      WHERE category IS NOT NULL GROUP BY category)
ORDER BY n DESC, category LIMIT 12"""


def _shops(rows: Rows) -> Drawing:
    drawn = [
        {
            **row,
            "y": words(row["category"]),
            "tip": f"{words(row['category'])}: {row['n']:,} payments, median {money(row['mid'])}, "
            f"middle half {money(row['q1'])} to {money(row['q3'])}",
        }
        for row in sorted(rows, key=lambda row: row["mid"])
    ]
    says = "The kinds that are paid most often: the median, the middle half, eight in ten."
    return Drawing(charts.ranges(drawn, "amount", form="$~s", log=True), says)


_WEEK = """
SELECT isodow(CAST(transaction_date AS DATE)) AS day,
    CASE WHEN channel = 'ach' THEN 'by ACH' ELSE 'other channels' END AS booked, count(*) AS n
FROM accounts_db.transactions GROUP BY ALL ORDER BY day, booked"""


def _week(rows: Rows) -> Drawing:
    drawn = [
        {
            "x": _WEEKDAYS[row["day"] - 1],
            "y": row["n"],
            "of": row["booked"],
            "tip": f"{_WEEKDAYS[row['day'] - 1]}, {row['booked']}: {row['n']:,}",
        }
        for row in rows
    ]
    spec = charts.columns(drawn, None, "transactions", order=_WEEKDAYS, series=_BOOKED)
    late = sum(row["n"] for row in rows if row["day"] > 5 and row["booked"] == "by ACH")
    settled = sum(row["n"] for row in rows if row["booked"] == "by ACH")
    says = f"Of {settled:,} ACH entries, payroll among them, {f'{late:,}' if late else 'none'}"
    return Drawing(spec, f"{says} {'fall' if late > 1 else 'falls'} on a weekend.")


_PAYDAYS = """
SELECT day(CAST(transaction_date AS DATE)) AS day, count(*) AS n
FROM accounts_db.transactions
WHERE channel = 'ach' AND (transaction_type = 'salary' OR transaction_type = 'deposit')
GROUP BY ALL ORDER BY day"""


def _paydays(rows: Rows) -> Drawing:
    total = sum(row["n"] for row in rows)
    drawn = [
        {"x": row["day"], "y": row["n"], "tip": f"day {row['day']}: {row['n']:,}"} for row in rows
    ]
    spec = charts.columns(
        drawn,
        "day of the month",
        "salaries",
        order=list(range(1, 32)),
        every=(1, 5, 10, 15, 20, 25, 30),
    )
    best = sorted(rows, key=lambda row: -row["n"])[:4]
    days = ", ".join(str(row["day"]) for row in sorted(best, key=lambda row: row["day"]))
    part = share(sum(row["n"] for row in best), total)
    return Drawing(spec, f"Pay arrives on few days: {part} of it on the days {days}.")


_AMOUNTS = """
SELECT floor(log10(amount) * 4) / 4 AS bin, direction, count(*) AS n
FROM accounts_db.transactions JOIN accounts_db.transaction_types USING (transaction_type)
WHERE amount > 0 GROUP BY ALL ORDER BY bin, direction"""


def _amounts(rows: Rows) -> Drawing:
    drawn = [
        {
            "x": row["bin"],
            "y": row["n"],
            "of": _IN_OUT[row["direction"] < 0],
            "tip": f"{money(10 ** row['bin'])} to {money(10 ** (row['bin'] + 0.25))}, "
            f"{_IN_OUT[row['direction'] < 0]}: {row['n']:,}",
        }
        for row in rows
    ]
    first, last = (round(4 * drawn[place]["x"]) for place in (0, -1))
    order = [place / 4 for place in range(first, last + 1)]
    spec = charts.columns(
        drawn,
        "amount, each bar a quarter of a power of ten",
        "transactions",
        order=order,
        series=_IN_OUT,
        every=[x for x in order if x == int(x)],
    )
    # The places are logarithms; the labels say the amounts.
    spec["layer"][0]["encoding"]["x"]["axis"]["labelExpr"] = _POWER
    return Drawing(spec, "All amounts, in their own currency, on a logarithmic axis.")


_DIGITS = f"""
SELECT CAST(floor(amount / pow(10, floor(log10(amount)))) AS INTEGER) AS digit, count(*) AS n
FROM accounts_db.transactions WHERE amount > 0 AND {_OWN} GROUP BY ALL ORDER BY digit"""


def _digits(rows: Rows) -> Drawing:
    total = sum(row["n"] for row in rows)
    found = {row["digit"]: row["n"] / total for row in rows}
    law = {digit: log10(1 + 1 / digit) for digit in range(1, 10)}
    bars = [
        {"x": d, "y": found.get(d, 0.0), "tip": f"{d}: found {found.get(d, 0.0):.1%}"} for d in law
    ]
    curve = [{"x": d, "y": y, "tip": f"{d}: Benford {y:.1%}"} for d, y in law.items()]
    spec = charts.columns(bars, "first digit", "share of amounts", form=".0%", curve=curve)
    away = sum(abs(found.get(d, 0.0) - y) for d, y in law.items()) / 9
    says = f"Amounts that customers choose (bars, {total:,}) beside Benford's law (curve)."
    return Drawing(spec, f"{says} Mean absolute deviation {away:.4f}; up to 0.015 is close.")


_HERE = ("on an account here", "elsewhere")
_BETWEEN = """
SELECT 'instalments' AS flow, transaction_id IS NOT NULL AS here, count(*) AS n,
    sum(paid_amount) AS amount
FROM loans_db.repayment_schedule WHERE payment_date IS NOT NULL GROUP BY ALL
UNION ALL SELECT 'loans paid out', disbursement_transaction_id IS NOT NULL, count(*),
    sum(principal_amount) FROM loans_db.loans GROUP BY ALL
UNION ALL SELECT 'premiums', transaction_id IS NOT NULL, count(*), sum(amount)
FROM insurance_db.premium_payments WHERE payment_date IS NOT NULL GROUP BY ALL
UNION ALL SELECT 'claims', transaction_id IS NOT NULL, count(*), sum(settlement_amount)
FROM insurance_db.claims WHERE settlement_date IS NOT NULL GROUP BY ALL
ORDER BY flow, here DESC"""


def _between(rows: Rows) -> Drawing:
    total = {row["flow"]: sum(r["n"] for r in rows if r["flow"] == row["flow"]) for row in rows}
    drawn = [
        {
            "y": f"{row['flow']} ({total[row['flow']]:,})",
            "x": row["n"] / total[row["flow"]],
            "of": _HERE[not row["here"]],
            "tip": f"{row['flow']}, {_HERE[not row['here']]}: {row['n']:,}, {money(row['amount'])}",
        }
        for row in rows
    ]
    here = sum(row["amount"] for row in rows if row["here"])
    spec = charts.rows_of(drawn, None, form=".0%", series=_HERE, labelled=False)
    says = f"{money(here)} of what loans and policies say was paid shows on an account."
    return Drawing(spec, says)


CHAPTER = Chapter(
    "money",
    "Money",
    "What customers hold, and how it moves.",
    (
        Plot("money.balances", "Balances by account type", _BALANCES, _balances),
        Plot("money.held", "How deposits are spread", _HELD, _held),
        Plot("money.ages", "Deposits by age", _AGES, _ages),
        Plot("money.types", "Transactions by type", _TYPES, _types),
        Plot("money.shops", "What a payment comes to, by kind of shop", _SHOPS, _shops),
        Plot("money.months", "Transactions by month", _MONTHS, _months),
        Plot("money.hours", "Movements by hour", _HOURS, _hours),
        Plot("money.week", "Transactions by weekday", _WEEK, _week),
        Plot("money.between", "Money between databases", _BETWEEN, _between),
        Plot("money.paydays", "Paydays", _PAYDAYS, _paydays),
        Plot("money.amounts", "Amounts", _AMOUNTS, _amounts),
        Plot("money.digits", "First digits", _DIGITS, _digits),
    ),
)
