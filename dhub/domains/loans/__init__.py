"""loans_db: applications, loans, what secures them, instalments, guarantors and assessments."""

from dhub.domains.loans import (
    applications,
    assessments,
    collateral,
    guarantors,
    instalments,
    loans,
)
from dhub.model import Domain

DOMAIN = Domain(
    "loans_db",
    (
        applications.TABLE,
        loans.TABLE,
        collateral.TABLE,
        instalments.TABLE,
        guarantors.TABLE,
        assessments.TABLE,
    ),
)
