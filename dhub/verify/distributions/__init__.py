"""Every figure of the run's profile against the tables; a question's id is the figure's path."""

from dhub.verify.model import DISTRIBUTIONS
from dhub.verify.questions import questions

CHECKS = questions(DISTRIBUTIONS, "distributions")

# Figures that no distribution shows, and what shows them instead.
ELSEWHERE = {
    "scale.customers": "estate.plan compares the customers that the run was planned for",
    "scale.employees": "estate.plan compares the employees that the run was planned for",
    "accounts.multiple_by_segment": "only its ratios count; realism.products_by_segment shows them",
    "accounts.apy": "invariant A15 holds interest to it",
    "transactions.recent_months": "transactions.recent_share counts within them",
    "transactions.deposit_kind": "no column tells the kinds of deposits apart",
    "transactions.payday": "realism.recurring_credits shows the grid of pay days",
    "transactions.amount_median": "what balances and ranges leave of the draw has another median",
    "transactions.amount_sigma": "realism.amount_spread shows what balances and ranges leave of it",
    "transactions.account_sigma": "realism.account_effect shows what is left of it",
    "crm.interaction_from": "it says which of crm.channel and crm.type is compared",
    "loans.outstanding": "the schedule decides; invariant E12 holds the balance to it",
    "loans.grace_days": "invariants E10 and E11 hold payments to it",
    "insurance.payment_debited": "it is a part of insurance.payment_linked; invariant F09 holds it",
    "insurance.payment_grace_days": "what is pending lies within it; insurance.payment_status",
    "compliance.review_months": "invariant G04 holds reviews to it",
    "compliance.pending_days": "invariant G03 holds pending customers to it",
    "compliance.screening_days": "invariant G06 holds screenings to it",
    "compliance.periodic_days": "compliance.periodic counts screenings that follow later",
    "compliance.monitoring_threshold": "invariant G07 holds monitoring to it",
    "compliance.sar_filing_days": "invariant G11 holds filings to it",
    "compliance.report_years": "compliance.reports_per_year counts over them",
    "compliance.report_days": "invariant G14 holds submissions to it",
    "compliance.ctr_amount": "a threshold of one rule; invariant G16c holds violations to it",
    "compliance.velocity_count": "a threshold of one rule; invariant G16c holds violations to it",
}
