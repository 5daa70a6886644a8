"""Takes policy events, gives a sentence for each that fits its policy."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream, text
from dhub.draw.pools import Bank
from dhub.model import Coded, Run, Shard
from dhub.world.cover import Policies
from dhub.world.cover.amounts import amounts
from dhub.world.cover.kinds import FREQUENCIES, TYPES

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

# What an event can be about; renewals, modifications and cancellations differ by line.
LAPSED, LEFT, GAP, BACK = range(4)
RENEWED, MODIFIED, ENDED = (4 + len(TYPES) * number for number in range(3))

# A modification never touches premium or coverage: both are one figure a policy.
_SENTENCES: tuple[tuple[str, ...], ...] = (
    (
        "Lapsed: the premium of {premium} due on {day} was not paid within the days of grace.",
        "Cover ended for non-payment: {frequency} premium due on {day} still open after reminder.",
        "Lapsed after the grace period; instalment due on {day} ({premium}) not received.",
    ),
    (
        "Cancelled as the customer left the bank.",
        "Cancelled on closing of the customer relationship.",
    ),
    (
        "Cancelled for outstanding documents; policyholder informed by letter.",
        "Cover suspended: requested declaration not returned in time.",
        "Cancelled at the policyholder's request, with a right to reinstatement.",
    ),
    (
        "Reinstated after {days} days: documents complete, premiums paid to date.",
        "Reinstated on application of the policyholder; cover of {coverage} unchanged.",
        "Cover of {coverage} restored {days} days after cancellation, arrears settled.",
    ),
    (
        "Policy anniversary: cover of {coverage} continued, premium unchanged.",
        "Life cover of {coverage} confirmed for another policy year.",
        "Renewed for a year without a new medical questionnaire.",
    ),
    (
        "Renewed for a year: building and contents insured for {coverage}.",
        "Property policy renewed at the same {frequency} premium of {premium}.",
        "Annual renewal; sum insured of {coverage} checked and kept.",
    ),
    (
        "Renewed for a year at the same {frequency} premium of {premium}.",
        "Vehicle policy renewed after check of the driving record.",
        "Annual renewal; cover of {coverage} continued, new insurance card sent.",
    ),
    (
        "Health cover of {coverage} renewed for the coming policy year.",
        "Renewed in open enrollment at the same {frequency} premium of {premium}.",
        "Annual renewal without change of benefits.",
    ),
    (
        "Travel cover of {coverage} renewed for another year of trips.",
    ),
    (
        "Beneficiary designation reviewed with the policyholder.",
        "Address of the insured changed; premium unchanged.",
        "Name of the insured corrected after marriage.",
        "Payment day of the {frequency} premium noted anew.",
    ),
    (
        "Lender's interest endorsed on the policy at the mortgagee's request.",
        "Alarm system certificate added to the file; premium unchanged.",
        "Description of the insured building corrected: new roof.",
        "Year of construction corrected; sum insured of {coverage} kept.",
    ),
    (
        "Vehicle replaced by one of the same class; premium unchanged.",
        "Second driver of the household added; premium unchanged.",
        "License plate updated after registration in another county.",
        "Garage address changed within the same rating territory.",
    ),
    (
        "Primary care physician changed at the member's request.",
        "Contact details of the insured updated; new member card sent.",
        "Prescription plan switched to mail order; premium unchanged.",
    ),
    (
        "Travel destinations extended within the same zone.",
        "Companion on the next trip noted; premium unchanged.",
        "Emergency contact changed before departure.",
    ),
    (
        "Cancelled at the policyholder's request.",
        "Surrendered by the policyholder; no further premiums due.",
        "Cancelled: life cover taken over by the employer's group plan.",
    ),
    (
        "Cancelled after sale of the insured property.",
        "Cancelled at the policyholder's request: moved to another insurer.",
        "Cancelled: property transferred to a family member.",
    ),
    (
        "Cancelled after sale of the vehicle.",
        "Cancelled at the policyholder's request: moved to another insurer.",
        "Cancelled: vehicle taken off the road.",
    ),
    (
        "Cancelled: covered by the employer's plan from now on.",
        "Cancelled at the policyholder's request.",
        "Cancelled on enrollment in a public plan.",
    ),
    (
        "Cancelled: no further trips planned.",
        "Cancelled at the policyholder's request after the trip was called off.",
    ),
)  # fmt: skip


@lru_cache(maxsize=1)
def _bank() -> Bank:
    count = tuple(len(group) for group in _SENTENCES)
    first = tuple(sum(count[:number]) for number in range(len(count)))
    return Bank(tuple(text for group in _SENTENCES for text in group), first, count)


def details(shard: Shard, p: Policies, policy: Int, place: Int, about: Int) -> object:
    """The sentence of each event; `about` is one of the constants above."""
    run: Run = shard.run
    coverage, premium = amounts(shard)
    days = (p.terms.resumed - p.terms.interrupted)[policy].astype(np.int64)
    draw = stream(run.seed, "events.details").uniform(place)
    return text.fill(
        text.choose(_bank(), about, draw),
        _bank().texts,
        premium=text.money(premium[policy]),
        coverage=text.money(coverage[policy]),
        frequency=Coded(p.frequency[policy], FREQUENCIES),
        day=text.day(p.terms.unpaid_from[policy]),
        days=days,
    )
