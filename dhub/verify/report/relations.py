"""Customer relationship management as plots: contacts, satisfaction, complaints, campaigns."""

from __future__ import annotations

from dhub.draw import pools
from dhub.verify.report import charts
from dhub.verify.report.plot import Chapter, Drawing, Plot, Rows, by, share, words
from dhub.words import counted

_GROUPS = ("detractors", "passives", "promoters")
_GROUP_COLOURS = ("var(--c2)", "var(--c0)", "var(--c1)")
_PRIORITIES = ("critical", "high", "medium", "low")
_PRIORITY_COLOURS = ("var(--c4)", "var(--c2)", "var(--c1)", "var(--c0)")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_CHANNELS = """
SELECT channel, interaction_type = 'complaint' AS complaint, count(*) AS n
FROM customer_db.interactions GROUP BY ALL ORDER BY channel, complaint"""


def _channels(rows: Rows) -> Drawing:
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row["channel"]] = sizes.get(row["channel"], 0) + row["n"]
    total = sum(sizes.values())
    drawn = [
        {
            "y": words(row["channel"]),
            "x": row["n"],
            "of": "complaints" if row["complaint"] else "other contacts",
            "tip": f"{words(row['channel'])}: {row['n']:,} "
            f"{'complaints' if row['complaint'] else 'other contacts'}",
        }
        for row in sorted(rows, key=lambda row: (-sizes[row["channel"]], row["complaint"]))
    ]
    spec = charts.rows_of(
        drawn, "contacts", series=("other contacts", "complaints"), labelled=False
    )
    first = max(sizes, key=lambda channel: sizes[channel])
    says = f"{total:,} contacts; {words(first)} brings {share(sizes[first], total)} of them."
    return Drawing(spec, says)


_NPS = """
SELECT nps_score, count(*) AS n FROM customer_db.satisfaction_surveys
GROUP BY ALL ORDER BY nps_score"""


def _nps(rows: Rows) -> Drawing:
    def group(score: int) -> str:
        return _GROUPS[(score >= 7) + (score >= 9)]

    drawn = [
        {
            "x": row["nps_score"],
            "y": row["n"],
            "of": group(row["nps_score"]),
            "tip": f"score {row['nps_score']}: {row['n']:,} answers",
        }
        for row in rows
    ]
    spec = charts.columns(
        drawn,
        "how likely to recommend the bank, 0 to 10",
        "answers",
        order=list(range(11)),
        series=_GROUPS,
        colours=_GROUP_COLOURS,
    )
    total = sum(row["n"] for row in rows)
    sums = {name: sum(row["y"] for row in drawn if row["of"] == name) for name in _GROUPS}
    score = 100 * (sums["promoters"] - sums["detractors"]) / total
    mean = sum(row["n"] * row["nps_score"] for row in rows) / total
    told = f"{score:+.0f}".replace("-", "−")
    return Drawing(spec, f"Net promoter score {told}; the mean of {total:,} is {mean:.1f}.")


_OUTCOMES = """
SELECT outcome, count(*) AS n, avg(satisfaction_rating) AS rating
FROM customer_db.satisfaction_surveys JOIN customer_db.interactions USING (interaction_id)
GROUP BY ALL ORDER BY rating DESC"""


def _outcomes(rows: Rows) -> Drawing:
    drawn = [
        {
            "y": words(row["outcome"]),
            "x": row["rating"],
            "label": f"{row['rating']:.2f}",
            "tip": f"{words(row['outcome'])}: {row['rating']:.2f} of 5, {row['n']:,} surveys",
        }
        for row in rows
    ]
    spec = charts.rows_of(drawn, "mean satisfaction, 1 to 5", form="~g")
    found = {row["outcome"]: row["rating"] for row in rows}
    if {"resolved", "escalated"} <= found.keys():
        less = f"{found['escalated'] - found['resolved']:+.1f}".replace("-", "−")
        return Drawing(spec, f"Escalated contacts beside resolved ones: {less} points of five.")
    return Drawing(spec, "Satisfaction by how the contact ended.")


_LOAD = """
SELECT isodow(CAST(interaction_date AS DATE)) AS day, count(*) AS n
FROM customer_db.interactions WHERE channel = 'phone' GROUP BY ALL ORDER BY day"""


def _load(rows: Rows) -> Drawing:
    drawn = [
        {
            "x": _WEEKDAYS[row["day"] - 1],
            "y": row["n"],
            "tip": f"{_WEEKDAYS[row['day'] - 1]}: {row['n']:,} calls",
        }
        for row in rows
    ]
    spec = charts.columns(drawn, None, "calls", order=_WEEKDAYS)
    found = {row["day"]: row["n"] for row in rows}
    ratio = found.get(1, 0) / found[4] if found.get(4) else 0.0
    return Drawing(spec, f"Telephone contacts; Monday has {ratio:.2f} × those of Thursday.")


_COMPLAINTS = """
SELECT status, priority, count(*) AS n, avg(resolution_time_hours) AS hours
FROM customer_db.complaints GROUP BY ALL ORDER BY status, priority"""
_STATES = ("resolved", "closed", "investigating", "open")


