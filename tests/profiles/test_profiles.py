"""The shipped profiles state the documents' figures and come to the documents' totals."""

from __future__ import annotations

from typing import Any

import pytest

from dhub.profiles import By, Profile, load_profile
from dhub.profiles.model import plain

GUIDE = load_profile("guide")
REQUIREMENTS = load_profile("requirements")


def figure(profile: Profile, path: str) -> Any:
    """The figure at a dotted path, as TOML writes it."""
    value: Any = profile
    for key in path.split("."):
        value = value[key] if isinstance(value, By) else getattr(value, key)
    return plain(value)


# -------------------------------------------------------------------------------- the figures

GUIDE_FIGURES = {
    "scale.customers": 1200,
    "scale.employees": 150,
    "staff.departments": 12,
    "staff.training_per_employee": [2, 4],
    "staff.training_status": {"completed": 0.80, "in_progress": 0.15, "enrolled": 0.05},
    "staff.training_score": [65, 100],
    "staff.training_years": 2,
    "staff.reviews_per_employee": [1, 3],
    "staff.review_rating": {"1": 0.02, "2": 0.08, "3": 0.35, "4": 0.40, "5": 0.15},
    "staff.goals_met": [60, 100],
    "staff.assigned_customers": 0.60,
    "staff.assignment_ongoing": 0.85,
    "staff.branch_coverage": [10, 20],
    "accounts.holders": 0.75,
    "accounts.multiple": 0.25,
    "accounts.links": {"0": 0.75, "1": 0.20, "2": 0.05},
    "transactions.manual": 0.30,
    "transactions.spending_cap": 0.30,
    "transactions.amount.salary": [1000, 8000],
    "crm.interaction_from": "channel",
    "crm.interactions": {"0": 0.20, "1": 0.25, "2": 0.20, "3": 0.15, "4": 0.12, "5": 0.08},
    "crm.channel": {"phone": 0.30, "email": 0.25, "web": 0.20, "mobile_app": 0.15, "branch": 0.10},
    "crm.handled": 0.80,
    "crm.survey_share": 0.30,
    "crm.survey_comments": 0.50,
    "crm.complainers": 0.08,
    "crm.complaint_type": {
        "service": 0.35, "fee": 0.25, "product": 0.20, "fraud": 0.10, "other": 0.10,
    },
    "crm.complaint_status": {"resolved": 0.60, "investigating": 0.20, "closed": 0.15, "open": 0.05},
    "crm.campaigns": [10, 15],
    "crm.campaign_type": {"email": 0.40, "digital": 0.30, "cross_sell": 0.20, "direct_mail": 0.10},
    "crm.responders": 0.05,
    "loans.applicants": 0.35,
    "loans.repeat_applicants": 0.20,
    "loans.type": {
        "mortgage": 0.35, "personal": 0.30, "auto": 0.20, "business": 0.10, "education": 0.05,
    },
    "loans.status": {"approved": 0.65, "rejected": 0.20, "pending": 0.10, "withdrawn": 0.05},
    "loans.decision_days": [1, 30],
    "loans.rate": {
        "mortgage": [3.25, 6.75], "personal": [5.99, 17.99], "auto": [3.99, 8.99],
        "business": [4.99, 12.99], "education": [4.25, 8.75],
    },
    "loans.term_months": {
        "mortgage": [180, 360], "personal": [12, 60], "auto": [36, 72],
        "business": [36, 120], "education": [60, 180],
    },
    "loans.loan_status": {
        "active": 0.75, "paid_off": 0.20, "defaulted": 0.03, "restructured": 0.02,
    },
    "loans.collateral": {
        "mortgage": 0.8, "personal": 0.0, "auto": 0.8, "business": 0.8, "education": 0.0,
    },
    "loans.appraised": [1.10, 1.50],
    "loans.guarantors": {"1": 0.70, "2": 0.30},
    "loans.guarantee": [0.5, 1.0],
    "loans.reassessed": 0.40,
    "loans.score": [300, 850],
    "loans.pd_defaulted": 0.95,
}  # fmt: skip

