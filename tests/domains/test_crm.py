"""customer_db row by row: shares at every prefix, and what a banking expert would check."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from bank import AS_OF, changed_by_attempts, given, tables
from bank import at as looked_up
from bank import day_of as days
from bank import made as made_of
from bank import run as a_run
from lite import takes
from together import Together

from dhub.domains.crm import DOMAIN
from dhub.domains.crm.offers import buys
from dhub.domains.crm.surveys import BANDS, KINDS, comment_bank, kinds_of
from dhub.draw import pools, stream
from dhub.model import Run, Shard
from dhub.profiles import load_profile
from dhub.world.accounts import accounts
from dhub.world.calendar import is_business
from dhub.world.clock import ZONES, to_utc
from dhub.world.contacts.causes import BOOKED
from dhub.world.contacts.mixes import apportion, permitted, tilted
from dhub.world.cover import policies
from dhub.world.credit import applications, loans
from dhub.world.money import movements, transaction_ids
from dhub.world.money.kinds import FEE
from dhub.world.people import people
from dhub.world.places import zone_of_branch
from dhub.world.staff import staff

bank, made = partial(tables, DOMAIN), partial(made_of, DOMAIN)
TODAY = np.datetime64(AS_OF)
SQL = Path(__file__).parents[2] / "migrations/customer_db"
DAY = np.timedelta64(1, "D")
RUNS = [pytest.param(p, s, id=f"{p}-{s}") for p in ("guide", "requirements") for s in (1, 42, 977)]
each_run = Together(("profile", "seed"), RUNS)
test_every_run_keeps_the_rules = each_run.test()
each_prefix = pytest.mark.parametrize("customers", (60, 120, 1200, 2000))


def off(column: np.ndarray, shares, rows: float | None = None) -> float:
    """How many rows the worst category of a mix is off."""
    total = len(column) if rows is None else rows
    return max(abs(float((column == name).sum()) - total * share) for name, share in shares)


@each_run
@each_prefix
def test_shares_hold_at_every_prefix(profile: str, seed: int, customers: int) -> None:
    run = a_run(seed, profile)
    crm, db = run.profile.crm, bank(run, customers)
    made, asked = db["interactions"], db["satisfaction_surveys"]
    filed, answered = db["complaints"], db["campaign_responses"]
    counts = np.bincount(made["customer_id"], minlength=customers + 1)[1:]
    kind = ("channel", crm.channel) if profile == "guide" else ("interaction_type", crm.type)
    found = {
        "contacts": off(counts.astype(str), crm.interactions.items()),
        "complaints": off(made["interaction_type"], [("complaint", crm.complaint_share)]),
        kind[0]: off(made[kind[0]], kind[1].items()),
        "handled": off(given(made["handled_by"]), [(True, crm.handled)]),
        "outcome": off(made["outcome"], crm.outcome.items()),
        "surveys": abs(len(asked["survey_id"]) - crm.survey_share * len(made["channel"])),
        "nps": off(asked["nps_score"].astype(str), crm.nps.items()),
        "rating": off(asked["satisfaction_rating"].astype(str), crm.satisfaction.items()),
        "comments": off(given(asked["comments"]), [(True, crm.survey_comments)]),
        "complainers": abs(len(set(filed["customer_id"])) - crm.complainers * customers),
        "type": off(filed["complaint_type"], crm.complaint_type.items()),
        "status": off(filed["status"], crm.complaint_status.items()),
        "priority": off(filed["priority"], crm.complaint_priority.items()),
        "assigned": off(given(filed["assigned_to"]), [(True, crm.complaint_assigned)]),
        "responders": abs(len(set(answered["customer_id"])) - crm.responders * customers),
        "response": off(answered["response_type"], crm.response_type.items()),
        "converted": off(answered["converted"], [(True, crm.converted)]),
    }
    assert {name: rows for name, rows in found.items() if rows > 2.3} == {}


@each_run
def test_totals_of_the_documents_at_1200_customers(profile: str, seed: int) -> None:
    db = bank(a_run(seed, profile), 1200)
    rows = {name: len(next(iter(columns.values()))) for name, columns in db.items()}
    limits = {
        "guide": {"interactions": (2300, 2450), "satisfaction_surveys": (690, 735),
                  "complaints": (110, 125), "campaigns": (10, 15),
                  "campaign_responses": (60, 120)},
        "requirements": {"interactions": (3000, 4000), "satisfaction_surveys": (800, 1000),
                         "complaints": (150, 200), "campaigns": (15, 20),
                         "campaign_responses": (2000, 3000)},
    }[profile]  # fmt: skip
    assert rows["customer_profiles"] == 1200
    assert {n: rows[n] for n, (low, high) in limits.items() if not low <= rows[n] <= high} == {}
    for table in DOMAIN.tables:
        expected = table.expected(a_run(seed, profile), 1200)
        assert rows[table.name] == pytest.approx(expected, rel=0.05)


@each_run
def test_constraints_of_the_migration(profile: str, seed: int) -> None:
    """The migration's tables in SQLite, with every check, key and reference it declares."""
    rows = bank(a_run(seed, profile))
    counts = {table.name: len(rows[table.name][table.key]) for table in DOMAIN.tables}
    assert takes(SQL, DOMAIN, rows) == counts and all(counts.values())


