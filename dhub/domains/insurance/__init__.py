"""insurance_db: policies, who benefits, what was claimed, what was paid, and what happened."""

from dhub.domains.insurance import beneficiaries, claims, events, payments, policies
from dhub.model import Domain

DOMAIN = Domain(
    "insurance_db",
    (policies.TABLE, beneficiaries.TABLE, claims.TABLE, payments.TABLE, events.TABLE),
)
