"""Profile files: a difference over its parent, refused whole with all its faults at once."""

from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from dhub.errors import UsageError
from dhub.profiles import Mix, Profile, cents, load_profile, profile_from_json


def load(tmp_path: Path, text: str, name: str = "mine.toml") -> Profile:
    path = tmp_path / name
    path.write_text(text)
    return load_profile(str(path))


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(UsageError) as refused:
        load(tmp_path, text)
    return str(refused.value)


# ------------------------------------------------------------------------------- differences


def test_empty_file_is_the_guide(tmp_path: Path) -> None:
    mine = load(tmp_path, "")
    assert mine.name == "mine.toml"
    assert mine == load_profile("guide")


def test_mix_replaces_its_parents_whole(tmp_path: Path) -> None:
    mine = load(tmp_path, "[accounts]\ntype = { savings = 0.4, checking = 0.6 }")
    assert mine.accounts.type == Mix(("checking", "savings"), (0.6, 0.4))
    assert mine.accounts.type.share("hsa", "savings") == 0.4


def test_tables_by_name_merge(tmp_path: Path) -> None:
    mine = load(tmp_path, "[accounts.balance]\nhsa = [10, 20.5]")
    guide = load_profile("guide").accounts.balance
    assert mine.accounts.balance["checking"] == guide["checking"]
    assert mine.accounts.balance["hsa"].cents == (1000, 2050)


def test_extends_a_shipped_profile_or_a_file_beside_it(tmp_path: Path) -> None:
    load(tmp_path, 'extends = "requirements"\n[staff]\nbranches = 16', "first.toml")
    mine = load(tmp_path, 'extends = "first.toml"\n[staff]\nprograms = 18')
    assert (mine.staff.branches, mine.staff.programs) == (16, 18)
    assert mine.crm.interaction_from == "type"


def test_sources_tell_who_stated_a_figure(tmp_path: Path) -> None:
    mine = load(
        tmp_path,
        """
        extends = "requirements"
        [staff]
        branches = 16
        salary = { manager = [90000, 150000] }
        [staff.assumed]
        hire_years = 12
        """,
    )
    sources = {figure.path: figure.source for figure in mine.figures()}
    assert sources["staff.branches"] == "mine.toml"
    assert sources["staff.salary.manager"] == "mine.toml"
    assert sources["staff.salary.specialist"] == "assumed"
    assert sources["staff.hire_years"] == "assumed"
    assert sources["staff.departments"] == "guide"
    assert sources["crm.campaigns"] == "requirements"


def test_a_file_named_like_a_shipped_profile_is_told_apart(tmp_path: Path) -> None:
    assert load(tmp_path, "[staff]\nbranches = 16", "guide.toml").name == "guide.toml"


# ---------------------------------------------------------------------- one error, all faults


ALL_FAULTS = """\
profile mine.toml has 31 faults:
  staff.role.loan_oficer: unknown, did you mean loan_officer?
  staff.role.loan_officer: weight -0.2 is negative
  staff.role.compliance_officer: must be a weight, not 'x'
  staff.terminated: must be at most 1, not 1.5
  staff.managed: must be a number, not 'most'
  staff.hire_years: must be a whole number, not 2.5
  staff.salary.boss: unknown, known: customer_service_rep, loan_officer, insurance_agent, compliance_officer, manager, specialist
  staff.salary.manager: must be two amounts in dollars and whole cents, not [5.001, 9]
  staff.programs: must be a whole number, not True
  staff.program_hours: must be [low, high], not [4]
  staff.goals_met: low 100 is above high 60
  staff.branchs: unknown, did you mean branches?
  customers.age: must lie within 18 to 100, not [17, 85]
  customers.age_mean: must be a finite number, not nan
  customers.segment: weights sum to 0.9, not 1
  accounts.per_multiple_holder.1: must be a whole number from 2 to 12
  accounts.multiple_by_segment.retail: must be at least 0, not -1
  accounts.apy: must be a table, not 3
  transactions.internal_share: 1 needs more transfers one way than mix holds
  transactions.processed: 0.4 is above manual, of which it is a part
  transactions.spending_cap: must be at least 0.01, not 0.0
  transactions.amount_median.salary: 10 lies outside amount.salary
  transactions.amount_median.fee: 900 lies outside amount.fee
  crm.interaction_from: must be 'channel' or 'type', not 'chanel'
  crm.complaints_per_complainer: [1, 3] does not hold the mean: each complaint is an interaction, and interactions x complaint_share / complainers = 0.495
  crm.responses_per_responder: 12 is above the low of campaigns, and one may respond to each once
  crm.converted: 0.1 lies outside 0.15 (purchased) to 0.65 (with clicked)
  loans.approved_share: must lie within 0 to 1, not [0.8, 1.2]
  loans.rate.auto: must be two numbers, not [7, inf]
  compliance.ctr_amount: must be an amount in dollars and whole cents, not -1
  stafff: unknown, did you mean staff?"""  # noqa: E501


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    text = """
        stafff = 3
        [staff]
        terminated = 1.5
        managed = "most"
        hire_years = 2.5
        programs = true
        program_hours = [4]
        goals_met = [100, 60]
        branchs = 4
        salary = { manager = [5.001, 9], boss = [1, 2] }
        [staff.role]
        loan_oficer = 0.2
        loan_officer = -0.2
        compliance_officer = "x"
        [customers]
        age = [17, 85]
        age_mean = nan
        segment = { retail = 0.5, premium = 0.4 }
        [accounts]
        per_multiple_holder = { 1 = 1.0 }
        multiple_by_segment = { retail = -1 }
        apy = 3
        [transactions]
        amount_median = { fee = 900, salary = 10 }
        spending_cap = 0.0
        internal_share = 1.0
        processed = 0.4
        [crm]
        interaction_from = "chanel"
        complainers = 0.2
        responses_per_responder = { 12 = 1.0 }
        converted = 0.1
        [loans]
        rate = { auto = [7, inf] }
        approved_share = [0.8, 1.2]
        [compliance]
        ctr_amount = -1
        """
    assert refusal(tmp_path, text) == ALL_FAULTS


