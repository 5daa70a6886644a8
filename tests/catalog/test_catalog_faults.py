"""A fault in the catalog's files is found, all of them at once, each with the place it lies at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from dhub.catalog import load_catalog
from dhub.errors import Fault
from dhub.shipped import migrations_dir

Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "migrations"
    copytree(migrations_dir(), copied)
    return copied


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replaces the first of some words in a file."""

    def edited(file: str, old: str, new: str) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edited


def faults(folder: Path) -> list[str]:
    with pytest.raises(Fault) as caught:
        load_catalog(folder)
    return str(caught.value).splitlines()


def test_the_copy_is_faultless(folder: Path) -> None:
    assert load_catalog(folder) == load_catalog()


def test_files_that_cannot_be_read_are_all_named(folder: Path) -> None:
    (folder / "loans_db" / "catalog.toml").unlink()
    (folder / "catalog" / "tags.toml").write_text("[tags", encoding="utf-8")
    (folder / "catalog" / "more.toml").write_text("[colours.red]\n", encoding="utf-8")
    head, *lines = faults(folder)
    assert head == "the catalog's declarations have 3 faults:"
    assert lines[0] == "  catalog/more.toml: colours: unknown section"
    assert lines[1].startswith("  catalog/tags.toml: not valid TOML: ")
    assert lines[2] == "  loans_db/catalog.toml: cannot be read: No such file or directory"


def test_what_is_declared_twice_is_a_fault(folder: Path) -> None:
    again = '[domains.lending]\ntitle = "L"\ndescription = "L."\nowners = {}\n'
    (folder / "catalog" / "more.toml").write_text(again, encoding="utf-8")
    assert faults(folder) == [
        "the catalog's declarations: catalog/more.toml: domains.lending: declared twice"
    ]


def test_faults_of_shape_are_all_reported(folder: Path, edit: Edit) -> None:
    edit("accounts_db/catalog.toml", 'classification = "internal", pii', 'classified = "x", pii')
    edit("accounts_db/catalog.toml", 'pii = "direct"', 'pii = "secret"')
    edit("loans_db/catalog.toml", 'title = "Lending"', "title = 3")
    (folder / "insurance_db" / "catalog.toml").write_text("public = 3", encoding="utf-8")
    text = "\n".join(faults(folder))
    where = "accounts_db.public.customers.columns"
    assert f"{where}.customer_id.classification: Field required" in text
    assert f"{where}.customer_id.classified: Unexpected keyword argument" in text
    assert f"{where}.customer_number.pii: Input should be 'none', 'direct'" in text
    assert "loans_db.title: Input should be a valid string" in text
    assert "insurance_db.title: Field required" in text
    assert "insurance_db.public: Unexpected keyword argument" in text


