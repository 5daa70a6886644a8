"""insurance_db meets every figure of the documents, reads well, and is believable."""

from __future__ import annotations

import re
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from bank import DAY, of_policy, shares
from bank import rows as rows_of
from bank import run as run_of
from together import Together

from dhub.domains.insurance import DOMAIN, insured, wording
from dhub.draw import pools
from dhub.draw.text import SLOT
from dhub.model import Shard
from dhub.world.cover import policies
from dhub.world.cover.kinds import TYPES
from dhub.world.credit.worth import appraised, mortgaged
from dhub.world.households import households
from dhub.world.income import incomes
from dhub.world.people import people

rows = partial(rows_of, DOMAIN)
FIGURES = [(seed, profile) for profile in ("guide", "requirements") for seed in (1, 2, 3, 7, 42)]
figures = Together(("seed", "profile"), FIGURES)
test_every_bank_has_the_figures = figures.test()


def tables(shard: Shard) -> SimpleNamespace:
    return SimpleNamespace(**{table.name: rows(table.name, shard) for table in DOMAIN.tables})


@figures
def test_counts_at_scale_one(seed, profile) -> None:
    t = tables(Shard(run_of(seed, profile), 1, 1200))
    assert 385 <= len(t.policies.policy_id) <= 400
    assert 400 <= len(t.beneficiaries.policy_id) <= 600
    assert 200 <= len(t.claims.policy_id) <= 300
    assert 2000 <= len(t.premium_payments.policy_id) <= 3000
    assert 300 <= len(t.policy_events.policy_id) <= 500
    claiming = len(set(t.claims.policy_id)) / len(t.policies.policy_id)
    assert 0.40 <= claiming <= 0.50
    for table in DOMAIN.tables:
        expected = table.expected(run_of(seed, profile), 1200)
        assert len(rows(table.name, Shard(run_of(seed, profile), 1, 1200)).policy_id) == (
            pytest.approx(expected, rel=0.15)
        )


@figures
@pytest.mark.parametrize("customers", [60, 120, 600, 1200, 2000])
def test_shares_hold_at_every_scale(seed, profile, customers) -> None:
    run = run_of(seed, profile)
    t, want = tables(Shard(run, 1, customers)), run.profile.insurance
    p = t.policies
    holders, several = np.unique(p.customer_id, return_counts=True)
    assert abs(len(holders) - want.holders * customers) <= 2
    assert abs((several > 1).sum() - want.multiple * len(holders)) <= 2
    shares(p.policy_type, want.type, 3)
    shares(p.premium_frequency, want.frequency)
    shares(p.policy_status, want.status, 3)
    assert abs((~np.isnan(p.linked_account_id)).sum() - want.linked * len(p.policy_id)) <= 2
    shares(t.claims.claim_status, want.claim_status, 3)
    count = np.unique(t.beneficiaries.policy_id, return_counts=True)[1]
    life = p.policy_type[np.isin(p.policy_id, t.beneficiaries.policy_id)] == "life"
    shares(count[life].astype(str), want.life_beneficiaries, 3)
    assert abs((~life).sum() - want.other_beneficiaries * (p.policy_type != "life").sum()) <= 2
    pay = t.premium_payments
    # Methods are dealt in blocks of policies, and a policy pays up to sixty times: a prefix cuts
    # the last block anywhere, and there may be no linked policy left that a debit fits.
    block = 20 if customers < 1200 else 15
    shares(pay.payment_method, want.payment_method, block)
    linked = (~np.isnan(pay.account_id)).sum()
    assert abs(linked - want.payment_linked * len(pay.amount)) <= block
    shares(pay.payment_status, want.payment_status, 3 + 0.005 * len(pay.amount))
    e = t.policy_events
    assert abs((~np.isnan(e.performed_by)).sum() - want.event_performed * len(e.details)) <= 2