def test_one_fault_takes_one_line(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[customers]\nkyc = { verified = 0.9, pending = 0.2 }")
    assert message == "profile mine.toml: customers.kyc: weights sum to 1.1, not 1"


def test_weights_may_miss_one_by_rounding_only(tmp_path: Path) -> None:
    mine = load(tmp_path, "[customers]\nkyc = { verified = 0.3333333333, pending = 0.6666666666 }")
    assert mine.customers.kyc.names == ("verified", "pending")
    message = refusal(tmp_path, "[customers]\nkyc = { verified = 0.333333, pending = 0.666666 }")
    assert message == "profile mine.toml: customers.kyc: weights sum to 0.999999, not 1"


def test_a_figure_stated_twice_is_a_fault(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[staff]\nbranches = 16\n[staff.assumed]\nbranches = 17")
    assert message == "profile mine.toml: staff.branches: is stated twice"


def test_a_scalar_where_a_table_belongs(tmp_path: Path) -> None:
    text = "[staff]\nsalary = 3\n[staff.assumed.salary]\nmanager = [1, 2]"
    assert refusal(tmp_path, text) == "profile mine.toml: staff.salary: must be a table, not 3"
    assert refusal(tmp_path, "staff = 3") == "profile mine.toml: staff: must be a table, not 3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[crm]\ncampaigns = [1, 1%s]",
            "crm.campaigns: must be two whole numbers, not [1, 1000",
        ),
        ("[crm]\ncampaign_years = 1%s", "crm.campaign_years: must be at most 50, not 10000000"),
        (
            "[transactions.amount_median]\nfee = 1.0e300  # %s",
            "transactions.amount_median.fee: must be an amount in dollars, not 1e+300",
        ),
    ],
)
def test_absurd_numbers_are_refused(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(tmp_path, text % ("0" * 400)).startswith(f"profile mine.toml: {message}")


def test_bad_toml_names_file_and_line(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[staff]\nbranches = = 3\n")
    path = tmp_path / "mine.toml"
    assert message == f"profile {path} is not valid TOML: Invalid value (at line 2, column 12)"


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError) as refused:
        load_profile(str(path))
    assert str(refused.value) == f"profile {path} is not valid TOML: not UTF-8 text"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "gide",
            "unknown profile 'gide': did you mean guide?\n"
            "give one of these names or the path of a TOML file",
        ),
        (
            "zzz",
            "unknown profile 'zzz': known: guide, requirements, everyday, warehouse\n"
            "give one of these names or the path of a TOML file",
        ),
        ("nowhere/mine.toml", "profile nowhere/mine.toml: there is no such file"),
    ],
)
def test_unknown_profiles(name: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        load_profile(name)
    assert str(refused.value) == message


def test_a_profile_cannot_extend_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    message = refusal(tmp_path, 'extends = "mine.toml"')
    assert message == f"profile {path} extends itself by way of {path}"
    message = refusal(tmp_path, "extends = 3")
    assert message == f"profile {path}: extends must name a profile, not 3"


# ------------------------------------------------------------------- identity, JSON, immutability


@pytest.mark.parametrize("name", ["guide", "requirements"])
def test_json_reads_back_whatever_the_order_of_its_keys(name: str) -> None:
    profile = load_profile(name)
    back = profile_from_json(profile.to_json())
    reversed_keys = json.loads(
        profile.to_json(), object_pairs_hook=lambda pairs: dict(reversed(pairs))
    )
    again = profile_from_json(json.dumps(reversed_keys))
    assert back.to_json() == again.to_json() == profile.to_json()
    assert (back.name, back.sources) == (name, profile.sources)
    assert again.accounts.type.names == profile.accounts.type.names


def test_bad_json_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="the recorded profile cannot be read"):
        profile_from_json("[]")


