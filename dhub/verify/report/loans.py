"""Loans as plots: from the credit score to the grade, to the rate, to who defaults."""

from __future__ import annotations

from dhub.verify.report import charts
from dhub.verify.report.plot import Chapter, Drawing, Plot, Rows, money, share, words

_GRADES = ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C")
_DECISIONS = ("approved", "rejected", "pending", "withdrawn")
_DECISION_COLOURS = ("var(--c1)", "var(--c2)", "var(--c0)", "var(--c5)")

# One assessment belongs to each application, before its decision.
_ASSESSED = """loans_db.loan_applications AS a
    JOIN loans_db.risk_assessments AS r ON r.application_id = a.application_id"""

_SCORES = f"""
SELECT CASE WHEN risk_score < 500 THEN 300 ELSE risk_score // 50 * 50 END AS band, a.status,
    count(*) AS n
FROM {_ASSESSED} GROUP BY ALL ORDER BY band, a.status"""


def _scores(rows: Rows) -> Drawing:
    def name(band: int) -> str:
        return "<500" if band < 500 else f"{band}"

    drawn = [
        {
            "x": name(row["band"]),
            "y": row["n"],
            "of": row["status"],
            "tip": f"score {name(row['band'])}, {row['status']}: {row['n']:,}",
        }
        for row in rows
    ]
    spec = charts.columns(
        drawn,
        "credit score, from",
        "applications",
        series=_DECISIONS,
        colours=_DECISION_COLOURS,
    )
    decided = {status: [0, 0] for status in ("approved", "rejected")}
    for row in rows:
        if row["status"] in decided:
            decided[row["status"]][row["band"] >= 700] += row["n"]
    low, high = (
        share(decided["approved"][top], decided["approved"][top] + decided["rejected"][top])
        for top in (0, 1)
    )
    return Drawing(spec, f"Of those decided, {low} below 700 are approved, and {high} from 700 on.")


_GRADE = f"""
SELECT credit_grade, count(*) AS n, min(risk_score) AS low, max(risk_score) AS high,
    quantile_cont(CAST(risk_score AS DOUBLE), 0.25) AS q1,
    quantile_cont(CAST(risk_score AS DOUBLE), 0.5) AS mid,
    quantile_cont(CAST(risk_score AS DOUBLE), 0.75) AS q3
FROM {_ASSESSED} GROUP BY ALL ORDER BY mid DESC"""


def _grade(rows: Rows) -> Drawing:
    drawn = [
        {
            **row,
            "y": row["credit_grade"],
            "tip": f"{row['credit_grade']}: {row['n']:,} applications, scores "
            f"{row['low']} to {row['high']}",
        }
        for row in rows
    ]
    says = "Each grade is a band of scores: all of them (line), the middle half (box), the median."
    return Drawing(charts.ranges(drawn, "credit score", form="d"), says)


_DEFAULT = """
SELECT credit_grade, count(*) AS n, avg(pd_probability) AS pd,
    count(*) FILTER (WHERE loan_status = 'defaulted') AS defaulted
FROM loans_db.loans JOIN loans_db.risk_assessments USING (application_id)
GROUP BY ALL ORDER BY credit_grade"""


def _default(rows: Rows) -> Drawing:
    order = [grade for grade in _GRADES if grade in {row["credit_grade"] for row in rows}]
    bars = [
        {
            "x": row["credit_grade"],
            "y": row["defaulted"] / row["n"],
            "tip": f"{row['credit_grade']}: {row['defaulted']} of {row['n']:,} loans defaulted",
        }
        for row in rows
    ]
    curve = [
        {"x": row["credit_grade"], "y": row["pd"], "tip": f"{row['credit_grade']}: {row['pd']:.1%}"}
        for row in rows
    ]
    spec = charts.columns(
        bars, "credit grade", "share of loans", form=".0%", order=order, curve=curve
    )
    total, bad = sum(row["n"] for row in rows), sum(row["defaulted"] for row in rows)
    says = f"{bad:,} of {total:,} loans defaulted: the share in each grade (bars)"
    return Drawing(spec, f"{says} beside the mean probability that was foretold (curve).")