@each_run
def test_profiles_mirror_the_customers(profile: str, seed: int) -> None:
    run = a_run(seed, profile)
    who, rows = people(Shard(run, 1)), bank(run)["customer_profiles"]
    assert (rows["customer_id"] == who.customer_id).all()
    assert (rows["onboarding_date"] == days(who.created_at)).all()
    agent = rows["assigned_agent_id"][given(rows["assigned_agent_id"])].astype(int)
    assert staff(run).employed[agent - 1].all()


@each_run
def test_contacts_lie_within_the_lifetime_and_office_hours(profile: str, seed: int) -> None:
    run = a_run(seed, profile)
    who, rows = people(Shard(run, 1)), bank(run)["interactions"]
    at, owner = rows["interaction_date"], rows["customer_id"] - 1
    assert (at > who.created_at[owner]).all() and (at < TODAY).all()
    assert not (days(at) >= who.ended[owner]).any()
    assert not (days(at) > who.silent_since[owner]).any()
    hour, day, zone = _by_the_wall(run, owner, at)
    office = np.isin(rows["channel"], ("phone", "branch")) | given(rows["handled_by"])
    opens = np.where(zone == ZONES.index("America/Los_Angeles"), 8, 9)
    assert ((hour >= opens) & (hour < opens + 8))[office].all()
    assert ((hour >= 9) & (hour < 16))[rows["channel"] == "branch"].all()
    assert (day == days(at))[office].all() and is_business(day[office]).all()
    assert ((hour >= 7) & (hour < 22)).all()
    assert (np.equal(rows["duration_minutes"], None) == (rows["channel"] == "email")).all()
    minutes = rows["duration_minutes"][rows["channel"] != "email"].astype(int)
    assert minutes.min() >= 2 and minutes.max() <= 60
    same = owner[1:] == owner[:-1]
    assert (at[1:][same] >= at[:-1][same]).all()
    _in_post(run, rows["handled_by"], days(at), days(at))


