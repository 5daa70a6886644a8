"""What the bank knows about credit: requests, decisions, loans, instalments and what was paid."""

from dhub.world.credit.applications import APPLICATION_STATUSES, Applications, applications
from dhub.world.credit.loans import LOAN_STATUSES, Loans, loans
from dhub.world.credit.payments import Payments, payments
from dhub.world.credit.schedule import Schedule, schedule

__all__ = [
    "APPLICATION_STATUSES",
    "LOAN_STATUSES",
    "Applications",
    "Loans",
    "Payments",
    "Schedule",
    "applications",
    "loans",
    "payments",
    "schedule",
]
