"""Takes a run and a number of customers, gives how many applications and loans to expect."""

from __future__ import annotations

from dhub.model import Run
from dhub.profiles.loans import LOAN_TYPES


def expected_applications(run: Run, customers: int) -> float:
    """Applicants, some of them several times."""
    loans = run.profile.loans
    more = loans.repeat_applicants * (loans.per_repeat_applicant.mean - 1)
    return customers * loans.applicants * (1 + more)


def expected_loans(run: Run, customers: int) -> float:
    """One for each approved application."""
    return expected_applications(run, customers) * run.profile.loans.status.share("approved")


def expected_by_type(run: Run, customers: int, share: dict[str, float]) -> float:
    """Loans of which a share, by type, has something; or whose types each have so many of it."""
    mix = run.profile.loans.type
    each = sum(mix.share(name) * share.get(name, 0.0) for name in LOAN_TYPES)
    return expected_loans(run, customers) * each


def expected_instalments(run: Run, customers: int) -> float:
    """Terms lie about the middle of their ranges, those of mortgages above it."""
    middle = {
        name: months.low + (months.high - months.low) * (0.65 if name == "mortgage" else 0.5)
        for name, months in run.profile.loans.term_months.items()
    }
    return expected_by_type(run, customers, middle)