def _by_the_wall(
    run: Run, owner: np.ndarray, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local hour and day of instants at the customers' branches, and their time zones."""
    zone = zone_of_branch()[people(Shard(run, 1)).branch[owner]]
    local = at.copy()
    for hours in range(4, 9):  # of all offsets the one that leads back to the instant
        wall = at - hours * np.timedelta64(3600, "s")
        second = (wall - days(wall)).astype("timedelta64[s]").astype(int)
        local = np.where(to_utc(days(wall), second, zone) == at, wall, local)
    return (local - days(local)).astype("timedelta64[h]").astype(int), days(local), zone


def _in_post(run: Run, employee: np.ndarray, since: np.ndarray, until: np.ndarray) -> None:
    """Hired before the act and not gone by its end, and of a role that meets customers."""
    some = given(employee)
    place, team = employee[some].astype(int) - 1, staff(run)
    assert (team.hire_date[place] < since[some]).all()
    assert not (team.termination_date[place] <= until[some]).any()
    assert set(np.unique(team.role[place])) <= {0, 1, 2} and (team.role[place] == 0).mean() > 0.5


@each_run
def test_surveys_follow_their_contact(profile: str, seed: int) -> None:
    db = bank(a_run(seed, profile))
    made, rows = db["interactions"], db["satisfaction_surveys"]
    assert len(set(rows["interaction_id"])) == len(rows["interaction_id"])
    owner = looked_up(made["interaction_id"], made["customer_id"], rows["interaction_id"])
    assert (owner == rows["customer_id"]).all()
    at = looked_up(made["interaction_id"], days(made["interaction_date"]), rows["interaction_id"])
    wait = (rows["survey_date"] - at).astype(int)
    assert wait.min() == 1 and wait.max() == 3 and (rows["survey_date"] < TODAY).all()
    ended = people(Shard(a_run(seed, profile), 1)).ended[owner - 1]
    assert not (rows["survey_date"] >= ended).any()


@each_run
def test_satisfaction_is_believable(profile: str, seed: int) -> None:
    db = bank(a_run(seed, profile), 1200)
    made, rows = db["interactions"], db["satisfaction_surveys"]
    nps, rating = rows["nps_score"], rows["satisfaction_rating"]
    assert not ((nps >= 9) & (rating <= 2)).any() and not ((nps <= 3) & (rating >= 4)).any()
    assert np.corrcoef(nps, rating)[0, 1] > 0.7
    assert abs(nps.mean() - 7) < 0.1 and abs(rating.mean() - 4) < 0.1
    outcome = looked_up(made["interaction_id"], made["outcome"], rows["interaction_id"])
    escalated = outcome == "escalated"
    assert rating[~escalated].mean() - rating[escalated].mean() >= 0.5


def test_comments_fit_the_rating_and_the_kind_of_contact() -> None:
    db = bank(a_run())
    made, rows = db["interactions"], db["satisfaction_surveys"]
    band = np.array(("low", "low", "middle", "high", "high"))[rows["satisfaction_rating"] - 1]
    channel = looked_up(made["interaction_id"], made["channel"], rows["interaction_id"])
    for line, one, through in zip(rows["comments"], band, channel, strict=True):
        assert line is None or line in pools.pool(f"survey_comments/{one}")
        assert line is None or "at the branch" not in line or through == "branch"
    assert kinds_of("The agent called back.") == {0} and kinds_of("Slow on a Monday.") == set()
    assert len(set(rows["comments"])) > 60
    assert len(comment_bank().count) == len(BANDS) * len(KINDS) and min(comment_bank().count) >= 12


@each_run
def test_every_complaint_is_a_contact_and_vice_versa(profile: str, seed: int) -> None:
    db = bank(a_run(seed, profile))
    made, rows = db["interactions"], db["complaints"]
    of_type = made["interaction_type"] == "complaint"
    assert (made["customer_id"][of_type] == rows["customer_id"]).all()
    gap = rows["complaint_date"] - made["interaction_date"][of_type]
    assert (gap >= np.timedelta64(0, "us")).all() and (gap < np.timedelta64(1, "h")).all()
    assert max(Counter(rows["customer_id"].tolist()).values()) <= 3
    pending = np.isin(rows["status"], ("open", "investigating"))
    assert not (made["outcome"][of_type][pending] == "resolved").any()


@each_run
def test_complaints_age_and_end_as_their_status_says(profile: str, seed: int) -> None:
    run = a_run(seed, profile)
    rows = bank(run)["complaints"]
    status, came, done = rows["status"], rows["complaint_date"], rows["resolved_at"]
    settled = np.isin(status, ("resolved", "closed"))
    assert (settled == ~np.isnat(done)).all()
    assert (settled == given(rows["resolution_time_hours"])).all()
    hours = rows["resolution_time_hours"][settled].astype(int)
    assert (done[settled] - came[settled] == hours * np.timedelta64(36, "s")).all()
    assert hours.min() >= 100 and hours.max() <= 24000 and (done[settled] < TODAY).all()
    age = TODAY.astype("datetime64[us]") - came
    critical = rows["priority"] == "critical"
    assert (age[status == "open"] < np.timedelta64(30, "D")).all()
    assert (age[~settled & critical] <= np.timedelta64(5, "D")).all()
    assert (hours[critical[settled]] <= 12000).all()
    until = np.where(settled, days(done), TODAY - DAY)
    _in_post(run, rows["assigned_to"], days(came), until)


@each_run
def test_complaints_raise_churn(profile: str, seed: int) -> None:
    db = bank(a_run(seed, profile), 1200)
    complained = np.isin(db["customer_profiles"]["customer_id"], db["complaints"]["customer_id"])
    gone = np.isin(db["customer_profiles"]["customer_status"], ("dormant", "closed"))
    assert complained[gone].mean() >= 1.5 * complained[~gone].mean()


@each_run
def test_complaint_texts_fit_their_row(profile: str, seed: int) -> None:
    rows = bank(a_run(seed, profile))["complaints"]
    for kind in ("service", "fee", "product", "fraud", "other"):
        lines = rows["description"][rows["complaint_type"] == kind]
        keys = [key for key in pools.parts("complaints") if key.partition(".")[0] == kind]
        texts = [text for key in keys for text in pools.pool(f"complaints/{key}")]
        forms = [re.sub(r"\\{\w+\\}", ".+", re.escape(text)) for text in texts]
        asked = "|".join(map(re.escape, pools.bank("complaints", ("asks", "asks.money")).texts))
        pattern = re.compile(f"(?:{'|'.join(forms)})(?: (?:{asked}))?")
        assert all(pattern.fullmatch(line) for line in lines)
    assert not any(set(line) & set("{}") for line in rows["description"])
    assert len(set(rows["description"])) > 0.9 * len(rows["description"])


@each_run
def test_what_is_complained_of_happened_to_the_customer_within_a_month(
    profile: str, seed: int
) -> None:
    run = a_run(seed, profile)
    rows, money = bank(run)["complaints"], movements(Shard(run, 1))
    some = given(rows["transaction_id"])
    assert (some == given(rows["amount"])).all()
    cause = rows["transaction_id"][some].astype(np.int64) - transaction_ids(Shard(run, 1))[0]
    assert len(set(cause)) == len(cause)
    assert (money.owner[cause] == rows["customer_id"][some] - 1).all()
    assert (money.amount[cause] == rows["amount"][some].astype(np.int64)).all()
    wait = (days(rows["complaint_date"][some]) - days(money.transaction_date[cause])).astype(int)
    assert wait.min() >= 1 and wait.max() <= 30 and np.median(wait) < 15
    told = zip(rows["description"][some], money.amount[cause], strict=True)
    assert all(f"${cents / 100:,.2f}" in line for line, cents in told)
    shops = pools.pool("merchants")
    named = zip(rows["description"][some], money.merchant[cause], strict=True)
    assert all(shop < 0 or shops[shop] in line for line, shop in named)
    assert (money.merchant[cause] >= 0).any()
    kind = rows["complaint_type"]
    assert some[kind == "fee"].mean() > 0.65 and some[kind == "fraud"].mean() > 0.6
    assert some[kind == "service"].mean() < 0.2 and not some[kind == "other"].any()
    assert (money.kind[cause[kind[some] == "fee"]] == FEE).all()


@each_run
def test_fees_are_complained_of_by_those_who_were_charged(profile: str, seed: int) -> None:
    rows, money = (
        bank(a_run(seed, profile))["complaints"],
        movements(Shard(a_run(seed, profile), 1)),
    )
    charged = np.isin(rows["customer_id"] - 1, money.owner[money.kind == FEE])
    fees = rows["complaint_type"] == "fee"
    assert charged[fees].mean() > 1.5 * charged[~fees].mean()


def test_texts_of_bookings_tell_amount_and_day() -> None:
    for line in pools.bank("complaints", BOOKED).texts:
        assert "{amount}" in line and "{day}" in line
    plain = [key for key in pools.parts("complaints") if key not in BOOKED]
    for key in plain:
        lines = pools.pool(f"complaints/{key}")
        assert not [line for line in lines if "{amount}" in line or "{merchant}" in line]


@each_run
def test_leaving_rises_with_escalations(profile: str, seed: int) -> None:
    db = bank(a_run(seed, profile))
    made, who = db["interactions"], db["customer_profiles"]
    times = np.bincount(made["customer_id"][made["outcome"] == "escalated"] - 1, minlength=2000)
    gone = np.isin(who["customer_status"], ("dormant", "closed"))
    share = [gone[np.minimum(times, 2) == count].mean() for count in range(3)]
    assert share[0] < share[1] < share[2] and share[2] > 1.5 * share[0]


@each_run
def test_subjects_are_of_what_the_customer_has(profile: str, seed: int) -> None:
    run = a_run(seed, profile)
    made = bank(run)["interactions"]
    a, asked = accounts(Shard(run, 1)), applications(Shard(run, 1))
    held = policies(Shard(run, 1))
    owner, text = made["customer_id"] - 1, made["subject"].astype(str)
    assert not any(set(line) & set("{}") for line in text) and len(set(text)) > 250
    for word, of in (("checking", a.owner), ("mortgage", asked.owner), ("policy", held.owner)):
        own = np.char.find(text, f"the {word}") >= 0
        own |= np.char.find(text, f"{word} payment") >= 0
        assert np.isin(owner[own], of).all()
    about = made["interaction_type"] == "complaint"
    assert (np.char.find(text[~about], "$") < 0).all()


@each_run
def test_campaigns_are_past_and_of_the_right_mix(profile: str, seed: int) -> None:
    run = a_run(seed, profile)
    crm, rows = run.profile.crm, bank(run)["campaigns"]
    assert off(rows["campaign_type"], crm.campaign_type.items()) < 1
    assert off(rows["target_segment"], crm.campaign_segment.items()) < 1
    assert (rows["start_date"] >= TODAY - 731 * DAY).all() and (rows["end_date"] < TODAY).all()
    assert ((rows["end_date"] - rows["start_date"]).astype(int) >= 20).all()
    assert len(set(rows["campaign_name"])) == len(rows["campaign_name"])
    assert (rows["budget"] >= 100_000).all() and (rows["budget"] % 100_000 == 0).all()
    again = DOMAIN.tables[4].foundation(run, 1).columns["campaign_name"].to_pylist()
    assert not set(again) & set(rows["campaign_name"])


@each_run
def test_responses_follow_campaign_customer_and_funnel(profile: str, seed: int) -> None:
    db, who = bank(a_run(seed, profile)), people(Shard(a_run(seed, profile), 1))
    rows, plan = db["campaign_responses"], db["campaigns"]
    campaign, owner = rows["campaign_id"] - 1, rows["customer_id"] - 1
    day, step = rows["response_date"], rows["response_type"]
    assert ((plan["start_date"][campaign] <= day) & (day <= plan["end_date"][campaign])).all()
    assert (day > who.onboarding_date[owner]).all() and not (day >= who.ended[owner]).any()
    assert not (day > who.silent_since[owner]).any() and (day < TODAY).all()
    segment = db["customer_profiles"]["segment"][owner]
    target = plan["target_segment"][campaign]
    assert ((target == "all") | (target == segment)).all()
    assert len(set(zip(campaign.tolist(), owner.tolist(), strict=True))) == len(owner)
    assert (rows["converted"][step == "purchased"]).all()
    assert not rows["converted"][np.isin(step, ("opened", "unsubscribed"))].any()
    same = owner[1:] == owner[:-1]
    assert not (same & (step[:-1] == "unsubscribed")).any()
    assert (day[1:][same] >= day[:-1][same]).all()
    most = max(a_run(name=profile).profile.crm.responses_per_responder.numbers)
    assert max(Counter(owner.tolist()).values()) <= most


@each_run
def test_an_offer_converts_exactly_those_who_open_what_it_offers(profile: str, seed: int) -> None:
    run = a_run(seed, profile)
    rows, plan = bank(run)["campaign_responses"], bank(run)["campaigns"]
    shard = Shard(run, 1)
    a, held, lent = accounts(shard), policies(shard), loans(shard)
    things = {
        "Bundle": (a.owner, a.opened_date, a.account_type, (0, 1)),
        "Cover": (held.owner, held.terms.start_date, held.policy_type, (1, 2)),
        "Loan": (lent.owner, lent.disbursement_date, lent.loan_type, (1,)),
    }
    offers = np.flatnonzero(plan["campaign_type"] == "cross_sell")
    seen = followed = 0
    for campaign in offers:
        word = next(word for word in things if word in plan["campaign_name"][campaign])
        owner, day, kind, meant = things[word]
        for row in np.flatnonzero(rows["campaign_id"] == campaign + 1):
            mine = (owner == rows["customer_id"][row] - 1) & np.isin(kind, meant)
            wait = (day[mine] - rows["response_date"][row]).astype(int)
            bought = bool(((wait > 0) & (wait <= 60)).any())
            assert rows["converted"][row] == bought
            seen, followed = seen + 1, followed + bought
    assert seen >= 15 and followed >= 1


@each_run
def test_who_converts_rather_opens_something(profile: str, seed: int) -> None:
    run = a_run(seed, profile)
    rows = bank(run)["campaign_responses"]
    soon = buys(run, 1, rows["customer_id"] - 1, rows["response_date"])
    won = rows["converted"]
    assert soon[won].mean() > 2 * soon[~won].mean()


@each_run
def test_load_over_the_week_and_durations_by_channel(profile: str, seed: int) -> None:
    run = a_run(seed, profile)
    rows = bank(run, 1200)["interactions"]
    _, day, _ = _by_the_wall(run, rows["customer_id"] - 1, rows["interaction_date"])
    weekday = (day.astype(int) + 3) % 7
    assert 1.1 <= (weekday == 0).sum() / (weekday == 3).sum() <= 1.3
    mean = {
        channel: rows["duration_minutes"][rows["channel"] == channel].astype(float).mean()
        for channel in ("mobile_app", "phone", "web", "branch")
    }
    assert list(mean.values()) == sorted(mean.values())
    assert mean["branch"] > 2 * mean["mobile_app"]


def test_a_twentieth_of_each_channel_are_complaints_in_the_guide() -> None:
    rows = bank(a_run())["interactions"]
    for channel in set(rows["channel"]):
        kind = rows["interaction_type"][rows["channel"] == channel]
        assert abs((kind == "complaint").mean() - 0.05) < 0.01


def test_prefixes_and_attempts_change_nothing() -> None:
    assert changed_by_attempts(DOMAIN, a_run()) == set()


def test_the_same_again_and_another_with_another_seed() -> None:
    first, other = bank(a_run(seed=5)), bank(a_run(seed=6))
    made_of.cache_clear()
    again = bank(a_run(seed=5))
    for name, columns in first.items():
        for column, values in columns.items():
            assert str(values.tolist()) == str(again[name][column].tolist())
    lines = [db["complaints"]["description"].tolist() for db in (first, other)]
    assert lines[0] != lines[1]


@pytest.mark.parametrize("as_of", [date(2024, 12, 27), date(2027, 1, 5), date(2026, 9, 8)])
def test_holidays_before_the_as_of_date_leave_days_enough(as_of: date) -> None:
    for employees in (7, 150):
        run = Run(3, load_profile("requirements"), as_of, employees)
        db = bank(run, index=2)
        at = days(db["interactions"]["interaction_date"])
        assert at.max() < np.datetime64(as_of)
        assert is_business(at[given(db["interactions"]["handled_by"])]).all()
        assert not (db["complaints"]["resolved_at"] >= np.datetime64(as_of)).any()


def test_extreme_profiles_make_a_bank_all_the_same(tmp_path: Path) -> None:
    extremes = (
        "interactions = { 0 = 1.0 }\ncomplainers = 0.0",
        "handled = 0.0\nsurvey_share = 1.0\nsurvey_comments = 1.0\nresponders = 1.0",
        "responders = 0.0\nsurvey_share = 0.0\ncomplainers = 0.0\ncampaigns = [60, 60]",
        "interactions = { 30 = 1.0 }\ncomplainers = 0.9\ncomplaint_status = { open = 1.0 }",
    )
    for number, crm in enumerate(extremes):
        file = tmp_path / f"extreme{number}.toml"
        file.write_text(f'extends = "guide"\n[crm]\n{crm}\n')
        db = bank(Run(1, load_profile(str(file)), AS_OF, 7))
        rows = db["interactions"]
        assert given(rows["handled_by"])[np.isin(rows["channel"], ("phone", "branch"))].all()
        assert len(set(db["campaigns"]["campaign_name"])) == len(db["campaigns"]["budget"])
        assert (db["satisfaction_surveys"]["survey_date"] < TODAY).all()


def test_permitted_keeps_shares_and_limits() -> None:
    draw = stream(1, "test.permitted")
    allowed = np.ones((300, 3), dtype=bool)
    allowed[:, 2] = draw.uniform(np.arange(300), 9) < 0.4
    code = permitted(draw, [0.5, 0.3, 0.2], allowed)
    assert allowed[np.arange(300), code].all()
    assert off(code, enumerate([0.5, 0.3, 0.2])) < 2
    allowed[:, 2] = False
    assert (permitted(draw, [0.0, 0.0, 1.0], allowed) < 2).all()


def test_apportion_and_tilted() -> None:
    assert apportion([0.4, 0.3, 0.2, 0.1], 12) == [5, 4, 2, 1]
    weights = tilted(1, 3, 1.24)
    assert sum(weights) == pytest.approx(1) and weights[0] > weights[1] > weights[2] > 0
    assert sum(n * w for n, w in enumerate(weights, 1)) == pytest.approx(1.24)
    assert tilted(1, 3, 3)[2] > 0.99 and tilted(2, 2, 2) == [1.0]
