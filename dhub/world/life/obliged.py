"""Takes a scene, gives what loans and policies state that is booked on their accounts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.model import Shard
from dhub.world.calendar import is_business
from dhub.world.life.events import EARNED, OWED, Events, events
from dhub.world.life.scene import MOST_NUMBERS, Scene, address
from dhub.world.life.streams import OBLIGED, cleared
from dhub.world.money.channels import ACH, ONLINE
from dhub.world.money.kinds import DUE, DUE_OUT, GRANT, GRANT_IN
from dhub.world.obligations import Obligations, obligations


def obliged(s: Scene) -> list[Events]:
    """Instalments, payoffs and premiums that are owed, payouts and settlements that come in."""
    due = obligations(Shard(s.run, s.index))
    mine = np.isin(s.a.owner[due.account], s.customers) & (due.day >= s.start[due.account])
    return [_of(s, due, np.flatnonzero(mine & due.credit), EARNED, (GRANT, GRANT_IN)),
            _of(s, due, np.flatnonzero(mine & ~due.credit), OWED, (DUE, DUE_OUT))]  # fmt: skip


def _of(
    s: Scene, due: Obligations, row: NDArray[np.int64], way: int, kinds: tuple[int, int]
) -> Events:
    """Credits or debits, in the morning; what is above a payment or a deposit is a transfer."""
    account = due.account[row]
    code = OBLIGED + due.what[row]
    number = due.contract[row] % MOST_NUMBERS
    place = address(s.a.place[account], code, due.day[row].astype(np.int64), number)
    return events(
        account, cleared(stream(s.run.seed, "life.cleared"), place, due.day[row]), place, way=way,
        wish=due.amount[row], kind=np.array(kinds)[due.transfer[row].astype(int)], payee=code,
        channel=np.where(is_business(due.day[row]), ACH, ONLINE), pays=row,
    )  # fmt: skip
