"""The catalogue: the domains of the bank in the order in which they are loaded, and others."""

from dhub.domains import accounts, compliance, crm, employees, insurance, loans, plaid, warehouse
from dhub.estate.beside import Beside
from dhub.model import Domain
from dhub.plaid import postgres as plaid_files
from dhub.warehouse import beside as star_beside

BANK: tuple[Domain, ...] = (
    employees.DOMAIN,
    accounts.DOMAIN,
    crm.DOMAIN,
    loans.DOMAIN,
    insurance.DOMAIN,
    compliance.DOMAIN,
)

# What the bank's people have at other institutions; `dhub plaid` makes it.
PLAID: tuple[Domain, ...] = (plaid.DOMAIN,)

# A star of the same bank, and what can be found in it; `dhub warehouse` makes it.
WAREHOUSE: tuple[Domain, ...] = (warehouse.DOMAIN, warehouse.TRUTH)

# The star as a database has no ground truth in it.
STAR: tuple[Domain, ...] = (warehouse.DOMAIN,)

# Databases beside the six, which their own commands make.
BESIDE: tuple[Beside, ...] = (star_beside.BESIDE, plaid_files.BESIDE)