# What the requirements state and the guide does not contradict: the same in both profiles.
COMMON_FIGURES = {
    "staff.role": {
        "customer_service_rep": 0.40, "loan_officer": 0.20, "insurance_agent": 0.15,
        "compliance_officer": 0.10, "manager_specialist": 0.15,
    },
    "staff.terminated": 0.05,
    "staff.managed": 0.70,
    "staff.hire_years": 10,
    "staff.programs": 20,
    "staff.program_hours": [2, 40],
    "staff.program_certification": 0.30,
    "customers.years": 7,
    "customers.age": [18, 85],
    "customers.segment": {
        "retail": 0.60, "premium": 0.25, "corporate": 0.10, "private_banking": 0.05,
    },
    "customers.status": {"active": 0.90, "dormant": 0.07, "closed": 0.03},
    "customers.kyc": {"verified": 0.85, "pending": 0.10, "expired": 0.05},
    "customers.risk": {"low": 0.70, "medium": 0.25, "high": 0.05},
    "customers.agent": 0.80,
    "accounts.type": {"checking": 0.50, "savings": 0.30, "money_market": 0.15, "hsa": 0.05},
    "accounts.status": {"active": 0.92, "frozen": 0.05, "closed": 0.03},
    "accounts.currency": {"USD": 0.95, "EUR": 0.03, "GBP": 0.01, "CAD": 0.01},
    "accounts.balance": {
        "checking": [50, 25000], "savings": [100, 100000],
        "money_market": [10000, 500000], "hsa": [100, 50000],
    },
    "transactions.per_account": [5, 50],
    "transactions.processed": 0.15,
    "crm.complaint_share": 0.05,
    "crm.duration": [2, 60],
    "crm.outcome": {"resolved": 0.70, "escalated": 0.20, "follow_up_needed": 0.10},
    "crm.survey_days": [1, 3],
    "crm.complaint_priority": {"critical": 0.10, "high": 0.20, "medium": 0.50, "low": 0.20},
    "crm.resolution_hours": [1, 240],
    "crm.complaint_assigned": 0.70,
    "crm.campaign_years": 2,
    "crm.response_type": {"clicked": 0.5, "opened": 0.3, "unsubscribed": 0.05, "purchased": 0.15},
    "crm.converted": 0.20,
    "loans.requested": {
        "mortgage": [100000, 800000], "personal": [5000, 50000], "auto": [10000, 80000],
        "business": [20000, 500000], "education": [5000, 100000],
    },
    "loans.approved_share": [0.8, 1.0],
    "loans.disbursement_days": [5, 30],
    "loans.linked": 0.70,
    "loans.pd": [0.01, 0.25],
    "loans.grade": {
        "AAA": 0.05, "AA": 0.10, "A": 0.25, "BBB": 0.30, "BB": 0.20, "B": 0.08, "CCC": 0.02,
    },
    "insurance.multiple": 0.15,
    "insurance.type": {
        "life": 0.35, "property": 0.25, "vehicle": 0.20, "health": 0.15, "travel": 0.05,
    },
    "insurance.coverage": {
        "life": [50000, 2000000], "property": [100000, 5000000], "vehicle": [10000, 150000],
        "health": [50000, 1000000], "travel": [10000, 100000],
    },
    "insurance.frequency": {"annual": 0.50, "quarterly": 0.30, "monthly": 0.20},
    "insurance.status": {"active": 0.88, "lapsed": 0.07, "cancelled": 0.05},
    "insurance.linked": 0.70,
    "insurance.start_years": 5,
    "insurance.other_beneficiaries": 0.20,
    "insurance.beneficiary_relationship": {
        "spouse": 0.50, "child": 0.30, "parent": 0.10, "other": 0.10,
    },
    "insurance.claim_amount": [0.1, 1.0],
    "insurance.claim_status": {
        "paid": 0.50, "approved": 0.25, "under_review": 0.15, "rejected": 0.10,
    },
    "insurance.payment_method": {"auto_debit": 0.60, "online": 0.20, "check": 0.15, "wire": 0.05},
    "insurance.payment_linked": 0.70,
    "insurance.payment_status": {"completed": 0.95, "pending": 0.03, "failed": 0.02},
    "insurance.event_type": {
        "renewal": 0.40, "modification": 0.30, "cancellation": 0.20, "reinstatement": 0.10,
    },
    "insurance.event_performed": 0.50,
    "compliance.document_type": {"passport": 0.50, "drivers_license": 0.35, "national_id": 0.15},
    "compliance.document_years": [1, 10],
    "compliance.review_years": [1, 3],
    "compliance.periodic": 0.50,
    "compliance.monitoring_threshold": 10000,
    "compliance.check_type": {
        "watchlist": 0.4, "sanctions": 0.3, "pep_screening": 0.2, "transaction_monitoring": 0.1,
    },
    "compliance.flagged": 0.05,
    "compliance.flag_risk": {"low": 0.35, "medium": 0.60, "high": 0.05},
    "compliance.sar_activity": {
        "structuring": 0.40, "unusual_pattern": 0.35, "high_risk_country": 0.25,
    },
    "compliance.sar_status": {"filed": 0.40, "under_review": 0.30, "closed": 0.20, "draft": 0.10},
    "compliance.sar_amount": [5000, 500000],
    "compliance.sar_tier": {"tier1": 0.60, "tier2": 0.30, "tier3": 0.10},
    "compliance.report_years": 2,
    "compliance.report_status": {"submitted": 0.80, "accepted": 0.15, "pending": 0.05},
    "compliance.audit_action": {"update": 0.50, "create": 0.30, "view": 0.15, "delete": 0.05},
    "compliance.audit_values": 0.30,
    "compliance.rules": [15, 20],
    "compliance.rule_active": 0.90,
    "compliance.velocity_count": 5,
    "compliance.violation_entity": {"transaction": 0.60, "account": 0.25, "customer": 0.15},
    "compliance.violation_severity": {"critical": 0.1, "high": 0.25, "medium": 0.45, "low": 0.2},
    "compliance.violation_status": {
        "resolved": 0.60, "investigating": 0.20, "false_positive": 0.15, "open": 0.05,
    },
}  # fmt: skip