_RATES = """
SELECT l.loan_type, credit_grade, count(*) AS n,
    avg(interest_rate) AS rate
FROM loans_db.loans AS l JOIN loans_db.risk_assessments USING (application_id)
GROUP BY ALL ORDER BY l.loan_type, credit_grade"""


def _rates(rows: Rows) -> Drawing:
    order = [grade for grade in _GRADES if grade in {row["credit_grade"] for row in rows}]
    drawn = [
        {
            "x": row["credit_grade"],
            "y": row["rate"],
            "of": words(row["loan_type"]),
            "tip": f"{words(row['loan_type'])} {row['credit_grade']}: {row['rate']:.2f} % on "
            f"average of {row['n']:,}",
        }
        for row in rows
    ]
    spec = charts.lines(drawn, "credit grade", "percent a year", form="~g", order=order)
    return Drawing(spec, "Mean rate of each type of loan, from the best grade to the worst.")


_DTI = f"""
SELECT least(floor(dti_ratio * 10) / 10, 0.5) AS band, count(*) AS n,
    count(*) FILTER (WHERE a.status = 'rejected') AS rejected
FROM {_ASSESSED} WHERE a.status IN ('approved', 'rejected') GROUP BY ALL ORDER BY band"""


def _dti(rows: Rows) -> Drawing:
    drawn = [
        {
            "x": f"{row['band']:.0%}",
            "y": row["rejected"] / row["n"],
            "tip": f"DTI from {row['band']:.0%}: {row['rejected']:,} of {row['n']:,} rejected",
        }
        for row in rows
    ]
    spec = charts.columns(drawn, "debt to income, from", "share rejected", form=".0%")
    worst, best = drawn[-1]["y"], drawn[0]["y"]
    says = f"Rejected are {best:.0%} of those with least debt for their income"
    return Drawing(spec, f"{says}, and {worst:.0%} of those with most.")


_BOOK = """
SELECT loan_type, loan_status, count(*) AS n, sum(outstanding_balance) AS owed
FROM loans_db.loans GROUP BY ALL ORDER BY loan_type, loan_status"""
_STATES = ("active", "paid_off", "defaulted", "restructured")
_STATE_COLOURS = ("var(--c1)", "var(--c3)", "var(--c2)", "var(--c4)")


def _book(rows: Rows) -> Drawing:
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row["loan_type"]] = sizes.get(row["loan_type"], 0) + row["n"]
    drawn = [
        {
            "y": words(row["loan_type"]),
            "x": row["n"],
            "of": words(row["loan_status"]),
            "tip": f"{words(row['loan_type'])}, {words(row['loan_status'])}: {row['n']:,} loans, "
            f"{money(row['owed'])} outstanding",
        }
        for row in sorted(rows, key=lambda row: -sizes[row["loan_type"]])
    ]
    spec = charts.rows_of(
        drawn, "loans", series=[words(s) for s in _STATES], colours=_STATE_COLOURS, labelled=False
    )
    owed = money(sum(row["owed"] for row in rows))
    return Drawing(spec, f"{sum(sizes.values()):,} loans were paid out; {owed} is outstanding.")


CHAPTER = Chapter(
    "loans",
    "Loans",
    "From the score to the grade, to the rate, to the default.",
    (
        Plot("loans.scores", "Applications by credit score", _SCORES, _scores),
        Plot("loans.grade", "Score to grade", _GRADE, _grade),
        Plot("loans.default", "Grade to default", _DEFAULT, _default),
        Plot("loans.rates", "Rate by grade", _RATES, _rates),
        Plot("loans.dti", "Debt to income and rejection", _DTI, _dti),
        Plot("loans.book", "The loan book", _BOOK, _book),
    ),
)
