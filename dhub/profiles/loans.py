"""The section `loans`: applications, loans, collateral, instalments, guarantors, assessments."""

from __future__ import annotations

from typing import Annotated

from pydantic import ValidationInfo, field_validator

from dhub.profiles.base import Section, earlier, must
from dhub.profiles.values import (
    Among,
    By,
    Count,
    Counts,
    Dollars,
    Keys,
    Mix,
    Numbers,
    Share,
    Shares,
    Span,
    Years,
)

LOAN_TYPES = ("mortgage", "personal", "auto", "business", "education")


class Loans(Section):
    """What customers borrow and how they pay it back."""

    applicants: Share
    repeat_applicants: Share
    per_repeat_applicant: Annotated[Mix, Numbers(2, 5)]
    type: Annotated[Mix, Among(*LOAN_TYPES)]
    requested: Annotated[By[Dollars], Keys(*LOAN_TYPES)]
    requested_round: Share
    dti: Shares
    status: Annotated[Mix, Among("approved", "rejected", "pending", "withdrawn")]
    application_years: Years
    decision_days: Counts
    approved_share: Shares
    rate: Annotated[By[Span], Keys(*LOAN_TYPES)]
    term_months: Annotated[By[Counts], Keys(*LOAN_TYPES)]
    disbursement_days: Counts
    loan_status: Annotated[Mix, Among("active", "paid_off", "defaulted", "restructured")]
    outstanding: Shares
    arrears: Share
    arrears_days: Counts
    linked: Share
    autopay: Share
    collateral: Annotated[By[Share], Keys(*LOAN_TYPES)]
    business_collateral: Annotated[Mix, Among("property", "equipment", "inventory")]
    appraised: Span
    appraisal_days: Count
    instalment_status: Annotated[Mix, Among("paid", "late", "pending", "missed")]
    defaulted_missed: Share
    grace_days: Count
    guaranteed: Annotated[By[Share], Keys(*LOAN_TYPES)]
    guarantors: Annotated[Mix, Numbers(1, 2)]
    guarantor_relationship: Annotated[
        Mix, Among("spouse", "parent", "sibling", "child", "friend", "business_partner")
    ]
    guarantee: Shares
    reassessed: Share
    score: Counts
    score_band: Annotated[Mix, Among("300", "500", "600", "650", "700", "750", "800")]
    pd: Shares
    pd_defaulted: Share
    grade: Annotated[Mix, Among("AAA", "AA", "A", "BBB", "BB", "B", "CCC")]
    assessed_by_system: Share

    @field_validator("pd_defaulted")
    @classmethod
    def _top_of_its_band(cls, value: float, info: ValidationInfo) -> float:
        pd = earlier(info, "pd")
        must(pd is None or value >= pd.high, f"{value:g} is below the high of pd")
        return value
