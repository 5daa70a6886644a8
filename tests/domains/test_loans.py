"""loans_db keeps invariants E01–E17 on every row."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from bank import DAY, book, days
from bank import LOAN_CASES as CASES
from together import Together

from dhub.domains.loans.approval import LARGE, SENIOR
from dhub.model import Shard
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.calendar import add_months
from dhub.world.households import households
from dhub.world.org import org, titles
from dhub.world.people import CLOSED
from dhub.world.staff import COMPLIANCE_OFFICER, LOAN_OFFICER, MANAGER, SPECIALIST

books = Together(
    "case", CASES, ids=lambda case: "-".join(map(str, case))
)
test_every_book_keeps_the_rules = books.test()


def in_post(bank, employee, day, roles) -> None:
    """Every employee has one of the roles and was employed on the day."""
    seat = employee.astype(np.int64) - 1
    assert np.isin(bank.staff.role[seat], roles).all()
    assert (bank.staff.hire_date[seat] < day).all()
    left = bank.staff.termination_date[seat]
    assert (np.isnat(left) | (left > day)).all()


def within(bank, values, name, scale=1, types=None):
    """Every value lies in the range its loan type has in the profile."""
    types = bank.loans.loan_type if types is None else types
    for kind in LOAN_TYPES:
        span, mine = getattr(bank.figures, name)[kind], values[types == kind]
        assert float(span.low) * scale <= mine.min() and mine.max() <= float(span.high) * scale


# ------------------------------------------------------------------- applications: E01–E04, C04


@books
def test_applications_stand_in_their_time(case):
    bank = book(*case)
    a, who = bank.loan_applications, bank.people
    assert (a.application_date >= who.onboarding_date[a.owner]).all()
    assert (a.application_date < bank.today).all()
    assert (days(a.application_date, who.date_of_birth[a.owner]) >= 18 * 365.25 - 1).all()
    three_years = bank.today - int(365.25 * bank.figures.application_years) * DAY
    assert (a.application_date >= three_years).all()
    pending = a.status == "pending"
    assert (np.isnat(a.decision_date) == pending).all()
    assert (days(bank.today, a.application_date)[pending] < 30).all()
    took = days(a.decision_date, a.application_date)[~pending]
    assert took.min() >= 1 and took.max() <= 30
    assert (a.decision_date[~pending] < bank.today).all()


@books
def test_who_left_asks_no_more(case):
    bank = book(*case)
    a, lent, ended = bank.loan_applications, bank.loans, bank.people.ended
    gone = ~np.isnat(ended[a.owner])
    assert gone.any() and not (a.status[gone] == "pending").any()
    assert (np.fmax(a.application_date, a.decision_date)[gone] <= ended[a.owner][gone]).all()
    gone = bank.people.status[lent.owner] == CLOSED
    assert (lent.loan_status[gone] == "paid_off").all()
    assert (lent.payoff_date[gone] <= ended[lent.owner][gone]).all()


@books
def test_every_approval_has_its_loan(case):
    bank = book(*case)
    a, lent = bank.loan_applications, bank.loans
    approved = np.flatnonzero(a.status == "approved")
    assert (lent.asked == approved).all()
    assert (lent.application_id == a.application_id[approved]).all()
    assert (lent.customer_id == a.customer_id[approved]).all()
    assert (lent.loan_type == a.loan_type[approved]).all()
    share = lent.principal_amount / a.requested_amount[approved]
    assert share.min() >= 0.8 and share.max() <= 1
    assert (lent.principal_amount % 10_000 == 0).mean() > 0.9


@books
def test_payout_and_maturity(case):
    bank = book(*case)
    lent, decided = bank.loans, bank.loan_applications.decision_date[bank.loans.asked]
    wait = days(lent.disbursement_date, decided)
    assert wait.min() >= 5 and wait.max() <= 30
    assert (lent.disbursement_date < bank.today).all()
    assert (lent.maturity_date == add_months(lent.disbursement_date, lent.term_months)).all()


@books
def test_terms_rates_and_amounts_by_type(case):
    bank = book(*case)
    a, lent = bank.loan_applications, bank.loans
    within(bank, lent.term_months, "term_months")
    within(bank, lent.interest_rate, "rate", 1000)
    within(bank, a.requested_amount, "requested", 100, a.loan_type)
    assert (lent.term_months % 12 == 0).mean() > 0.85
    assert (a.requested_amount % 50_000 == 0).mean() >= 0.75
    dti = a.dti_ratio / 10_000
    assert dti.min() >= bank.figures.dti.low and dti.max() <= bank.figures.dti.high


@books
def test_the_debts_include_the_new_loan(case):
    bank = book(*case)
    a, lent, plan = bank.loan_applications, bank.loans, bank.repayment_schedule
    payment = plan.total_amount[plan.installment_number == 1]
    dti = a.dti_ratio[lent.asked] / 10_000
    assert (payment * 12 / a.annual_income[lent.asked] <= dti + 0.02).mean() > 0.99


@books
def test_officers_and_assessors_are_in_post(case):
    bank = book(*case)
    a, lent, r = bank.loan_applications, bank.loans, bank.risk_assessments
    in_post(bank, a.officer_id, a.application_date, (LOAN_OFFICER,))
    line = np.array(titles())[org(bank.run).title[a.officer_id - 1]]
    apart = (line == "Mortgage Loan Officer") & (a.loan_type != "mortgage")
    assert apart.mean() < 0.1, "but where nobody else had come by then"
    in_post(bank, lent.approved_by, a.decision_date[lent.asked], (LOAN_OFFICER, MANAGER))
    assert (lent.approved_by != a.officer_id[lent.asked]).all()
    large = lent.principal_amount >= LARGE
    assert (org(bank.run).seniority[lent.approved_by[large] - 1] == SENIOR).mean() > 0.9
    people = r.assessed_by != "SYSTEM"
    analysts = (COMPLIANCE_OFFICER, SPECIALIST)
    in_post(bank, r.assessed_by[people], r.assessment_date[people], analysts)
    assert abs((~people).mean() - bank.figures.assessed_by_system) < 0.01


@books
def test_linked_accounts_are_the_borrowers_and_open(case):
    bank = book(*case)
    lent, a = bank.loans, bank.accounts
    linked = lent.linked_account_id >= 0
    assert abs(linked.mean() - bank.figures.linked) < 0.01
    row = np.searchsorted(a.account_id, lent.linked_account_id[linked])
    assert (a.account_id[row] == lent.linked_account_id[linked]).all()
    assert (a.owner[row] == lent.owner[linked]).all() and (a.currency[row] == 0).all()
    assert a.open_on(np.full(len(a.owner), bank.today)).any()
    opened, closed = a.opened_date[row], a.closed_date[row]
    day = lent.disbursement_date[linked]
    assert ((opened <= day) & ~(closed <= day)).all()


# -------------------------------------------------------------------------- instalments: E05–E14


@books
def test_schedules_add_up(case):
    bank = book(*case)
    lent, plan = bank.loans, bank.repayment_schedule
    start = np.cumsum(lent.term_months) - lent.term_months
    assert (np.bincount(plan.loan) == lent.term_months).all()
    within_loan = np.arange(len(plan.loan)) - start[plan.loan] + 1
    assert (plan.installment_number == within_loan).all()
    assert (np.add.reduceat(plan.principal_amount, start) == lent.principal_amount).all()
    assert (plan.total_amount == plan.principal_amount + plan.interest_amount).all()
    assert (plan.principal_amount > 0).all()
    last = start + lent.term_months - 1
    assert (plan.remaining_balance[last] == 0).all()
    level = plan.total_amount[start]
    middle = np.ones(len(plan.loan), dtype=bool)
    middle[last] = False
    assert (plan.total_amount[middle] == level[plan.loan[middle]]).all()
    assert (np.abs(plan.total_amount[last] - level) < 0.01 * level).all()


@books
def test_due_dates_are_anchored(case):
    bank = book(*case)
    lent, plan = bank.loans, bank.repayment_schedule
    due = add_months(lent.disbursement_date[plan.loan], plan.installment_number)
    assert (plan.due_date == due).all()


@books
def test_schedules_equal_decimal_arithmetic(case):
    bank = book(*case)
    lent, plan = bank.loans, bank.repayment_schedule
    for loan in range(0, len(lent.owner), 9):
        rows = slice(*np.searchsorted(plan.loan, (loan, loan + 1)))
        wanted = amortise(
            Decimal(int(lent.principal_amount[loan])) / 100,
            Decimal(int(lent.interest_rate[loan])) / 1000,
            int(lent.term_months[loan]),
        )
        stored = zip(plan.principal_amount[rows], plan.interest_amount[rows],
                     plan.remaining_balance[rows], strict=True)  # fmt: skip
        assert [tuple(int(cents) for cents in row) for row in stored] == wanted


def amortise(principal: Decimal, rate: Decimal, months: int) -> list[tuple[int, int, int]]:
    """Principal, interest and balance after it, in cents, by the conventions of 30/360."""
    cent, i = Decimal("0.01"), rate / 1200
    payment = (principal * i / (1 - (1 + i) ** -months)).quantize(cent, ROUND_HALF_UP)
    rows, balance = [], principal
    for month in range(1, months + 1):
        # Multiplied first: i alone has no end, and a tie would fall to its last digit.
        interest = (balance * rate / 1200).quantize(cent, ROUND_HALF_UP)
        part = balance if month == months else payment - interest
        balance -= part
        rows.append((int(part * 100), int(interest * 100), int(balance * 100)))
    return rows


@books
def test_status_and_payment_dates_agree(case):
    bank = book(*case)
    plan, grace = bank.repayment_schedule, bank.figures.grace_days * DAY
    past, status, paid_on = plan.due_date < bank.today, plan.payment_status, plan.payment_date
    settled = np.isin(status, ("paid", "late"))
    assert (np.isnat(paid_on) == ~settled).all() and (paid_on[settled] < bank.today).all()
    assert ((status == "scheduled") <= ~past).all()
    ahead = settled & ~past  # only what an early payoff ended
    payoff = bank.loans.payoff_date[plan.loan]
    assert (status[ahead] == "paid").all() and (paid_on[ahead] == payoff[ahead]).all()
    late = status == "late"
    assert (paid_on[late] > (plan.due_date + grace)[late]).all()
    assert (paid_on[status == "paid"] <= (plan.due_date + grace)[status == "paid"]).all()
    pending = status == "pending"
    assert (past & (plan.due_date >= bank.today - grace))[pending].all()
    unpaid = past & ~settled & ~pending
    assert (status[unpaid] == "missed").all()
    same = (plan.loan[1:] == plan.loan[:-1]) & settled[1:]
    assert settled[:-1][same].all() and (paid_on[:-1] <= paid_on[1:])[same].all()
    assert (paid_on[settled] > bank.loans.disbursement_date[plan.loan[settled]]).all()


@books
def test_balances_and_arrears_follow_from_payments(case):
    bank = book(*case)
    lent, plan = bank.loans, bank.repayment_schedule
    settled = np.isin(plan.payment_status, ("paid", "late"))
    start = np.cumsum(lent.term_months) - lent.term_months
    repaid = np.add.reduceat(np.where(settled, plan.principal_amount, 0), start)
    assert (lent.outstanding_balance == lent.principal_amount - repaid).all()
    count = np.add.reduceat(settled.astype(np.int64), start)
    oldest = start + np.minimum(count, lent.term_months - 1)
    overdue = (count < lent.term_months) & (plan.due_date[oldest] < bank.today)
    late = np.where(overdue, days(bank.today, plan.due_date[oldest]), 0)
    late = np.where(late > bank.figures.grace_days, late, 0)
    assert (lent.days_past_due == late).all()
    still = np.isin(lent.loan_status, ("active", "restructured", "defaulted"))
    assert (lent.days_past_due[still] == 0).mean() >= (0.88 if case[0] == "guide" else 0.84)


@books
def test_an_early_payoff_pays_what_is_left_and_no_interest_to_come(case):
    bank = book(*case)
    lent, plan = bank.loans, bank.repayment_schedule
    paid = ~np.isnat(plan.payment_date)
    assert ((plan.paid_amount >= 0) == paid).all()
    payoff = lent.payoff_date[plan.loan]
    ahead = plan.due_date > payoff
    assert (plan.paid_amount == plan.total_amount)[paid & ~ahead].all()
    assert (plan.paid_amount >= plan.principal_amount)[ahead].all()
    interest = (plan.paid_amount - plan.principal_amount)[ahead]
    assert (interest[plan.due_date[ahead] > payoff[ahead] + 31 * DAY] == 0).all()
    assert 0 < interest.sum() < 0.05 * plan.interest_amount[ahead].sum()


@books
def test_statuses_of_loans(case):
    bank = book(*case)
    lent, plan = bank.loans, bank.repayment_schedule
    missed = np.bincount(plan.loan[plan.payment_status == "missed"], minlength=len(lent.owner))
    active, off, bad, again = (
        lent.loan_status == name for name in ("active", "paid_off", "defaulted", "restructured")
    )
    assert (off == (lent.outstanding_balance == 0)).all()
    assert (off == ~np.isnat(lent.payoff_date)).all()
    assert (missed[active] < 3).all() and (missed[off | again] == 0).all()
    assert (missed[bad] >= 3).all() and (lent.days_past_due[bad] >= 90).all()
    assert (lent.maturity_date[active] >= bank.today).all()
    behind = lent.days_past_due[active]
    assert ((behind < 30) | ((behind >= 30) & (behind <= 75))).all()
    assert 0.03 <= (behind >= 30).mean() <= 0.05
    rows = off[plan.loan]
    assert (plan.payment_status[rows] == "paid").all()
    last = np.full(len(lent.owner), np.datetime64("1970-01-01"))
    np.maximum.at(last, plan.loan[rows], plan.payment_date[rows])
    assert (last[off] == lent.payoff_date[off]).all()
    late = np.bincount(plan.loan[plan.payment_status == "late"], minlength=len(lent.owner))
    assert (late[again] >= 3).all()


# -------------------------------------------- collateral, guarantors, assessments: E15–E17


@books
def test_collateral(case):
    bank = book(*case)
    c, lent = bank.collateral, bank.loans
    principal, kind = lent.principal_amount[c.loan], lent.loan_type[c.loan]
    assert len(np.unique(c.loan)) == len(c.loan)
    times = c.appraised_value / principal
    assert times.min() >= 1.10 and times.max() <= 1.50
    assert (np.abs(c.ltv_ratio / 10_000 - principal / c.appraised_value) <= 0.00005 + 1e-12).all()
    before = days(lent.disbursement_date[c.loan], c.appraisal_date)
    assert before.min() >= 1 and before.max() <= 60
    fits = {"mortgage": {"property"}, "auto": {"vehicle"},
            "business": {"property", "equipment", "inventory"}}  # fmt: skip
    for name, allowed in fits.items():
        mine = kind == name
        assert set(c.collateral_type[mine]) <= allowed
        of_type = int((lent.loan_type == name).sum())
        assert abs(mine.sum() - bank.figures.collateral[name] * of_type) <= 1
    assert set(kind) <= set(fits)
    if case[0] == "requirements":
        assert "inventory" not in c.collateral_type


@books
def test_guarantors(case):
    bank = book(*case)
    g, lent = bank.loan_guarantors, bank.loans
    principal = lent.principal_amount[g.loan]
    part = g.guarantee_amount / principal
    assert part.min() >= 0.5 and part.max() <= 1 and 0.3 < (part == 1).mean() < 0.6
    partner = g.relationship == "business_partner"
    assert (lent.loan_type[g.loan][partner] == "business").all()
    home = households(Shard(bank.run, case[3]))
    assert home.married[g.owner[g.relationship == "spouse"]].all()
    assert (home.children[g.owner[g.relationship == "child"]] > 0).all()
    spouses = np.bincount(g.loan[g.relationship == "spouse"])
    assert spouses.max() == 1
    shares = np.array([bank.figures.guaranteed[name] for name in lent.loan_type])
    for share in np.unique(shares):  # the types with the same share are one mix
        guaranteed = len(np.unique(g.loan[shares[g.loan] == share]))
        assert abs(guaranteed - share * (shares == share).sum()) <= 2
    loans = np.unique(g.loan)
    twice = np.bincount(g.loan)[loans]
    assert twice.max() == 2 and abs((twice == 2).sum() - 0.3 * len(loans)) <= 2
    for name, share in bank.figures.guarantor_relationship.items():
        # R75: as many partners as business loans have guarantors; the others share the rest.
        # How many such loans there are scatters like independent draws.
        room = 0.02 + 2 * (share * (1 - share) / len(g.relationship)) ** 0.5
        assert abs((g.relationship == name).mean() - share) < room, name


@books
def test_a_guarantor_is_somebody_else(case):
    from dhub.domains.accounts import customers

    bank = book(*case)
    c = customers.customer_rows(Shard(bank.run, case[3])).columns
    called = [
        f"{c['first_name'].pool[first]} {c['last_name'].pool[last]}"
        for first, last in zip(c["first_name"].codes, c["last_name"].codes, strict=True)
    ]
    g = bank.loan_guarantors
    assert all(called[owner] != name for owner, name in zip(g.owner, g.guarantor_name, strict=True))
    spouse = np.flatnonzero(g.relationship == "spouse")
    shared = [called[g.owner[n]].split()[-1] == g.guarantor_name[n].split()[-1] for n in spouse]
    assert 0.55 < np.mean(shared) < 0.95


@books
def test_assessments_precede_decisions(case):
    bank = book(*case)
    a, r = bank.loan_applications, bank.risk_assessments
    asked = r.application_id >= 0
    assert (asked != (r.loan_id >= 0)).all()
    assert (np.sort(r.application_id[asked]) == a.application_id).all()
    row = np.searchsorted(a.application_id, r.application_id[asked])
    day, decided = r.assessment_date[asked], a.decision_date[row]
    assert (day >= a.application_date[row]).all() and (day < bank.today).all()
    assert (np.isnat(decided) | (day < decided)).all()
    assert (r.customer_id[asked] == a.customer_id[row]).all()


@books
def test_running_loans_are_assessed_again(case):
    bank = book(*case)
    lent, r = bank.loans, bank.risk_assessments
    again = r.loan_id >= 0
    row = np.searchsorted(lent.loan_id, r.loan_id[again])
    assert (r.customer_id[again] == lent.customer_id[row]).all()
    assert (r.assessment_date[again] >= lent.disbursement_date[row]).all()
    assert (r.assessment_date[again] < bank.today).all()
    active = np.flatnonzero(lent.loan_status == "active")
    share = np.isin(active, row).mean()
    assert abs(share - bank.figures.reassessed) < 0.01
    assert (lent.loan_status[row] != "paid_off").all()
    bad = np.flatnonzero(lent.loan_status == "defaulted")
    pd = r.pd_probability[again]
    assert np.isin(bad, row).all()
    assert (pd[np.isin(row, bad)] == round(bank.figures.pd_defaulted * 10_000)).all()
    assert (pd[~np.isin(row, bad)] < 9_500).all()


@books
def test_grade_and_pd_are_functions_of_the_score(case):
    r = book(*case).risk_assessments
    order = np.argsort(r.risk_score, kind="stable")
    score, pd, grade = (x[order] for x in (r.risk_score, r.pd_probability, r.credit_grade))
    same = score[1:] == score[:-1]
    assert (pd[1:] <= pd[:-1]).all() and (pd[1:] == pd[:-1])[same].all()
    assert (grade[1:] == grade[:-1])[same].all()
    names = ["C", "CC", "CCC", "B", "BB", "BBB", "A", "AA", "AAA"]
    rank = np.array([names.index(name) for name in grade])
    assert (np.diff(rank) >= 0).all()
    if case[0] == "requirements":
        assert rank.min() >= 2 and pd.max() <= 2_500  # 002's grades and PDs
    else:
        assert set(grade) >= {"AAA", "C"} and pd.max() == 9_500
    assert score.min() >= 300 and score.max() <= 850 and 100 <= pd.min() <= 110
