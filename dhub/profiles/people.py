"""The sections `scale`, `staff` and `customers`: how many there are, who they are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

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
    Positive,
    Share,
    Years,
)

SEGMENTS = ("retail", "premium", "corporate", "private_banking")
RISKS = ("low", "medium", "high")
ROLES = (
    "customer_service_rep",
    "loan_officer",
    "insurance_agent",
    "compliance_officer",
    "manager",
    "specialist",
)


class Scale(Section):
    """What `--scale 1` is."""

    customers: Count
    employees: Count


class Staff(Section):
    """Employees, their departments and branches, training, reviews and assignments."""

    role: Annotated[Mix, Among(*ROLES[:4], "manager_specialist")]
    terminated: Share
    managed: Share
    hire_years: Years
    leavers_months: Count
    salary: Annotated[By[Dollars], Keys(*ROLES)]
    departments: Annotated[int, Field(ge=1, le=12)]
    branches: Annotated[int, Field(ge=1, le=20)]
    programs: Annotated[int, Field(ge=1, le=30)]
    program_type: Annotated[
        Mix, Among("compliance", "product", "customer_service", "technical", "leadership")
    ]
    program_hours: Counts
    program_certification: Share
    training_per_employee: Counts
    training_status: Annotated[Mix, Among("completed", "in_progress", "enrolled")]
    training_score: Counts
    training_years: Years
    reviews_per_employee: Counts
    review_rating: Annotated[Mix, Numbers(1, 5)]
    goals_met: Counts
    assigned_customers: Share
    assignment_ongoing: Share
    branch_coverage: Counts

    @field_validator("training_per_employee")
    @classmethod
    def _programs_suffice(cls, value: Counts, info: ValidationInfo) -> Counts:
        programs = earlier(info, "programs")
        must(programs is None or value.high <= programs, f"high is above programs = {programs}")
        return value

    @field_validator("training_score", "goals_met")
    @classmethod
    def _percent(cls, value: Counts) -> Counts:
        must(value.high <= 100, f"must lie within 0 to 100, not [{value.low}, {value.high}]")
        return value


class Customers(Section):
    """Who the customers are, and how the bank sees them."""

    years: Years
    age: Counts
    age_mean: Positive
    age_deviation: Positive
    segment: Annotated[Mix, Among(*SEGMENTS)]
    status: Annotated[Mix, Among("active", "dormant", "closed")]
    kyc: Annotated[Mix, Among("verified", "pending", "expired")]
    risk: Annotated[Mix, Among(*RISKS)]
    agent: Share

    @field_validator("age")
    @classmethod
    def _adults(cls, value: Counts) -> Counts:
        must(
            value.low >= 18 and value.high <= 100,
            f"must lie within 18 to 100, not [{value.low}, {value.high}]",
        )
        return value

    @field_validator("age_mean")
    @classmethod
    def _mean_of_ages(cls, value: float, info: ValidationInfo) -> float:
        age = earlier(info, "age")
        must(
            age is None or age.low <= value <= age.high,
            f"{value:g} lies outside age" if age else "",
        )
        return value
