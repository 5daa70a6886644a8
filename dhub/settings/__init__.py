"""Takes the environment and .env, gives the settings; every fault is reported at once.

Variables start with DHUB_; an empty value counts as unset. What says where the databases are
comes from the environment or from .env, not from both (docs/decisions/0021).
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)

from dhub.errors import UsageError
from dhub.settings import secrets
from dhub.settings.env_file import read_env_file
from dhub.settings.names import BESIDE, DATABASES, PREFIX, URLS, URLS_BESIDE
from dhub.settings.sources import Given, given, shut_out_libpq
from dhub.settings.urls import harm_of, read_url

__all__ = ["BESIDE", "DATABASES", "Settings", "load_settings", "read_url", "shut_out_libpq"]

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
    if any(each.isspace() or each in "\"'" for each in value):
        raise ValueError("must be a host name, without quotes and spaces")
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
    read_url(value.get_secret_value())
    return value


def _folder(value: Path) -> Path:
    path = Path(os.path.abspath(os.path.expanduser(value)))
    if os.path.lexists(path) and not os.path.isdir(path):
        raise ValueError("must be a folder, and is a file")
    return path


def _scale(value: float) -> float:
    if not math.isfinite(value) or value <= 0:
        raise ValueError("must be a number above 0")
    return value


Url = Annotated[SecretStr, AfterValidator(_url)]


class Settings(BaseModel):
    """Where the databases are; with none of the connection settings, an embedded server."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

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
    warehouse_db_url: Url | None = None
    plaid_db_url: Url | None = None
    data_dir: Annotated[Path, AfterValidator(_folder)] | None = None
    reader_password: SecretStr | None = None
    scale: Annotated[float, AfterValidator(_scale)] | None = None

    _data_dir_from_file: bool = PrivateAttr(False)

    @property
    def urls(self) -> dict[str, str]:
        """Those of the six that have a URL of their own, with it (password included)."""
        return self._urls_of(DATABASES)

    @property
    def urls_beside(self) -> dict[str, str]:
        """The same of the databases beside the six."""
        return self._urls_of(BESIDE)

    def _urls_of(self, databases: tuple[str, ...]) -> dict[str, str]:
        found = {name: getattr(self, f"{name}_url") for name in databases}
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

    @property
    def data_dir_from_file(self) -> bool:
        """Whether a .env names the data folder, which must be one of this user's already."""
        return self._data_dir_from_file


def load_settings(
    tell: Callable[[str], None] = lambda _: None, libpq: bool = False
) -> Settings:
    """The settings of this process; raises UsageError with all faults, and no secret, in it.

    `tell` gets what is passed over. Unless the environment names the server, what libpq would
    read from it by itself is taken from this process; `libpq` leaves it where nothing names any.
    """
    secrets.forget()
    found = given(os.environ, read_env_file(Path(".env")))
    _remember(found)
    settings = _read(found)
    for remark in found.remarks:
        tell(remark)
    if settings.embedded and libpq:
        return settings
    if settings.embedded:
        shut_out_libpq()
    elif found.from_file:
        for name in shut_out_libpq() & {"PGPASSWORD", "PGPASSFILE", "PGSERVICE"}:
            tell(f"{name} of the environment is passed over: .env names the server.")
    return settings


def _read(found: Given) -> Settings:
    if faults := [*_not_text(found), *_of_the_file(found)]:
        raise _faulty(faults)
    values = {name.removeprefix(PREFIX).lower(): value for name, value in found.values.items()}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise _faulty([_fault(dict(each)) for each in error.errors(include_input=False)]) from None
    if faults := [*_missing_urls(settings), *_shared_urls(settings)]:
        raise _faulty(faults)
    settings._data_dir_from_file = found.folder_from_file
    return settings


def _remember(found: Given) -> None:
    """Let no password that was given be printed, also when the settings are refused."""
    values = found.values
    hidden = {name: values.get(name) for name in ("DHUB_PG_PASSWORD", "DHUB_READER_PASSWORD")}
    named = (*URLS, *URLS_BESIDE)
    urls = [values[name] for name in named if name in values]
    plain = {value for name, value in values.items() if name not in (*hidden, *named)}
    secrets.remember((*hidden.values(), os.environ.get("PGPASSWORD")), plain)
    for url in urls:
        secrets.remember_url(url)


def _not_text(found: Given) -> Iterator[str]:
    for name, value in found.values.items():
        try:
            value.encode()
        except UnicodeEncodeError:
            yield f"{name} must be UTF-8"


def _of_the_file(found: Given) -> Iterator[str]:
    """What a .env may not say: it lies in a folder that may be somebody else's."""
    if found.folder_from_file:
        folder = os.path.expanduser(found.values["DHUB_DATA_DIR"])
        if not os.path.isabs(folder):
            yield "DHUB_DATA_DIR must be an absolute path when .env sets it"
    for name in (*URLS, *URLS_BESIDE) if found.from_file else ():
        try:
            harm = harm_of(read_url(found.values[name])) if name in found.values else None
        except ValueError:
            continue  # said by the settings themselves
        if harm:
            yield f"{name} must not have the option {harm} when .env sets it"


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
    """Two of them in one database: dhub keeps each in one of its own."""
    first: dict[tuple[str, ...], str] = {}
    for name, url in (settings.urls | settings.urls_beside).items():
        place = _place(url)
        if place in first:
            yield f"DHUB_{name.upper()}_URL names the database of DHUB_{first[place].upper()}_URL"
        first.setdefault(place, name)


def _place(url: str) -> tuple[str, ...]:
    parts = read_url(url)
    host = parts.get("hostaddr") or parts.get("host") or "localhost"
    return host, parts.get("port") or "5432", parts["dbname"]
