"""Insurance as plots: the policies, how often and how much is claimed, and what is left."""

from __future__ import annotations

from dhub.verify.report import charts
from dhub.verify.report.plot import Chapter, Drawing, Plot, Rows, money, share, words

_STATES = ("active", "lapsed", "cancelled")
_STATE_COLOURS = ("var(--c1)", "var(--c2)", "var(--c4)")
_CLAIM_STATES = ("paid", "approved", "under_review", "rejected")
_CLAIM_COLOURS = ("var(--c1)", "var(--c3)", "var(--c0)", "var(--c2)")

_POLICIES = """
SELECT policy_type, policy_status, count(*) AS n FROM insurance_db.policies
GROUP BY ALL ORDER BY policy_type, policy_status"""


def _policies(rows: Rows) -> Drawing:
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row["policy_type"]] = sizes.get(row["policy_type"], 0) + row["n"]
    drawn = [
        {
            "y": row["policy_type"],
            "x": row["n"],
            "of": row["policy_status"],
            "tip": f"{row['policy_type']}, {row['policy_status']}: {row['n']:,}",
        }
        for row in sorted(rows, key=lambda row: -sizes[row["policy_type"]])
    ]
    spec = charts.rows_of(drawn, "policies", series=_STATES, colours=_STATE_COLOURS, labelled=False)
    total = sum(sizes.values())
    active = sum(row["n"] for row in rows if row["policy_status"] == "active")
    return Drawing(spec, f"{total:,} policies, {share(active, total)} of them active.")


_COVERAGE = """
SELECT policy_type, count(*) AS n,
    quantile_cont(CAST(coverage_amount AS DOUBLE), 0.1) AS low,
    quantile_cont(CAST(coverage_amount AS DOUBLE), 0.25) AS q1,
    quantile_cont(CAST(coverage_amount AS DOUBLE), 0.5) AS mid,
    quantile_cont(CAST(coverage_amount AS DOUBLE), 0.75) AS q3,
    quantile_cont(CAST(coverage_amount AS DOUBLE), 0.9) AS high
FROM insurance_db.policies GROUP BY ALL ORDER BY mid DESC"""


def _coverage(rows: Rows) -> Drawing:
    drawn = [
        {
            **row,
            "y": row["policy_type"],
            "tip": f"{row['policy_type']}: {row['n']:,} policies, median {money(row['mid'])}",
        }
        for row in rows
    ]
    says = "Sums insured: the median (tick), the middle half (box), eight in ten (line)."
    return Drawing(charts.ranges(drawn, "coverage", form="$~s", log=True), says)


_CLAIMED = """
SELECT policy_type, count(*) AS n,
    count(*) FILTER (WHERE claims > 0) AS claimed
FROM insurance_db.policies AS p LEFT JOIN (
    SELECT policy_id, count(*) AS claims FROM insurance_db.claims GROUP BY policy_id
) AS c ON c.policy_id = p.policy_id
GROUP BY ALL ORDER BY claimed / n DESC"""


def _claimed(rows: Rows) -> Drawing:
    drawn = [
        {
            "y": row["policy_type"],
            "x": row["claimed"] / row["n"],
            "label": share(row["claimed"], row["n"]),
            "tip": f"{row['policy_type']}: {row['claimed']:,} of {row['n']:,} policies",
        }
        for row in rows
    ]
    spec = charts.rows_of(drawn, "share of policies with a claim", form=".0%")
    claimed, total = (sum(row[name] for row in rows) for name in ("claimed", "n"))
    return Drawing(spec, f"{claimed:,} of {total:,} policies have a claim.")


_SEVERITY = """
SELECT floor(log10(claim_amount) * 4) / 4 AS bin, claim_status, count(*) AS n
FROM insurance_db.claims WHERE claim_amount > 0 GROUP BY ALL ORDER BY bin, claim_status"""


