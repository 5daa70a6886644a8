"""accounts_db: customers, their accounts, who else is on them, and the ledger."""

from dhub.domains.accounts import accounts, customers, relationships, transactions
from dhub.model import Domain

DOMAIN = Domain(
    "accounts_db",
    (customers.TABLE, accounts.TABLE, relationships.TABLE, transactions.TABLE),
)
