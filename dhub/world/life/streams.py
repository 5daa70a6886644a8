"""The numbers of an account's streams, and the moments of the day at which they come.

A stream's number is part of the address of its events: none may ever be given another meaning.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream
from dhub.profiles.life import GROUPS
from dhub.world.clock import to_utc
from dhub.world.opening import at_a_counter

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

(
    PAY, PENSION, COMPANY_PENSION, SUPPORT, INVOICE, BENEFIT, FUNDING, TAKINGS,
    RENT, POWER, PHONE, WATER, INSURER, GYM, SUBSCRIPTION,
) = range(15)  # fmt: skip
CREDIT_CARD = SUBSCRIPTION + 5  # 3 of them
(
    SAVE, SWEEP, TOP_UPS, INTEREST_PAID, MONTHLY_FEE, MACHINE_FEE, TAX, WAGES, SUPPLIER,
) = range(CREDIT_CARD + 3, CREDIT_CARD + 12)  # fmt: skip
(OWNER, TAKEN_BACK, CONTRIBUTION, MEDICAL, LARGE_MOVE, FRIENDS, CLOSES) = range(
    SUPPLIER + 3, SUPPLIER + 10
)
RATE = CLOSES + 1  # one a group of GROUPS
OBLIGED = RATE + len(GROUPS)  # what other facts of the world state: 5 of them
HOME_LOAN, CAR_LOAN = OBLIGED + 5, OBLIGED + 6  # at other banks
SPLIT_CASH, SENT_ON = CAR_LOAN + 1, CAR_LOAN + 2
PERSON, PERSONS = SENT_ON + 1, 4  # to whom money is sent: payees of one stream
USED = PERSON + PERSONS
SECOND = np.timedelta64(1, "s")
_CLEARED = 8 * 3600 + 300  # second of the day in UTC from which on it is that day in every zone
_AWAKE = (8 * 3600, 22 * 3600)  # local, of what people do on a screen


def cleared(draw: Stream, place: Int, day: Days, first: int = 0, last: int = 7 * 3600) -> Instants:
    """When the clearing house books: some seconds after it is that day everywhere."""
    seconds = _CLEARED + draw.between(place, first, last, 7)
    return np.asarray(day.astype("datetime64[us]") + seconds * SECOND)


def slot(day: Days) -> Instants:
    """When money is brought in for what is owed: before anything else is booked on that day."""
    return np.asarray(day.astype("datetime64[us]") + (_CLEARED - 300) * SECOND)


def at_counter(draw: Stream, place: Int, day: Days, zone: Int) -> Instants:
    """While counters are open, where it is the same day in UTC."""
    return at_a_counter(draw, place, day, zone, 7)


def on_screen(draw: Stream, place: Int, day: Days, zone: Int) -> Instants:
    """At any hour at which people are awake."""
    return to_utc(day, draw.between(place, *_AWAKE, 7), zone)
