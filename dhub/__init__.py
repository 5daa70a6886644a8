"""A fictional bank in six PostgreSQL databases that agree with each other."""

__version__ = "0.2.0"

# Raised when the same options give other bytes; the ledger, manifests and --version carry it.
BANK_FORMAT = 3
