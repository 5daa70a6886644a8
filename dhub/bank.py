"""The catalogue: the domains of the bank in the order in which they are loaded."""

from dhub.domains import accounts, compliance, crm, employees, insurance, loans
from dhub.model import Domain

BANK: tuple[Domain, ...] = (
    employees.DOMAIN,
    accounts.DOMAIN,
    crm.DOMAIN,
    loans.DOMAIN,
    insurance.DOMAIN,
    compliance.DOMAIN,
)
