"""Takes the environment and .env, gives the settings; every fault is reported at once.

Variables start with DHUB_; the environment wins over .env, and an empty value counts as unset.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dhub.errors import UsageError

# Load order: what others point to comes first.
DATABASES: tuple[str, ...] = (
    "employees_db",
    "accounts_db",
    "customer_db",
    "loans_db",
    "insurance_db",
    "compliance_db",
)

SslMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

# What pydantic says, said for people; its own words name types of Python.
_PLAINLY = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
}


def _host(value: str) -> str:
    """A host name, an address, or the folder of a Unix socket; nothing else."""
    if "://" in value:
        raise ValueError("must be a host name, not a URL (those go into DHUB_<DATABASE>_URL)")
    if value.startswith(("/", "@")):
        return value
    if "/" in value:
        raise ValueError("must be a host name, or the absolute path of a socket's folder")
    if ":" in value and not _is_ipv6(value):
        raise ValueError("must not carry a port (that goes into DHUB_PG_PORT)")
    return value


def _is_ipv6(value: str) -> bool:
    try:
        IPv6Address(value)
    except ValueError:
        return False
    return True


def _url(value: SecretStr) -> SecretStr:
    """A PostgreSQL URL that names its database; a fault never quotes it, it holds a password."""
    text = value.get_secret_value()
    try:
        parts = urlsplit(text)
        if "," not in parts.netloc:  # several hosts are libpq's to read
            _ = parts.port
    except ValueError as error:
        raise ValueError("must have a port from 1 to 65535, if any") from error
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("must start with postgresql://")
    if not parts.path.strip("/") and "dbname" not in parse_qs(parts.query):
        raise ValueError("must name a database: postgresql://user@host:5432/database")
    return value


def _folder(value: Path) -> Path:
    path = Path(os.path.abspath(value.expanduser()))
    if path.exists() and not path.is_dir():
        raise ValueError("must be a folder, and is a file")
    return path


def _scale(value: float) -> float:
    if not math.isfinite(value) or value <= 0:
        raise ValueError("must be a number above 0")
    return value


Url = Annotated[SecretStr, AfterValidator(_url)]


class Settings(BaseSettings):
    """Where the databases are; with none of the connection settings, an embedded server."""

    model_config = SettingsConfigDict(
        env_prefix="DHUB_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    pg_host: Annotated[str, AfterValidator(_host)] | None = None
    pg_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    pg_user: str | None = None
    pg_password: SecretStr | None = None
    pg_sslmode: SslMode | None = None
    employees_db_url: Url | None = None
    accounts_db_url: Url | None = None
    customer_db_url: Url | None = None
    loans_db_url: Url | None = None
    insurance_db_url: Url | None = None
    compliance_db_url: Url | None = None
    data_dir: Annotated[Path, AfterValidator(_folder)] | None = None
    reader_password: SecretStr | None = None
    scale: Annotated[float, AfterValidator(_scale)] | None = None

    @property
    def urls(self) -> dict[str, str]:
        """The databases that have a URL of their own, with it (password included)."""
        found = {name: getattr(self, f"{name}_url") for name in DATABASES}
        return {name: url.get_secret_value() for name, url in found.items() if url}

    @property
    def names_a_server(self) -> bool:
        """Whether one server for all databases is set, in any part."""
        parts = (self.pg_host, self.pg_port, self.pg_user, self.pg_password, self.pg_sslmode)
        return any(part is not None for part in parts)

    @property
    def embedded(self) -> bool:
        """Whether nothing is set about connections, so that the embedded server is meant."""
        return not self.urls and not self.names_a_server


def load_settings() -> Settings:
    """The settings of this process; raises UsageError with all faults, and no secret, in it."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise _faulty([_fault(dict(each)) for each in error.errors(include_input=False)]) from None
    except (OSError, UnicodeError) as error:
        raise UsageError(f"The file .env cannot be read: {error}") from error
    if faults := [*_missing_urls(settings), *_shared_urls(settings)]:
        raise _faulty(faults)
    return settings


def _faulty(faults: list[str]) -> UsageError:
    return UsageError("; ".join(faults) + ".\nSet them in the environment or in .env.")


def _fault(error: dict[str, object]) -> str:
    location, context = error["loc"], error.get("ctx") or {}
    assert isinstance(location, tuple) and isinstance(context, dict)
    words = _PLAINLY.get(str(error["type"]), str(error["msg"]).removeprefix("Value error, "))
    variable = str(location[0]).upper() if location else ""
    return f"DHUB_{variable.removeprefix('DHUB_')} {words.format(**context)}"


def _missing_urls(settings: Settings) -> Iterator[str]:
    """Some databases with a URL, others without one and no server set for these."""
    if settings.urls and not settings.names_a_server:
        missing = [f"DHUB_{name.upper()}_URL" for name in DATABASES if name not in settings.urls]
        if missing:
            yield f"{', '.join(missing)} or DHUB_PG_HOST must be set beside the other URLs"


def _shared_urls(settings: Settings) -> Iterator[str]:
    """Two of the six in one database: dhub keeps each in one of its own."""
    first: dict[tuple[str, str], str] = {}
    for name, url in settings.urls.items():
        place = _place(url)
        if place in first:
            yield f"DHUB_{name.upper()}_URL names the database of DHUB_{first[place].upper()}_URL"
        first.setdefault(place, name)


def _place(url: str) -> tuple[str, str]:
    parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
    server = parts.netloc.rpartition("@")[2] or query.get("host", [""])[0]
    database = query.get("dbname", [unquote(parts.path.strip("/"))])[0]
    return server, database