@figures
@pytest.mark.parametrize("customers", [120, 1200, 2000])
def test_events_come_as_close_to_their_mix_as_the_status_lets_them(
    seed, profile, customers
) -> None:
    """Every ended policy has its cancellation, so these may be more than the mix asks for."""
    run = run_of(seed, profile)
    t, want = tables(Shard(run, 1, customers)), run.profile.insurance
    count, events = len(t.policies.policy_id), t.policy_events.event_type
    asked = {k: w * want.events_per_policy * count for k, w in want.event_type.items()}
    for kind in ("renewal", "modification", "reinstatement"):
        assert abs((events == kind).sum() - asked[kind]) <= 4, kind
    ended = (t.policies.policy_status != "active").sum()
    assert (events == "cancellation").sum() == ended + (events == "reinstatement").sum()
    if customers >= 1200:
        for kind, weight in want.event_type.items():
            assert (events == kind).mean() == pytest.approx(weight, abs=0.025)


@figures
def test_relationships_come_as_close_to_their_mix_as_one_spouse_lets_them(seed, profile) -> None:
    """R74: every policy with beneficiaries names a spouse, and still they are not half."""
    b = rows("beneficiaries", Shard(run_of(seed, profile), 1, 1200))
    spouses = (b.relationship == "spouse").sum()
    assert spouses == len(set(b.policy_id))
    assert 0.42 <= spouses / len(b.policy_id) <= 0.5
    rest = len(b.policy_id) - spouses
    for kind, weight in (("child", 0.6), ("parent", 0.2), ("other", 0.2)):
        assert abs((b.relationship == kind).sum() - weight * rest) <= 4


@figures
def test_husbands_and_wives_are_those_of_the_married(seed, profile) -> None:
    """All policies with beneficiaries name a spouse, and two of three customers are married."""
    shard = Shard(run_of(seed, profile), 1, 1200)
    b, home = rows("beneficiaries", shard), households(shard)
    owner = rows("policies", shard).customer_id[of_policy(shard, b.policy_id)] - 1 - shard.first
    spouse = np.flatnonzero(b.relationship == "spouse")
    n = len(spouse)  # 92 % at least, were there enough of them
    assert home.married[owner[spouse]].mean() > 0.92 - 3 * np.sqrt(0.92 * 0.08 / n)
    called = {}
    for row in spouse:  # one customer's is one person, by whichever policy
        assert called.setdefault(owner[row], b.beneficiary_name[row]) == b.beneficiary_name[row]


@figures
def test_claims_are_believable(seed, profile) -> None:
    run = run_of(seed, profile)
    shard = Shard(run, 1, 2000)
    t, want = tables(shard), run.profile.insurance
    c, p = t.claims, t.policies
    at = of_policy(shard, c.policy_id)
    share = c.claim_amount / p.coverage_amount[at]
    assert share.min() >= want.claim_amount.low and share.max() <= want.claim_amount.high
    assert 0.11 <= share.mean() <= 0.12 and np.median(share) < share.mean()
    rate = {k: np.bincount(at, minlength=len(p.policy_id))[p.policy_type == k].mean()
            for k in TYPES}  # fmt: skip
    assert rate["life"] <= 0.06 < rate["travel"] < min(rate[k] for k in TYPES[1:4])
    today = run.today
    assert (c.claim_date[c.claim_status == "under_review"] >= today - 240 * DAY).all()
    assert (c.claim_date[c.claim_status == "approved"] >= today - 400 * DAY).all()
    paid = c.claim_status == "paid"
    days = (c.settlement_date - c.claim_date)[paid].astype(int)
    assert days.min() >= want.settlement_days.low and days.max() <= want.settlement_days.high
    logs = np.log(c.claim_amount)
    assert 0.7 <= logs.std() <= 1.6
    for kind in TYPES:
        logs = np.log(p.coverage_amount[p.policy_type == kind])
        assert 0.3 <= logs.std() <= 1.1
        if len(logs) < 100:
            continue
        skew = ((logs - logs.mean()) ** 3).mean() / logs.std() ** 3
        assert abs(skew) < 0.8
    premiums = t.premium_payments.amount[t.premium_payments.payment_status == "completed"].sum()
    assert 0.5 <= c.settlement_amount[paid].sum() / premiums <= 1.4


def test_starts_are_skewed_recent() -> None:
    run = run_of()
    start = rows("policies", Shard(run, 1)).start_date
    age = (run.today - start).astype(int) / 365.25
    assert 1.3 <= age.mean() <= 1.8 and np.median(age) < age.mean() and age.max() <= 5


