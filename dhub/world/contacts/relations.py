"""Takes a shard, gives how often each customer is in contact, and who complains how often."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import spread, stream
from dhub.draw.strata import Shape
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles import Profile
from dhub.world.calendar import DAY
from dhub.world.contacts.causes import cause_days, charged
from dhub.world.contacts.mixes import NEVER, tilted
from dhub.world.people import ACTIVE, CLOSED, DORMANT, People, people
from dhub.world.personas import kinds, told_since

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]

SILENT, CONTENT = 0, 1  # strata of customers; 2 and up: files 1, 2 … complaints
# How much closed, dormant and account-holding customers lean to complain, in units of the share
# of complainers, so that the first two complain about four times as often; likewise those who were
# charged a fee (assumed).
LEAVING, FALLING_SILENT, HOLDING, CHARGED = 2.7, 2.3, 0.3, 3.0
DAYS_A_CONTACT = 12  # nobody is in contact more often than this, on average (assumed)


@dataclass(frozen=True)
class Relations:
    """The customers of a whole shard: contacts, complaints among them, and the days for both."""

    contacts: Int
    complaints: Int
    first_day: Days
    last_day: Days
    current: NDArray[np.bool_]  # still with the bank, and active


@of_shard()
def relations(run: Run, index: int) -> Relations:
    """The relations of a shard's customers."""
    who = people(Shard(run, index))
    first, last = contact_days(run, who)
    stratum = _strata(run, who, first, last, _charged(run, index, first, last))
    complaints = np.maximum(stratum - CONTENT, 0)
    contacts = np.zeros(SHARD_CUSTOMERS, dtype=np.int64)
    some = np.flatnonzero(stratum != SILENT)
    days = (last - first).astype(np.int64)[some]
    contacts[some] = _contacts(run, index, complaints[some], days)
    complaints = np.minimum(complaints, contacts)
    return Relations(contacts, complaints, first, last, who.status == ACTIVE)


def contact_days(run: Run, who: People) -> tuple[Days, Days]:
    """First and last day of contact: from the day after joining to yesterday, or to an end early
    enough that a survey is still answered."""
    first = who.onboarding_date + DAY
    if kinds(run):  # no contact is older than what the star tells
        first = np.maximum(first, told_since(run))
    margin = (int(run.profile.crm.survey_days.high) + 1) * DAY
    last = np.where(np.isnat(who.ended), run.today - DAY, who.ended - margin)
    last = np.where(np.isnat(who.silent_since), last, who.silent_since - margin)
    return first, np.maximum(last, first)


@lru_cache(maxsize=16)
def stratum_weights(profile: Profile) -> tuple[float, ...]:
    """Weights of the strata: the complaints of all complainers make their share of interactions."""
    crm = profile.crm
    none = crm.interactions.share("0")
    complainers = min(crm.complainers, 1 - none)
    low = max(1, crm.complaints_per_complainer.low)
    high = max(low, crm.complaints_per_complainer.high)
    mean = crm.interactions.mean * crm.complaint_share / complainers if complainers else 1.0
    files = [complainers * w for w in tilted(low, high, min(max(mean, low), high))]
    return (none, 1 - none - complainers, *[0.0] * (low - 1), *files)


def _shape(strata: int) -> Shape:
    """Complainers against the others first: their sum must be right, too."""
    files: Shape = strata - 1
    for stratum in range(strata - 2, CONTENT, -1):
        files = (stratum, files)
    return (files, (SILENT, CONTENT)) if strata > 2 else (SILENT, CONTENT)


def _charged(run: Run, index: int, first: Days, last: Days) -> NDArray[np.bool_]:
    """Who was charged a fee early enough to complain of it."""
    since, until = cause_days(first, last)
    earliest, latest = charged(run, index)
    return np.asarray((latest >= since) & (earliest <= until))


def _strata(run: Run, who: People, first: Days, last: Days, charged: NDArray[np.bool_]) -> Int:
    """Complaints raise churn: who left had complained more often, and so had who was charged."""
    days = (last - first).astype(np.int64)
    weights = stratum_weights(run.profile)
    lean = LEAVING * (who.status == CLOSED) + FALLING_SILENT * (who.status == DORMANT)
    lean = lean + HOLDING * (who.account_count > 0) + CHARGED * charged
    lean = run.profile.crm.complainers * lean
    lean = np.where(days < DAYS_A_CONTACT, NEVER, lean)
    score = np.zeros((len(days), len(weights)))
    score[:, CONTENT + 1 :] = lean[:, None]
    draw = stream(run.seed, "crm.strata")
    return spread(draw, weights, len(days), int(who.place[0]), score, _shape(len(weights)))


def _contacts(run: Run, index: int, complaints: Int, days: Int) -> Int:
    """Contacts of those who have any: at least their complaints, few for those who just joined."""
    mix = run.profile.crm.interactions
    sizes = np.array([n for n in mix.numbers if n > 0])
    weights = [w for n, w in mix.items() if int(n) > 0]
    if not len(days):
        return days
    crowded = np.clip(sizes - 1 - days[:, None] // DAYS_A_CONTACT, 0, 5)
    score = np.where(sizes < complaints[:, None], NEVER, -0.5 * crowded)
    score = score + 0.05 * sizes * (complaints[:, None] > 0)
    return sizes[spread(stream(run.seed, f"crm.contacts.{index}"), weights, len(days), score=score)]
