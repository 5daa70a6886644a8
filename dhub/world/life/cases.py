"""Takes a scene, gives the cash that a few customers pay in by parts, so that no report is due.

Three to five deposits on as many business days, each below the threshold above which a movement is
looked at, together above it; soon after, most of the money leaves for an account elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.profiles.values import cents
from dhub.world.accounts import ACTIVE
from dhub.world.calendar import DAY, next_business
from dhub.world.life.events import EARNED, WISHED, Events, events, together
from dhub.world.life.personas import life_of
from dhub.world.life.scene import Scene, address
from dhub.world.life.streams import SENT_ON, SPLIT_CASH, at_counter, cleared
from dhub.world.money.channels import ACH, BRANCH
from dhub.world.money.kinds import DEPOSIT, OUT, PURPOSES
from dhub.world.people import CORPORATE, RISKS

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

# Of the people who are no low risk and have had their main account here for some time, this part
# does it once: about two fifths of what is reported (assumed).
_SHARE, _SOME_TIME = 0.115, 150 * DAY
_FEWEST, _MOST = 3, 5
_PARTS = (0.55, 0.98)  # of the threshold, each deposit (assumed)
_NOTE = 2000  # cents: cash comes in whole twenties
_LATELY = 0.4  # of them in the last weeks, when a report may still be written (assumed)
_RECENT, _EARLIER = (14, 40), 100  # days before the end of the account's time
_KEPT = 0.97  # of the cash is sent on, at most (assumed)


def split_cash(s: Scene) -> list[Events]:
    """The deposits, then what is sent on."""
    most = cents(s.run.profile.compliance.monitoring_threshold)
    lowest, highest = (int(most * part) // _NOTE for part in _PARTS)
    account = _accounts(s) if lowest * _NOTE * _FEWEST > most else np.zeros(0, dtype=np.int64)
    draw, place = stream(s.run.seed, "life.split_cash"), s.a.place[account]
    count = draw.between(place, _FEWEST, _MOST, 1)
    day = _first_days(s, account)
    step = np.where(count == _FEWEST, 1 + draw.below(place, 2, 2), 1) * DAY
    period = day.astype("datetime64[M]").astype(np.int64)
    made, total = [], np.zeros_like(account)
    for number in range(_MOST):
        some = np.flatnonzero(number < count)
        at_place = address(place[some], SPLIT_CASH, period[some], number)
        wish = draw.between(at_place, lowest, highest, 3) * _NOTE
        total[some] += wish
        made.append(events(
            account[some], at_counter(draw, at_place, day[some], s.zone[account[some]]), at_place,
            way=EARNED, wish=wish, kind=DEPOSIT, payee=SPLIT_CASH, channel=BRANCH,
            purpose=PURPOSES.index("counter_cash"),
        ))  # fmt: skip
        day[some] = next_business(day[some] + step[some])
    return [together(made), _sent_on(s, account, day, period, total)]


def _accounts(s: Scene) -> Int:
    """Main accounts of people who do it."""
    owner = s.holders[s.main[s.holders]]
    account = s.checking[owner]
    fits = (s.who.risk[owner] >= RISKS.index("medium")) & (s.who.segment[owner] != CORPORATE)
    fits &= (s.a.status[account] == ACTIVE) & (s.end[account] - s.start[account] > _SOME_TIME)
    account = account[fits]
    does = stream(s.run.seed, "life.splits_cash").chance(s.a.place[account], _SHARE)
    return np.asarray(account[does])


def _first_days(s: Scene, account: Int) -> Days:
    draw, place = stream(s.run.seed, "life.split_since"), s.a.place[account]
    room = (s.end[account] - s.start[account]).astype(np.int64) - _EARLIER
    ago = np.where(
        draw.chance(place, _LATELY), draw.between(place, *_RECENT, 1),
        _EARLIER + draw.below(place, room, 2),
    )  # fmt: skip
    return np.asarray(next_business(s.end[account] - ago * DAY))


def _sent_on(s: Scene, account: Int, day: Days, period: Int, total: Int) -> Events:
    """Most of it, in whole hundreds, on the next business day; where a surplus leaves, too, which
    may have taken some of it, on the next few days."""
    parts = 1 if life_of(s.run).surplus is None else _FEWEST
    share = _KEPT - 0.15 * stream(s.run.seed, "life.sent_on").uniform(
        address(s.a.place[account], SENT_ON, period)
    )
    high = s.run.profile.transactions.amount["transfer_out"].cents[1]
    wish = np.floor(np.minimum(total * share, high) / parts / 10_000).astype(np.int64) * 10_000
    made = []
    for number in range(parts):
        place = address(s.a.place[account], SENT_ON, period, number)
        made.append(events(
            account, cleared(stream(s.run.seed, "life.cleared"), place, day), place, way=WISHED,
            wish=wish, kind=OUT, payee=SENT_ON, channel=ACH, purpose=PURPOSES.index("linked_out"),
        ))  # fmt: skip
        day = next_business(day + DAY)
    return together(made)
