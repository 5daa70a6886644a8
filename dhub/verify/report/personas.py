"""Personas of a star as plots: who they are, what they choose, whom a classifier takes them for."""

from __future__ import annotations

from dhub.verify.report import charts
from dhub.verify.report.plot import Chapter, Drawing, Plot, Rows, money, share, words

_ASKED = """
SELECT c.persona, any_value(n.value)::DOUBLE AS asked,
    count(*)::DOUBLE / sum(count(*)) OVER () AS found, count(*) AS customers,
    median(annual_income)::DOUBLE AS median_income
FROM warehouse_db.dim_customer c
LEFT JOIN profile.numbers n ON n.path = 'personas.kinds.' || c.persona || '.weight'
WHERE c.persona IS NOT NULL GROUP BY c.persona ORDER BY found DESC"""
_SLACK = 0.015  # of a persona's share, which the warehouse plan's contract allows


def _asked(rows: Rows) -> Drawing:
    drawn = [
        {
            "y": words(row["persona"]),
            "asked": row["asked"],
            "found": row["found"],
            "low": row["asked"] - _SLACK,
            "high": row["asked"] + _SLACK,
            "holds": abs(row["asked"] - row["found"]) <= _SLACK,
            "tip": f"{words(row['persona'])}: asked {row['asked']:.0%}, found {row['found']:.1%}, "
            f"{row['customers']:,} customers",
        }
        for row in rows
    ]
    people = sum(row["customers"] for row in rows)
    says = f"Shares of {people:,} customers (dot) beside what the profile asks for (tick)."
    return Drawing(charts.bands(drawn, ".0%"), says)


_INCOMES = """
SELECT persona, quantile_cont(annual_income::DOUBLE, 0.05) AS low,
    quantile_cont(annual_income::DOUBLE, 0.25) AS q1, median(annual_income)::DOUBLE AS mid,
    quantile_cont(annual_income::DOUBLE, 0.75) AS q3,
    quantile_cont(annual_income::DOUBLE, 0.95) AS high, count(*) AS customers
FROM warehouse_db.dim_customer WHERE persona IS NOT NULL GROUP BY persona ORDER BY mid DESC"""


def _incomes(rows: Rows) -> Drawing:
    drawn = [
        {**row, "y": words(row["persona"]),
         "tip": f"{words(row['persona'])}: median {money(row['mid'])}, "
         f"the middle half {money(row['q1'])} to {money(row['q3'])}"}
        for row in rows
    ]  # fmt: skip
    top, low = rows[0], rows[-1]
    says = f"A {words(top['persona'])} earns {money(top['mid'])} in the median, "
    says += f"a {words(low['persona'])} {money(low['mid'])}; lines leave out a twentieth each side."
    return Drawing(charts.ranges(drawn, "income a year", form="$~s", log=True), says)


# Own and others: what the median, the middle half and all but a tenth on each side choose.
_SIGNATURES = " UNION ALL ".join(
    f"""
SELECT {place} AS place, '{name}' AS share_of, persona = '{persona}' AS own,
    '{persona}' AS persona, quantile_cont({column}, 0.1) AS low,
    quantile_cont({column}, 0.25) AS q1, median({column}) AS mid,
    quantile_cont({column}, 0.75) AS q3, quantile_cont({column}, 0.9) AS high, count(*) AS customers
FROM warehouse_db.habits WHERE persona IS NOT NULL GROUP BY own"""
    for place, (column, persona, name) in enumerate(
        (
            ("travel", "frequent_traveler", "travel"),
            ("children", "young_parent", "children"),
            ("screens", "digital_native", "screens"),
            ("campus", "college_student", "campus"),
            ("health", "boomer", "health"),
        )
    )
)
_MEANT = {
    "travel": "travel, of money spent by choice",
    "children": "children, of money spent by choice",
    "screens": "online, by app or as a subscription, of payments",
    "campus": "dining and education, of payments",
    "health": "pharmacies and health care, of money spent by choice",
}


def _signatures(rows: Rows) -> Drawing:
    rows = sorted(rows, key=lambda row: (row["place"], not row["own"]))
    drawn = [
        {**row, "y": f"{row['share_of']}: {words(row['persona']) if row['own'] else 'others'}",
         "tip": f"{_MEANT[row['share_of']]}: {'own' if row['own'] else 'others'} {row['mid']:.1%}"}
        for row in rows
    ]  # fmt: skip
    says = "What a persona is known by, and the same share of all others: the median, the middle "
    says += "half, and all but a tenth on each side. Screens: online, by app, or subscribed to."
    return Drawing(charts.ranges(drawn, "share of what is chosen", form=".0%"), says)


_SPENT = """
SELECT persona, category,
    sum(amount)::DOUBLE / sum(sum(amount)) OVER (PARTITION BY persona) AS share,
    sum(amount)::DOUBLE AS spent
FROM warehouse_db.paid JOIN warehouse_db.dim_customer USING (customer_key)
WHERE persona IS NOT NULL AND chosen GROUP BY persona, category ORDER BY category, persona"""