def _complaints(rows: Rows) -> Drawing:
    drawn = [
        {
            "y": row["status"],
            "x": row["n"],
            "of": row["priority"],
            "tip": f"{row['status']}, {row['priority']}: {row['n']:,}",
        }
        for row in sorted(rows, key=by(_STATES, "status"))
    ]
    spec = charts.rows_of(
        drawn, "complaints", series=_PRIORITIES, colours=_PRIORITY_COLOURS, labelled=False
    )
    timed = [row for row in rows if row["hours"] is not None]
    settled = sum(row["n"] for row in timed)
    hours = sum(row["n"] * row["hours"] for row in timed) / max(settled, 1)
    total = sum(row["n"] for row in rows)
    says = f"{settled:,} of {total:,} are settled, on average after {hours:.0f} hours."
    return Drawing(spec, says)


_CAMPAIGNS = """
SELECT count(*) AS responses,
    count(*) FILTER (WHERE response_type IN ('clicked', 'purchased')) AS clicked,
    count(*) FILTER (WHERE converted) AS converted,
    count(*) FILTER (WHERE response_type = 'purchased') AS purchased
FROM customer_db.campaign_responses HAVING count(*) > 0"""


def _campaigns(rows: Rows) -> Drawing:
    steps = ("responses", "clicked", "converted", "purchased")
    total = rows[0]["responses"]
    drawn = [
        {
            "y": step,
            "x": rows[0][step],
            "label": f"{rows[0][step]:,} · {share(rows[0][step], total)}",
            "tip": f"{step}: {rows[0][step]:,} of {total:,}",
        }
        for step in steps
    ]
    spec = charts.rows_of(drawn, None)
    return Drawing(spec, f"Of {total:,} responses, {share(rows[0]['converted'], total)} converted.")


_HOMES = """
WITH homes AS (
    SELECT street_address, city, state, count(*) AS n FROM accounts_db.customers GROUP BY ALL
)
SELECT least(n, 5) AS people, count(*) AS homes, sum(n) AS customers
FROM homes GROUP BY ALL ORDER BY people"""


def _homes(rows: Rows) -> Drawing:
    def name(people: int) -> str:
        return "alone" if people == 1 else f"{people}" if people < 5 else "5 +"

    drawn = [
        {
            "x": name(row["people"]),
            "y": row["customers"],
            "tip": f"{name(row['people'])}: {counted(row['customers'], 'customer')}, "
            f"{counted(row['homes'], 'address', 'addresses')}",
        }
        for row in rows
    ]
    total = sum(row["customers"] for row in rows)
    shared = sum(row["customers"] for row in rows if row["people"] > 1)
    spec = charts.columns(drawn, "customers of one address", "customers")
    return Drawing(spec, f"{share(shared, total)} of customers share their address with another.")


# The home branch of a customer is that of the first account.
_NEAR = """
WITH home AS (
    SELECT customer_id, arg_min(branch_code, account_id) AS branch_code
    FROM accounts_db.accounts GROUP BY customer_id
)
SELECT b.region AS region, b.city AS city, home.branch_code AS home,
    e.branch_code AS advisor, count(*) AS customers
FROM home JOIN customer_db.customer_profiles USING (customer_id)
JOIN employees_db.branches b ON b.branch_code = home.branch_code
JOIN employees_db.employees e ON e.employee_id = assigned_agent_id
GROUP BY ALL ORDER BY home, advisor"""


def _near(rows: Rows) -> Drawing:
    places = {branch.branch_code: branch for branch in pools.branches()}
    known = [row for row in rows if {row["home"], row["advisor"]} <= places.keys()]
    at = {code: {"x": place.longitude, "y": place.latitude} for code, place in places.items()}
    drawn = []
    for home in dict.fromkeys(row["home"] for row in known):
        place, of = places[home], [row for row in known if row["home"] == home]
        count = sum(row["customers"] for row in of)
        own = sum(row["customers"] for row in of if row["advisor"] == home)
        served = f"{counted(count, 'customer')} with an advisor"
        tip = f"{place.city}: {served}, of {own:,} in the branch itself"
        circle = {"n": count, "of": place.region, "label": place.state, "tip": tip}
        drawn.append(at[home] | circle)
    links = [
        at[row["home"]]
        | {"x2": at[row["advisor"]]["x"], "y2": at[row["advisor"]]["y"], "n": row["customers"]}
        | {"tip": f"{row['customers']:,} of {places[row['home']].city}"}
        for row in known
        if row["home"] != row["advisor"]
    ]
    regions = sorted({places[row["home"]].region for row in known})
    near = sum(row["customers"] for row in known
               if places[row["home"]].region == places[row["advisor"]].region)  # fmt: skip
    lines = "; a line leads to one elsewhere" if links else ", which is where all advisors are"
    says = f"Customers who have an advisor, at their home branch{lines}."
    told = f"{share(near, sum(row['customers'] for row in rows))} have one in their own region."
    return Drawing(charts.geography(drawn, links, series=regions), f"{says} {told}")


CHAPTER = Chapter(
    "relations",
    "Customers and service",
    "Contacts, satisfaction, complaints and campaigns.",
    (
        Plot("relations.channels", "Contacts by channel", _CHANNELS, _channels),
        Plot("relations.homes", "Who lives together", _HOMES, _homes),
        Plot("relations.near", "Customers and their advisors", _NEAR, _near),
        Plot("relations.nps", "Net promoter score", _NPS, _nps),
        Plot("relations.outcomes", "Satisfaction by outcome", _OUTCOMES, _outcomes),
        Plot("relations.load", "Calls by weekday", _LOAD, _load),
        Plot("relations.complaints", "Complaints by status", _COMPLAINTS, _complaints),
        Plot("relations.campaigns", "Campaign responses", _CAMPAIGNS, _campaigns),
    ),
)
