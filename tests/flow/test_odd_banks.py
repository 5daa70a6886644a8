"""Banks of a user's own profile: odd figures bend the mixes, never the rules."""

from __future__ import annotations

import json

import numpy as np
import pytest
from bank import AS_OF, PROFILES, Ledger, profile

from dhub.domains.accounts import DOMAIN
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles import profile_from_json
from dhub.world.accounts import FROZEN
from dhub.world.money import kinds as K

ODD = {
    "nobody earns interest": {
        "accounts": {"apy": dict.fromkeys(("checking", "savings", "money_market", "hsa"), 0.0)}
    },
    "twelve accounts each": {
        "accounts": {"holders": 0.75, "multiple": 0.3, "per_multiple_holder": {"12": 1.0}}
    },
    "one account each, none frozen": {
        "accounts": {"multiple": 0.05, "status": {"active": 0.99, "closed": 0.01}}
    },
    "no transfer stays inside": {"transactions": {"internal_share": 0.0}},
    "nothing by hand": {"transactions": {"manual": 0.0, "processed": 0.0}},
    "everybody spends little": {"transactions": {"spending_cap": 0.02}},
    "euros only": {"accounts": {"currency": {"EUR": 1.0}}},
    "small purses": {"accounts": {"balance": {"checking": [50, 3000]}}},
    "narrow counts": {"transactions": {"per_account": [14, 16], "per_account_mean": 15.0}},
    "all of one age": {"customers": {"age": [30, 31], "age_mean": 30.5}},
    "young and new": {"customers": {"age": [18, 19], "age_mean": 18.5, "years": 1}},
    "no large transfers": {"transactions": {"large_transfer_share": 0.0}},
}


def odd(name: str, base: str) -> Ledger:
    figures = json.loads(profile(base).to_json())
    for section, changes in ODD[name].items():
        for key, value in changes.items():
            known = figures["figures"][section][key]
            whole = key in ("per_multiple_holder", "status", "currency")
            keeps = isinstance(value, dict) and not whole
            figures["figures"][section][key] = {**known, **value} if keeps else value
    return Ledger.of(Run(7, profile_from_json(json.dumps(figures)), AS_OF, 150), 1)


@pytest.fixture(scope="module", params=[(name, base) for name in ODD for base in PROFILES], ids=str)
def led(request):
    """The ledger of each odd bank, made once."""
    return odd(*request.param)


def test_the_rules_hold(led):
    assert np.array_equal(led.m.balance_after, led.before + led.signed), "A01"
    assert (led.m.balance_after >= 0).all() and (led.m.amount > 0).all(), "A08, A10"
    legs = np.flatnonzero(led.m.partner >= 0)
    assert (led.signed[legs] + led.signed[led.m.partner[legs]] == 0).all(), "A04"
    assert (led.day >= led.a.opened_date[led.m.account]).all() and (led.day < led.run.today).all()
    assert not (led.day > led.a.closed_date[led.m.account]).any(), "A09"
    spent = ~led.credit & (led.m.kind != K.CLOSING)
    cap = led.run.profile.transactions.spending_cap
    assert (led.m.amount[spent] <= led.before[spent] * cap + 1).all()
    assert np.array_equal(
        np.bincount(led.a.owner, minlength=SHARD_CUSTOMERS), led.who.account_count
    )


def test_keys_stay_in_their_shard(led):
    for table in DOMAIN.tables:
        rows = table.rows(Shard(led.run, 1))
        key = rows.columns[table.key]
        assert key[0] == table.first_key(1, led.run.profile), table.name
        assert key[-1] < table.first_key(2, led.run.profile), table.name


def test_figures_of_nothing_leave_nothing():
    assert not odd("nobody earns interest", "guide").rows(K.INTEREST).any()
    assert not odd("no transfer stays inside", "guide").rows(K.LEG_IN).any()
    manned = odd("nothing by hand", "guide")
    assert np.array_equal(manned.m.manned, manned.rows(K.CLOSING)), "a payout needs a counter"
    assert not (odd("one account each, none frozen", "guide").a.status == FROZEN).any()
    moved = odd("no large transfers", "requirements")
    own = moved.booked(3, 7) & (moved.m.pays < 0)  # what a loan or a policy books is what it is
    assert moved.m.amount[own].max() <= 1_000_000
    assert set(odd("euros only", "guide").a.currency) == {1}
    assert odd("twelve accounts each", "guide").who.account_count.max() == 12
