"""Takes a connection to a database without dhub's mark, gives what others have put into it.

All that can be made inside a database counts, catalog by catalog, but for what an extension brings
along and what a managed service installs for itself. The database's own properties (comment,
settings, privileges) are no objects in it; dhub leaves them as they are.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import psycopg

Connection = psycopg.Connection[Any]

# Administrators and services connect to these; a bank in one of them would be in everybody's way.
_MAINTENANCE = re.compile(
    r"postgres|template\d*|edb|rdsadmin|cloudsqladmin|alloydb(admin|metadata)"
    r"|azure_(maintenance|sys)|_?aiven|_dodb|defaultdb"
)

# Roles of providers who put things into their customers' databases, and whom no customer can be.
_SERVICES = (
    "rdsadmin",  # Amazon RDS and Aurora
    "cloudsqladmin", "cloudsqlagent", "alloydbadmin",  # Google
    "azuresu", "azure_superuser",  # Azure
    "supabase_admin",  # Supabase
    "cloud_admin",  # Neon
    "crunchy_superuser", "ccp_monitoring",  # Crunchy Data
    "doadmin_super", "_doadmin",  # DigitalOcean
)  # fmt: skip


class _Class(NamedTuple):
    """A catalog: where it says schema and owner, which rows count, whether these can hold data."""

    catalog: str
    schema: str = "0"
    owner: str = "0"
    counts: str = "true"
    holds_data: str = "false"


# Whatever pg_depend can name, save for what hangs on one of these: indexes, constraints, defaults,
# triggers, rules, policies, toast, arrays and rows as types, members of own operator families.
# What hangs on a table of an extension is not told from what the extension itself hung there.
_CLASSES = (
    _Class("pg_class", "relnamespace", "relowner",
           "relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')", "relkind NOT IN ('v', 'c')"),
    _Class("pg_proc", "pronamespace", "proowner"),
    _Class("pg_type", "typnamespace", "typowner",
           "typrelid = 0 AND typelem = 0 AND typtype <> 'm'"),
    _Class("pg_operator", "oprnamespace", "oprowner"),
    _Class("pg_opclass", "opcnamespace", "opcowner"),
    _Class("pg_opfamily", "opfnamespace", "opfowner"),
    _Class("pg_amop", counts="amopfamily < 16384 AND NOT EXISTS (SELECT FROM members"
           " WHERE classid = 'pg_operator'::regclass AND objid = amopopr)"),
    _Class("pg_amproc", counts="amprocfamily < 16384 AND NOT EXISTS (SELECT FROM members"
           " WHERE classid = 'pg_proc'::regclass AND objid = amproc::oid)"),
    _Class("pg_am"),
    _Class("pg_cast"),
    _Class("pg_collation", "collnamespace", "collowner"),
    _Class("pg_conversion", "connamespace", "conowner"),
    _Class("pg_language", owner="lanowner"),
    _Class("pg_transform"),
    _Class("pg_statistic_ext", "stxnamespace", "stxowner"),
    _Class("pg_ts_config", "cfgnamespace", "cfgowner"),
    _Class("pg_ts_dict", "dictnamespace", "dictowner"),
    _Class("pg_ts_parser", "prsnamespace"),
    _Class("pg_ts_template", "tmplnamespace"),
    _Class("pg_foreign_data_wrapper", owner="fdwowner"),
    _Class("pg_foreign_server", owner="srvowner"),
    _Class("pg_event_trigger", owner="evtowner"),
    _Class("pg_publication", owner="pubowner"),
    _Class("pg_default_acl", owner="defaclrole"),
    _Class("pg_namespace", owner="nspowner", counts="nspname <> 'public' AND nspname !~ '^pg_'"),
)  # fmt: skip

# From this oid on an object was made after initdb. A large object's number may be any.
_SEEN = [
    f"SELECT '{each.catalog}'::regclass, oid, {each.schema}, {each.owner}, {each.holds_data}"
    f" FROM {each.catalog} WHERE oid >= 16384 AND {each.counts}"
    for each in _CLASSES
] + [
    "SELECT 'pg_largeobject'::regclass, oid, 0, lomowner, true FROM pg_largeobject_metadata",
    # The table itself is shut to all but superusers.
    "SELECT 'pg_user_mapping'::regclass, umid, 0, 0, true FROM pg_user_mappings",
]

_FOREIGN = f"""
WITH members AS (
    -- Of an extension; or what a range type brings along.
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
        OR deptype = 'i' AND classid IN ('pg_cast'::regclass, 'pg_proc'::regclass)
), seen (classid, objid, schema, owner, holds_data) AS (
    {" UNION ALL ".join(_SEEN)}
), provider AS (
    -- Nobody whom this login can become: what such a role made, this login did not.
    SELECT oid, rolname = ANY (%s) AS known FROM pg_roles
    WHERE (rolsuper OR rolname = ANY (%s)) AND NOT pg_has_role(current_user, oid, 'MEMBER')
), called AS (
    SELECT evtfoid FROM pg_event_trigger JOIN provider ON provider.oid = evtowner
), judged AS (
    SELECT seen.*, seen.schema NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_t')
        AND NOT EXISTS (SELECT FROM members m
            WHERE m.classid = seen.classid AND m.objid = seen.objid)
        AND NOT (provider.oid IS NOT NULL AND NOT holds_data AND (provider.known
            OR seen.classid = 'pg_event_trigger'::regclass
            OR seen.classid = 'pg_proc'::regclass AND seen.objid IN (SELECT evtfoid FROM called)))
        AS of_others, provider.oid IS NOT NULL AS provided
    FROM seen LEFT JOIN provider ON provider.oid = seen.owner
), foreign_objects AS (
    SELECT classid, objid FROM judged s WHERE of_others AND NOT (
        -- A schema that a service made for what is its own.
        classid = 'pg_namespace'::regclass AND provided
        AND EXISTS (SELECT FROM judged o WHERE o.schema = s.objid)
        AND NOT EXISTS (SELECT FROM judged o WHERE o.schema = s.objid AND o.of_others))
), named (kind, name) AS (
    SELECT CASE i.type WHEN 'default acl' THEN 'default privileges' WHEN 'server' THEN
        'foreign server' ELSE replace(i.type, 'foreign-data', 'foreign data') END, i.identity
    FROM foreign_objects, pg_identify_object(classid, objid, 0) i
    UNION ALL
    SELECT 'security label', label FROM pg_seclabel
    WHERE objoid < 16384 AND classoid <> 'pg_largeobject'::regclass
    UNION ALL
    SELECT 'subscription', subname FROM pg_subscription
    WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL
    SELECT 'replication slot', slot_name FROM pg_replication_slots
    WHERE database = current_database() AND NOT temporary
    UNION ALL
    SELECT 'prepared transaction', gid FROM pg_prepared_xacts WHERE database = current_database()
)
SELECT kind || ' ' || name FROM named ORDER BY kind NOT LIKE '%%table', name, kind
"""

_PLACE = """
SELECT datistemplate, oid < 16384 FROM pg_database WHERE datname = current_database()
"""


def foreign_objects(conn: Connection) -> list[str]:
    """What an unmarked database holds, tables first: "table public.orders", ..."""
    # Schema names are looked up, never searched: a user's search_path changes nothing here.
    return [row[0] for row in conn.execute(_FOREIGN, (list(_SERVICES), list(_SERVICES)))]


def foreign_found(objects: list[str]) -> str:
    """One phrase for what was found: "table public.orders and 3 more objects"."""
    more = len(objects) - 1
    return objects[0] + (f" and {more} more object{'s' * (more > 1)}" if more else "")


def purpose_of(conn: Connection) -> str | None:
    """What the database is for when that is nobody's data: "a template", "a maintenance" one."""
    row = conn.execute(_PLACE).fetchone()
    if row is None or row[0]:
        return "a template"
    made_with_server = bool(row[1])
    return "a maintenance" if made_with_server or is_maintenance(conn.info.dbname) else None


def is_maintenance(name: str) -> bool:
    """Whether servers and services keep a database of this name for themselves."""
    return _MAINTENANCE.fullmatch(name) is not None