PLANTED = [
    ("accounts_db/catalog.toml", '"party.customer"]', '"party.client"]',
     "accounts_db.public.customers.terms: party.client is not declared"),
    ("accounts_db/catalog.toml", '"master-data"', '"golden"',
     "accounts_db.public.customers.tags: golden is not declared"),
    ("accounts_db/catalog.toml", 'domain = "customer-master"', 'domain = "customers"',
     "accounts_db.public.customers.domain: customers is not declared"),
    ("accounts_db/catalog.toml", 'steward = "tomas.keller"', 'steward = "nobody"',
     "accounts_db.owners: nobody is not declared"),
    ("accounts_db/catalog.toml", 'criticality = "critical"', 'criticality = "dire"',
     "accounts_db.properties.criticality: dire is not declared"),
    ("accounts_db/catalog.toml", "retention_years = 7", 'retention_years = "long"',
     "accounts_db.properties.retention_years: long is not a number"),
    ("accounts_db/catalog.toml", "retention_years = 7", "retention_years = [7, 9]",
     "accounts_db.properties.retention_years: takes one value, not 2"),
    ("accounts_db/catalog.toml", "retention_years = 7", "retained = 7",
     "accounts_db.properties.retained: not declared"),
    ("accounts_db/catalog.toml", 'key = "account_id"', 'key = "account"',
     "accounts_db.public.accounts.key: account is not a column"),
    ("accounts_db/catalog.toml", "employees_db.branches.branch_code", "employees_db.branches.code",
     "accounts_db.public.accounts.branch_code.references:"
     " employees_db.branches.code is not declared"),
    ("accounts_db/catalog.toml", "employees_db.branches.branch_code", "branches.branch_code",
     "accounts_db.public.accounts.branch_code.references:"
     " branches.branch_code is not database.table.column"),
    ("employees_db/catalog.toml", 'row = "a branch"\n', "",
     "accounts_db.public.accounts.branch_code.references:"
     " employees_db.branches does not say what a row is called"),
    ("warehouse_db/catalog.toml", "loans_db.loans.term_months", "loans_db.loans.term",
     "warehouse_db.public.dim_account.term_months.sources: loans_db.loans.term is not declared"),
    ("warehouse_db/catalog.toml", "loans_db.loans.term_months", "loans.term_months",
     "warehouse_db.public.dim_account.term_months.sources:"
     " loans.term_months is not database.table.column"),
    ("compliance_db/catalog.toml", 'when = { entity_type', 'when = { kind',
     "compliance_db.public.audit_trails.entity_id.references: kind is not declared"),
    ("loans_db/catalog.toml", "reporting = ", "reports = ",
     "loans_db.reporting.loan_tape: schema reporting is not described"),
    ("catalog/glossary.toml", 'inherits = ["party.party"]', 'inherits = ["party.body"]',
     "terms.party.customer.inherits: party.body is not declared"),
    ("catalog/glossary.toml", '[terms."party.party"]', '[terms."body.party"]',
     "terms.body.party.node: body is not declared"),
    ("catalog/domains.toml", 'parent = "customer"', 'parent = "customer-master"',
     "domains.customer-master.parent: below itself"),
    ("catalog/owners.toml", 'groups = ["data-governance"', 'groups = ["stewards"',
     "users.elena.marsh.groups: stewards is not declared"),
    ("catalog/owners.toml", '[users."elena.marsh"]', "[users.data-governance]",
     "users.data-governance: a group has this name, too"),
    ("catalog/tags.toml", 'colour = "#', 'colour = "',
     "tags.pii.direct.colour: b3261e is not #rrggbb"),
    ("catalog/products.toml", '"accounts_db.public.accounts"', '"accounts_db.public.account"',
     "products.core-ledger.assets: accounts_db.public.account is not declared"),
    ("catalog/questions.toml", '"accounts_db.public.customers"', '"accounts_db.public.customer"',
     "questions.customers-by-state.reads: accounts_db.public.customer is not declared"),
    ("catalog/questions.toml", 'database = "accounts_db"', 'database = "loans_db"',
     "questions.customers-by-state.reads: loans_db alone can answer it"),
    ("catalog/products.toml", "output_ports = [", 'output_ports = ["accounts_db.public.customers",',
     "products.core-ledger.output_ports: accounts_db.public.customers is not declared"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "fault"), PLANTED, ids=lambda each: str(each)[-40:])
def test_a_name_that_nothing_declares_is_a_fault(
    folder: Path, edit: Edit, file: str, old: str, new: str, fault: str
) -> None:
    edit(file, old, new)
    lines = [line.removeprefix("the catalog's declarations: ").strip() for line in faults(folder)]
    assert fault in lines


def test_faults_of_names_are_all_reported_together(folder: Path, edit: Edit) -> None:
    edit("catalog/tags.toml", 'colour = "#', 'colour = "')
    edit("accounts_db/catalog.toml", 'domain = "customer-master"', 'domain = "customers"')
    assert faults(folder) == [
        "the catalog's declarations have 2 faults:",
        "  accounts_db.public.customers.domain: customers is not declared",
        "  tags.pii.direct.colour: b3261e is not #rrggbb",
    ]
