"""The sections `certificates` and `securities`: what customers hold here beside their accounts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dhub.profiles.base import Section
from dhub.profiles.values import Dollars, Money, Share, Years

Sigma = Annotated[float, Field(ge=0, le=2)]


class Certificates(Section):
    """Certificates of deposit: older people have more of them."""

    holders: Share  # of those aged 45 who have an account
    several: Share  # of the holders have two
    years: Years  # ago the oldest was opened
    amount: Dollars
    amount_median: Money
    amount_sigma: Sigma


class Securities(Section):
    """Funds, bonds and shares, bought at once or by a plan."""

    holders: Share  # of those aged 45 who have an account
    several: Share  # of the holders have two
    years: Years  # ago the oldest was opened
    amount: Dollars  # of a purchase
    amount_median: Money
    amount_sigma: Sigma
    sold: Share  # of the holdings are sold in the end