REQUIREMENTS_FIGURES = {
    "scale.customers": 1200,
    "scale.employees": 150,
    "staff.departments": 12,
    "accounts.holders": 0.75,
    "accounts.multiple": 0.25,
    "accounts.multiple_by_segment.retail": 0.0,
    "accounts.relationship": {"joint_owner": 0.60, "beneficiary": 0.30, "authorized_user": 0.10},
    "transactions.spending_cap": 1.0,
    "transactions.amount.deposit": [20, 10000],
    "transactions.amount.withdrawal": [20, 5000],
    "transactions.amount.transfer_in": [50, 50000],
    "transactions.amount.transfer_out": [50, 50000],
    "transactions.amount.payment": [10, 2000],
    "crm.interaction_from": "type",
    "crm.type": {
        "call": 0.35, "email": 0.25, "branch_visit": 0.20, "chat": 0.15, "complaint": 0.05,
    },
    "crm.handled": 0.80,
    "crm.survey_comments": 0.30,
    "crm.complaint_type": {
        "service": 0.40, "fee": 0.25, "product": 0.20, "fraud": 0.10, "other": 0.05,
    },
    "crm.complaint_status": {"resolved": 0.60, "investigating": 0.25, "closed": 0.10, "open": 0.05},
    "crm.campaigns": [15, 20],
    "loans.applicants": 0.35,
    "loans.type": {
        "mortgage": 0.30, "personal": 0.25, "auto": 0.20, "business": 0.15, "education": 0.10,
    },
    "loans.status": {"approved": 0.65, "rejected": 0.25, "pending": 0.07, "withdrawn": 0.03},
    "loans.rate": {
        "mortgage": [3.5, 7.5], "personal": [6.0, 18.0], "auto": [4.0, 12.0],
        "business": [5.0, 15.0], "education": [4.0, 10.0],
    },
    "loans.term_months": {
        "mortgage": [180, 360], "personal": [12, 60], "auto": [24, 72],
        "business": [12, 120], "education": [60, 180],
    },
    "loans.loan_status": {"active": 0.85, "paid_off": 0.10, "defaulted": 0.05},
    "loans.collateral": {
        "mortgage": 0.60, "personal": 0.0, "auto": 0.80, "business": 0.40, "education": 0.0,
    },
    "loans.appraised": [1.10, 1.50],
    "loans.instalment_status": {"paid": 0.90, "late": 0.05, "pending": 0.03, "missed": 0.02},
    "loans.guarantee": [0.5, 1.0],
    "loans.reassessed": 0.30,
    "loans.score": [300, 850],
}  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "figures"),
    [(GUIDE, GUIDE_FIGURES | COMMON_FIGURES),
     (REQUIREMENTS, REQUIREMENTS_FIGURES | COMMON_FIGURES)],
    ids=["guide", "requirements"],
)  # fmt: skip
def test_states_the_documents_figures(profile: Profile, figures: dict[str, Any]) -> None:
    assert {path: figure(profile, path) for path in figures} == figures


