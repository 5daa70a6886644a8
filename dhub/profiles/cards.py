"""The sections `cards` and `cross_sell`: the bank's own credit cards, and what to offer to whom."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dhub.profiles.base import Section
from dhub.profiles.values import Share, Shares, Span


class Cards(Section):
    """Credit cards of the bank itself; who has how many is told by `life.personas`."""

    limit: Shares  # of the gross income of a year
    apr: Span  # percent a year
    brought: Shares  # of the limit that is owed at first by who does not pay in full
    refunds: Share  # of purchases that are given back
    opened_years: Annotated[int, Field(ge=1, le=20)]  # before the ledger begins, at most


class CrossSell(Section):
    """What the bank may offer to whom: the rates at which each signal is to be seen."""

    insurance_gap: Shares  # of those who owe for a house: no life cover
    prepayment_potential: Shares  # of borrowers: savings of half their loans
    insures_house: Annotated[float, Field(ge=0, le=4)]  # leaning to insurance of who owes for one
