"""Takes nothing, gives the names of the settings, by what they are about."""

from __future__ import annotations

PREFIX = "DHUB_"

# Load order: what others point to comes first.
DATABASES: tuple[str, ...] = (
    "employees_db",
    "accounts_db",
    "customer_db",
    "loans_db",
    "insurance_db",
    "compliance_db",
)

# Beside the six: no bank needs them, each is there once its own command has made it.
MADE_BY = {
    "warehouse_db": "dhub warehouse build",
    "plaid_db": "dhub plaid load DIR --into plaid_db",
}
BESIDE: tuple[str, ...] = tuple(MADE_BY)

URLS = tuple(f"DHUB_{name.upper()}_URL" for name in DATABASES)
URLS_BESIDE = tuple(f"DHUB_{name.upper()}_URL" for name in BESIDE)
# What names a server in any part: with none of these, the embedded one is meant.
SERVER = (
    "DHUB_PG_HOST", "DHUB_PG_PORT", "DHUB_PG_USER", "DHUB_PG_PASSWORD", "DHUB_PG_SSLMODE",
    *URLS, *URLS_BESIDE,
)  # fmt: skip
# What says where it is; a source that has one of these needs no other.
PLACES = ("DHUB_PG_HOST", *URLS)
READER_PASSWORD = "DHUB_READER_PASSWORD"
DATA_DIR, SCALE = "DHUB_DATA_DIR", "DHUB_SCALE"

SETTINGS = (*SERVER, READER_PASSWORD, DATA_DIR, SCALE)
# Read by others than the settings, from the environment alone.
OF_THE_PROCESS = (
    "DHUB_DEBUG", "DHUB_TEST_SERVER", "DHUB_CLUSTER", "DHUB_PART_SHARDS", "DHUB_TEMPLATE",
)  # fmt: skip