# ---------------------------------------------------- what the figures come to at 1,200 customers


def accounts(p: Profile) -> float:
    several = p.accounts.multiple * (p.accounts.per_multiple_holder.mean - 1)
    return p.scale.customers * p.accounts.holders * (1 + several)


def interactions(p: Profile) -> float:
    return p.scale.customers * p.crm.interactions.mean


def responses(p: Profile) -> float:
    return p.scale.customers * p.crm.responders * p.crm.responses_per_responder.mean


def applications(p: Profile) -> float:
    several = p.loans.repeat_applicants * (p.loans.per_repeat_applicant.mean - 1)
    return p.scale.customers * p.loans.applicants * (1 + several)


def loans(p: Profile) -> float:
    return applications(p) * p.loans.status.share("approved")


def guaranteed(p: Profile) -> float:
    return sum(p.loans.guaranteed[name] * weight for name, weight in p.loans.type.items())


def policies(p: Profile) -> float:
    several = p.insurance.multiple * (p.insurance.per_multiple_holder.mean - 1)
    return p.scale.customers * p.insurance.holders * (1 + several)


def beneficiaries(p: Profile) -> float:
    life, i = p.insurance.type.share("life"), p.insurance
    other = i.other_beneficiaries * i.per_other_policy.mean
    return policies(p) * (life * i.life_beneficiaries.mean + (1 - life) * other)


def claimed(p: Profile) -> float:
    return sum(p.insurance.claimed[name] * weight for name, weight in p.insurance.type.items())


def payments(p: Profile) -> float:
    frequency = p.insurance.frequency
    a_year = sum(frequency.share(f) * n for f, n in zip(frequency.names, (1, 4, 12), strict=True))
    return policies(p) * p.insurance.mean_age_years * a_year


def checks(p: Profile) -> float:
    c = p.compliance
    screenings = p.scale.customers * (1 + c.periodic * c.periodic_checks.mean)
    return screenings / (1 - c.check_type.share("transaction_monitoring"))


def sars(p: Profile) -> float:
    c = p.compliance
    return checks(p) * c.flagged * c.flag_risk.share("medium", "high") * c.sar_share


