"""The section `insurance`: policies, beneficiaries, claims, premiums and events."""

from __future__ import annotations

from typing import Annotated

from dhub.profiles.base import Section
from dhub.profiles.values import (
    Among,
    By,
    Count,
    Counts,
    Dollars,
    Keys,
    Mix,
    Numbers,
    Positive,
    Share,
    Shares,
    Years,
)

POLICY_TYPES = ("life", "property", "vehicle", "health", "travel")


class Insurance(Section):
    """What customers insure, what they pay for it and what they claim."""

    holders: Share
    multiple: Share
    per_multiple_holder: Annotated[Mix, Numbers(2, 5)]
    type: Annotated[Mix, Among(*POLICY_TYPES)]
    coverage: Annotated[By[Dollars], Keys(*POLICY_TYPES)]
    premium_rate: Annotated[By[Shares], Keys(*POLICY_TYPES)]
    frequency: Annotated[Mix, Among("annual", "quarterly", "monthly")]
    status: Annotated[Mix, Among("active", "lapsed", "cancelled")]
    linked: Share
    start_years: Years
    mean_age_years: Positive
    life_beneficiaries: Annotated[Mix, Numbers(1, 3)]
    other_beneficiaries: Share
    per_other_policy: Annotated[Mix, Numbers(1, 3)]
    beneficiary_relationship: Annotated[Mix, Among("spouse", "child", "parent", "other")]
    claimed: Annotated[By[Share], Keys(*POLICY_TYPES)]
    claims_per_claimed: Annotated[Mix, Numbers(1, 5)]
    claim_amount: Shares
    claim_amount_mean: Share
    claim_status: Annotated[Mix, Among("paid", "approved", "under_review", "rejected")]
    settlement_days: Counts
    payment_method: Annotated[Mix, Among("auto_debit", "online", "check", "wire")]
    payment_linked: Share
    payment_debited: Share
    payment_status: Annotated[Mix, Among("completed", "pending", "failed")]
    payment_grace_days: Count
    events_per_policy: Positive
    event_type: Annotated[Mix, Among("renewal", "modification", "cancellation", "reinstatement")]
    event_performed: Share
    reinstatement_days: Counts