def _severity(rows: Rows) -> Drawing:
    drawn = [
        {
            "x": row["bin"],
            "y": row["n"],
            "of": words(row["claim_status"]),
            "tip": f"{money(10 ** row['bin'])} to {money(10 ** (row['bin'] + 0.25))}, "
            f"{words(row['claim_status'])}: {row['n']:,}",
        }
        for row in rows
    ]
    first, last = (round(4 * drawn[place]["x"]) for place in (0, -1))
    order = [place / 4 for place in range(first, last + 1)]
    spec = charts.columns(
        drawn,
        "amount claimed, each bar a quarter of a power of ten",
        "claims",
        order=order,
        series=[words(state) for state in _CLAIM_STATES],
        colours=_CLAIM_COLOURS,
        every=[x for x in order if x == int(x)],
    )
    spec["layer"][0]["encoding"]["x"]["axis"]["labelExpr"] = "format(pow(10, datum.value), '$~s')"
    total = sum(row["n"] for row in rows)
    paid = sum(row["n"] for row in rows if row["claim_status"] == "paid")
    return Drawing(spec, f"{total:,} claims, {share(paid, total)} of them paid.")


_RATIO = """
WITH taken AS (
    SELECT policy_type, sum(amount) AS premiums
    FROM insurance_db.premium_payments JOIN insurance_db.policies USING (policy_id)
    WHERE payment_status = 'completed' GROUP BY policy_type
), given AS (
    SELECT claim_type AS policy_type, sum(settlement_amount) AS settled
    FROM insurance_db.claims GROUP BY claim_type
)
SELECT policy_type, premiums, coalesce(settled, 0) AS settled
FROM taken LEFT JOIN given USING (policy_type) ORDER BY premiums DESC"""


def _ratio(rows: Rows) -> Drawing:
    kinds = (("premiums", "premiums paid"), ("settled", "claims settled"))
    drawn = [
        {
            "x": row["policy_type"],
            "y": row[kind],
            "of": name,
            "tip": f"{row['policy_type']}, {name}: {money(row[kind])}",
        }
        for row in rows
        for kind, name in kinds
    ]
    spec = charts.columns(
        drawn, None, None, form="$~s", series=[name for _, name in kinds], beside=True
    )
    taken, given = (sum(row[kind] for row in rows) for kind, _ in kinds)
    says = f"Claims settled are {given / taken:.2f} × the premiums paid" if taken else "No premiums"
    return Drawing(spec, f"{says}: claims are dense, for demonstrations.")


_EVENTS = """
SELECT year(event_date) AS year, event_type, count(*) AS n
FROM insurance_db.policy_events GROUP BY ALL ORDER BY year, event_type"""
_HAPPENED = ("renewal", "modification", "cancellation", "reinstatement")
_EVENT_COLOURS = ("var(--c1)", "var(--c3)", "var(--c2)", "var(--c4)")


def _events(rows: Rows) -> Drawing:
    drawn = [
        {
            "x": str(row["year"]),
            "y": row["n"],
            "of": row["event_type"],
            "tip": f"{row['year']}, {row['event_type']}: {row['n']:,}",
        }
        for row in rows
    ]
    spec = charts.columns(drawn, None, "events", series=_HAPPENED, colours=_EVENT_COLOURS)
    return Drawing(spec, f"{sum(row['n'] for row in rows):,} events in the lives of the policies.")


CHAPTER = Chapter(
    "insurance",
    "Insurance",
    "Policies, claims and premiums.",
    (
        Plot("insurance.policies", "Policies by line", _POLICIES, _policies),
        Plot("insurance.coverage", "Coverage", _COVERAGE, _coverage),
        Plot("insurance.claimed", "Policies with claims", _CLAIMED, _claimed),
        Plot("insurance.severity", "Amounts claimed", _SEVERITY, _severity),
        Plot("insurance.ratio", "Premiums beside settlements", _RATIO, _ratio),
        Plot("insurance.events", "What happens to policies", _EVENTS, _events),
    ),
)
