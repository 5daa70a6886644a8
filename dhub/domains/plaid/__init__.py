"""plaid_db: users and their accounts, transactions and liabilities at other institutions."""

from dhub.domains.plaid import accounts, labels, liabilities, transactions, users
from dhub.model import Domain

DOMAIN = Domain(
    "plaid_db", (users.TABLE, accounts.TABLE, transactions.TABLE, liabilities.TABLE)
)
LABELS = labels.TABLE  # of ground_truth, in no database