def _spent(rows: Rows) -> Drawing:
    most: dict[str, float] = {}
    for row in rows:
        most[row["category"]] = max(most.get(row["category"], 0.0), row["share"])
    told = sorted(rows, key=lambda row: (-most[row["category"]], row["category"]))
    best = max(rows, key=lambda row: row["share"])
    says = f"Of what is chosen: no rent, utilities, telephones, insurance. {_many(best['persona'])}"
    says += f" spend {best['share']:.0%} on {words(best['category'])}."
    return Drawing(charts.grid(_cells(told, "category")), says)


_CHANNELS = """
SELECT persona, channel, sum(n) AS payments,
    sum(n)::DOUBLE / sum(sum(n)) OVER (PARTITION BY persona) AS share
FROM warehouse_db.paid JOIN warehouse_db.dim_customer USING (customer_key)
WHERE persona IS NOT NULL AND chosen GROUP BY persona, channel ORDER BY channel, persona"""


def _channels(rows: Rows) -> Drawing:
    screens = {row["persona"]: 0.0 for row in rows}
    for row in rows:
        screens[row["persona"]] += row["share"] * (row["channel"] in ("online", "mobile_app"))
    most = max(screens, key=lambda each: screens[each])
    says = f"How payments are made: {_many(most).lower()} make {screens[most]:.0%} of them online "
    return Drawing(charts.grid(_cells(rows, "channel")), f"{says}or by app.")


_TALKS = """
SELECT persona, channel, count(*) AS contacts,
    count(*)::DOUBLE / sum(count(*)) OVER (PARTITION BY persona) AS share
FROM warehouse_db.fact_interaction JOIN warehouse_db.dim_customer USING (customer_key)
WHERE persona IS NOT NULL GROUP BY persona, channel ORDER BY channel, persona"""


def _talks(rows: Rows) -> Drawing:
    met = {row["persona"]: 0.0 for row in rows}
    for row in rows:
        met[row["persona"]] += row["share"] * (row["channel"] in ("branch", "call_center"))
    most = max(met, key=lambda each: met[each])
    says = f"How they talk to the bank: {_many(most).lower()} do {met[most]:.0%} of it in branches"
    return Drawing(charts.grid(_cells(rows, "channel")), f"{says} or by telephone.")


_TOLD = """
SELECT persona, by_habits AS taken_for, count(*) AS customers,
    count(*)::DOUBLE / sum(count(*)) OVER (PARTITION BY persona) AS share,
    sum(count(*) FILTER (by_age = persona)) OVER () AS right_by_age,
    sum(count(*) FILTER (by_both = persona)) OVER () AS right_by_both
FROM warehouse_db.guesses GROUP BY persona, by_habits ORDER BY persona, taken_for"""


def _told(rows: Rows) -> Drawing:
    people = sum(row["customers"] for row in rows)
    right = sum(row["customers"] for row in rows if row["persona"] == row["taken_for"])
    cells = [
        {
            "x": _short(row["taken_for"]),
            "y": words(row["persona"]),
            "n": row["share"],
            "tip": f"{words(row['persona'])} taken for {words(row['taken_for'])}: "
            f"{row['customers']:,}, {row['share']:.1%}",
        }
        for row in rows
    ]
    says = "A plain classifier that knows only what they buy and how they pay is right about "
    says += f"{share(right, people)} of {people:,} customers; by age alone about "
    says += f"{share(rows[0]['right_by_age'], people)}, by both about "
    return Drawing(charts.grid(cells), f"{says}{share(rows[0]['right_by_both'], people)}.")


def _cells(rows: Rows, upright: str) -> list[dict[str, object]]:
    return [
        {
            "x": _short(row["persona"]),
            "y": words(row[upright]),
            "n": row["share"],
            "tip": f"{words(row['persona'])}, {words(row[upright])}: {row['share']:.1%}",
        }
        for row in rows
    ]


def _short(persona: str) -> str:
    """The noun of a persona, which is all that the head of a narrow column holds."""
    return words(persona).rpartition(" ")[2]


def _many(persona: str) -> str:
    return f"{words(persona)}s".capitalize()


CHAPTER = Chapter(
    "personas",
    "Personas",
    "Who the customers of the star are, and how it shows in what they do. Judged by those with "
    "thirty payments to merchants or more.",
    (
        Plot("personas.asked", "Personas asked for and found", _ASKED, _asked),
        Plot("personas.incomes", "Income by persona", _INCOMES, _incomes),
        Plot("personas.told", "Taken for", _TOLD, _told),
        Plot("personas.channels", "How payments are made", _CHANNELS, _channels),
        Plot("personas.talks", "How they talk to the bank", _TALKS, _talks),
        Plot("personas.signatures", "What each is known by", _SIGNATURES, _signatures),
        Plot("personas.spent", "What money is spent on", _SPENT, _spent),
    ),
)