TOTALS = {
    "requirements": [
        (accounts, 1500, 1800),
        (lambda p: accounts(p) * p.transactions.per_account_mean, 15_000, 20_000),
        (lambda p: accounts(p) * p.accounts.links.mean, 100, 150),
        (interactions, 3000, 4000),
        (lambda p: 1 - p.crm.interactions.share("0"), 0.60, 0.60),
        (lambda p: interactions(p) * p.crm.survey_share, 800, 1000),
        (lambda p: interactions(p) * p.crm.complaint_share, 150, 200),
        (lambda p: p.crm.complainers, 0.10, 0.15),
        (lambda p: p.crm.responders, 0.40, 0.50),
        (responses, 2000, 3000),
        (lambda p: p.transactions.internal_share, 0.25, 0.50),
        (lambda p: p.transactions.mix.share("deposit", "salary", "interest"), 0.40, 0.40),
        (lambda p: p.transactions.mix.share("withdrawal"), 0.30, 0.30),
        (lambda p: p.transactions.mix.share("transfer_in", "transfer_out"), 0.20, 0.20),
        (lambda p: p.transactions.mix.share("payment", "fee"), 0.10, 0.10),
        (applications, 400, 500),
        (loans, 260, 325),
        (lambda p: loans(p) * guaranteed(p) * p.loans.guarantors.mean, 80, 120),
    ],
    "guide": [
        (accounts, 1100, 1150),
        (lambda p: p.transactions.per_account_mean, 10, 20),
        (
            lambda p: p.transactions.mix.share("deposit", "salary", "interest", "transfer_in"),
            0.30,
            0.30,
        ),
        (responses, 60, 120),
        (applications, 504, 504),
        (loans, 327, 328),
        (guaranteed, 0.25, 0.25),
    ],
    "both": [
        (lambda p: p.crm.nps.mean, 6.9, 7.1),
        (lambda p: p.crm.satisfaction.mean, 3.9, 4.1),
        (lambda p: p.staff.branches, 15, 20),
        (lambda p: p.loans.arrears, 0.03, 0.05),
        (lambda p: p.insurance.holders, 0.25, 0.30),
        (policies, 300, 400),
        (beneficiaries, 400, 600),
        (claimed, 0.40, 0.50),
        (lambda p: policies(p) * claimed(p) * p.insurance.claims_per_claimed.mean, 200, 300),
        (lambda p: min(rate.low for rate in p.insurance.premium_rate.values()), 0.005, 0.03),
        (lambda p: max(rate.high for rate in p.insurance.premium_rate.values()), 0.005, 0.03),
        (payments, 2000, 3000),
        (lambda p: policies(p) * p.insurance.events_per_policy, 300, 500),
        (checks, 3000, 4000),
        (sars, 30, 50),
        (lambda p: p.compliance.report_years * sum(p.compliance.reports_per_year.values()), 20, 30),
        (lambda p: p.scale.customers * p.compliance.audit_per_customer, 5000, 8000),
        (lambda p: p.scale.customers * p.compliance.violations_per_customer, 200, 300),
    ],
}


@pytest.mark.parametrize("profile", [GUIDE, REQUIREMENTS], ids=lambda p: p.name)
def test_comes_to_the_documents_totals(profile: Profile) -> None:
    for total, low, high in TOTALS[profile.name] + TOTALS["both"]:
        assert low - 1e-9 <= total(profile) <= high + 1e-9, (low, high)


def test_guide_type_mix_follows_from_its_channels() -> None:
    crm = GUIDE.crm
    mine = 1 - crm.complaint_share
    assert crm.type.share("call") == pytest.approx(mine * crm.channel.share("phone"))
    assert crm.type.share("email") == pytest.approx(mine * crm.channel.share("email"))
    assert crm.type.share("branch_visit") == pytest.approx(mine * crm.channel.share("branch"))
    assert crm.type.share("chat") == pytest.approx(mine * crm.channel.share("web", "mobile_app"))


@pytest.mark.parametrize("profile", [GUIDE, REQUIREMENTS], ids=lambda p: p.name)
def test_every_figure_has_a_source(profile: Profile) -> None:
    figures = list(profile.figures())
    assert {f.source for f in figures} == {"guide", "requirements", "assumed"}
    assert {f.path for f in figures} == set(profile.sources)
