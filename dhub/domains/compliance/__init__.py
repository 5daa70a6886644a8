"""compliance_db: identity checks, money laundering, reports, the audit trail, rules broken."""

from dhub.domains.compliance import (
    aml,
    audit,
    kyc,
    regulatory,
    reported,
    rules,
    sars,
    violations,
)
from dhub.model import Domain

DOMAIN = Domain(
    "compliance_db",
    (
        kyc.TABLE,
        aml.TABLE,
        sars.TABLE,
        reported.TABLE,
        regulatory.TABLE,
        audit.TABLE,
        rules.TABLE,
        violations.TABLE,
    ),
)