def test_digest_is_of_the_figures_not_of_their_layout(tmp_path: Path) -> None:
    one = load(tmp_path, "[customers]\nrisk = { low = 0.7, medium = 0.25, high = 0.05 }")
    two = load(tmp_path, "[customers]\nrisk = { high = 0.05, medium = 0.25, low = 0.7 }")
    other = load(tmp_path, "[customers]\nrisk = { low = 0.8, medium = 0.15, high = 0.05 }")
    assert one.digest == two.digest == load_profile("guide").digest
    assert one == two and hash(one) == hash(two) and len({one, two}) == 1
    assert one != other and one.digest != other.digest
    assert len(one.digest) == 64


def test_profiles_differ_and_travel_to_workers() -> None:
    guide = load_profile("guide")
    assert guide != load_profile("requirements")
    assert pickle.loads(pickle.dumps(guide)) == guide


def test_profiles_are_immutable() -> None:
    guide = load_profile("guide")
    with pytest.raises(ValidationError):
        guide.staff.branches = 3
    with pytest.raises(FrozenInstanceError):
        guide.accounts.type.names = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        guide.accounts.balance["hsa"] = None  # type: ignore[index]


def test_money_is_exact() -> None:
    guide = load_profile("guide")
    assert guide.transactions.amount["interest"].low == Decimal("0.01")
    assert cents(guide.transactions.amount_median["fee"]) == 1500
    assert cents(Decimal("1.15")) == 115


def test_mixes_of_counts_have_numbers_and_a_mean() -> None:
    counts = load_profile("guide").crm.interactions
    assert counts.numbers == (0, 1, 2, 3, 4, 5)
    assert counts.mean == pytest.approx(1.98)


def test_a_profile_may_carry_its_day_and_one_section_asks_for_another(tmp_path: Path) -> None:
    told = load_profile(str(written(tmp_path, 'extends = "warehouse"\nas_of = 2024-05-05\n')))
    assert told.as_of == date(2024, 5, 5)
    assert profile_from_json(told.to_json()) == told
    faults = {
        'as_of = "soon"\n': "as_of: must be a date, as in 2026-01-01, not 'soon'",
        "[transactions]\nper_account = [5, 60]\n": (
            "transactions.per_account: must lie within 1 to 50"
        ),
        "[cards]\nlimit = [0.1, 0.2]\napr = [10, 20]\nbrought = [0, 0]\nrefunds = 0.1\n"
        "opened_years = 2\n": "cards: need a section life",
        'extends = "warehouse"\n[life]\npaydays = [1, 40]\n': (
            "life.paydays: must be two days of a month, not [1, 40]"
        ),
    }
    for text, fault in faults.items():
        with pytest.raises(UsageError) as refused:
            load_profile(str(written(tmp_path, text)))
        assert str(refused.value) == f"profile own.toml: {fault}"


def test_what_a_file_inherits_is_not_its_own(tmp_path: Path) -> None:
    path = written(tmp_path, 'extends = "warehouse"\n[life]\nmain = 0.5\n')
    own = [each.path for each in load_profile(str(path)).figures() if each.source == "own.toml"]
    assert own == ["life.main"]


def test_figures_that_personas_decide_are_none_of_the_profile() -> None:
    told = {name: load_profile(name) for name in ("everyday", "warehouse")}
    of_whom = {"customers.age_mean": "everyday", "transactions.per_account": "warehouse"}
    for path, asked in of_whom.items():
        assert {name: each.applies(path) for name, each in told.items()} == {
            name: name == asked for name in told
        }, path


def written(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text)
    return path