@figures
def test_people_keep_to_one_way_of_paying(seed, profile) -> None:
    pay = rows("premium_payments", Shard(run_of(seed, profile), 1))
    same = pay.policy_id[1:] == pay.policy_id[:-1]
    changed = same & (pay.payment_method[1:] != pay.payment_method[:-1])
    assert np.unique(pay.policy_id[1:][changed], return_counts=True)[1].max() <= 5
    assert changed.sum() / same.sum() < 0.10


def test_the_rich_hold_more_and_for_more() -> None:
    shard = Shard(run_of(), 1)
    p, who = rows("policies", shard), people(shard)
    owner = (p.customer_id - 1 - shard.first).astype(int)
    held = np.bincount(owner, minlength=2000)
    rates = [held[who.segment == segment].mean() for segment in range(4)]
    assert rates[0] < rates[1] and rates[0] < rates[3]
    insured = np.log(p.coverage_amount)
    rich = who.segment[owner] >= 1
    assert insured[rich].mean() > insured[~rich].mean() + 0.15


@pytest.mark.parametrize("profile", ["guide", "requirements"])
def test_cover_follows_what_is_insured_and_earned(profile) -> None:
    borrowers, others, value, earned = [], [], [], []
    for index in (1, 2, 3):
        shard = Shard(run_of(42, profile), index)
        p, row = rows("policies", shard), mortgaged(shard.run, index)
        owner = (p.customer_id - 1 - shard.first).astype(int)
        house, life = p.policy_type == "property", p.policy_type == "life"
        has = np.isin(np.arange(len(row)), owner[house])
        borrowers.append(has[row >= 0])
        others.append(has[row < 0])
        owed = house & (row[owner] >= 0)
        worth = appraised(shard.run, index)[row[owner[owed]]]
        value.append(np.stack([p.coverage_amount[owed], worth]))
        gross = incomes(shard).gross[owner[life]]
        earned.append(np.stack([p.coverage_amount[life], gross]))
    assert np.concatenate(borrowers).mean() >= 0.6 > 0.1 > np.concatenate(others).mean()
    assert np.corrcoef(np.concatenate(value, axis=1))[0, 1] >= 0.6
    assert np.corrcoef(np.concatenate(earned, axis=1))[0, 1] >= 0.5


def test_policies_and_claims_say_what_they_are_about() -> None:
    shard = Shard(run_of(), 1)
    p, c = rows("policies", shard), rows("claims", shard)
    homes = p.insured_object[p.policy_type == "property"]
    towns = tuple(f" in {town.city}, {town.state}" for town in pools.towns())
    assert all(text.endswith(towns) for text in homes)
    car = p.policy_type == "vehicle"
    built = np.array([int(text[:4]) for text in p.insured_object[car]])
    begun = p.start_date[car].astype("datetime64[Y]").astype(int) + 1970
    assert (built <= begun).all() and (built >= begun - 9).all()
    known = {TYPES[n]: {*some[0], *some[1]} for n, some in enumerate(insured._CAUSES)}
    assert all(cause in known[kind] for cause, kind in zip(c.cause, c.claim_type, strict=True))


@figures
def test_texts_tell_the_same_as_the_rows(seed, profile) -> None:
    shard = Shard(run_of(seed, profile), 1)
    e, t = rows("policy_events", shard), policies(shard).terms
    at = of_policy(shard, e.policy_id)
    status = rows("policies", shard).policy_status[at]
    for text, kind, i, state in zip(e.details, e.event_type, at, status, strict=True):
        if found := re.search(r"(\d+) days", text):
            assert int(found[1]) == (t.resumed[i] - t.interrupted[i]).astype(int)
        if text.startswith(("Lapsed", "Cover ended")):
            assert kind == "cancellation" and state == "lapsed"
            day = t.unpaid_from[i].astype(object)
            assert f"{day:%B} {day.day}" in text
        if kind == "modification":
            assert not re.search(r"cancel|renew|reinstat", text, re.IGNORECASE)
    assert len(set(e.details)) > 60


def test_sentences_are_whole_and_ask_for_nothing_unknown() -> None:
    known = {"premium", "coverage", "frequency", "day", "days"}
    for group in wording._SENTENCES:
        assert len(group) == len(set(group))
        for text in group:
            assert set(SLOT.findall(text)) <= known and text.endswith(".") and len(text) < 100
