"""Takes sums of the six databases and of the star beside them, gives a table of what reconciles."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape

from dhub.verify.model import FAILED, OK, WAREHOUSE, Picture, Result
from dhub.verify.report.sections import anchor, badge

_OF = "warehouse_db.dim_account WHERE source_table ="
_BOOKED = "warehouse_db.fact_transaction WHERE transaction_id IS NOT NULL"
# By equation: what is summed, in the six databases and in the star.
_SIDES = (
    (1, "customers", """count(*) FROM accounts_db.customers
        JOIN customer_db.customer_profiles USING (customer_id)""",
     "count(*) FROM warehouse_db.dim_customer"),
    (2, "balances of accounts", "sum(balance) FROM accounts_db.accounts",
     f"sum(current_balance) FROM {_OF} 'accounts'"),
    (3, "outstanding of loans", "sum(outstanding_balance) FROM loans_db.loans",
     f"sum(current_balance) FROM {_OF} 'loans'"),
    (4, "cover of policies", "sum(coverage_amount) FROM insurance_db.policies",
     f"sum(coverage_amount) FROM {_OF} 'policies'"),
    (5, "amounts of transactions", "sum(amount) FROM accounts_db.transactions",
     f"sum(amount) FROM {_BOOKED}"),
    (6, "bookings on accounts that the six have", "count(*) FROM accounts_db.transactions",
     """count(*) FROM warehouse_db.fact_transaction
        JOIN warehouse_db.dim_account USING (account_key) WHERE source_id IS NOT NULL"""),
    (7, "transfers between accounts", """sum(amount) FROM accounts_db.transactions
        WHERE transfer_id IS NOT NULL""",
     """sum(a.amount) FROM warehouse_db.fact_transaction a
        JOIN warehouse_db.fact_transaction b ON b.transaction_key = a.linked_transaction_key
        WHERE a.transaction_id IS NOT NULL AND b.transaction_id IS NOT NULL"""),
    (8, "instalments", "sum(total_amount) FROM loans_db.repayment_schedule",
     "sum(total_amount) FROM warehouse_db.fact_loan_schedule"),
    (9, "contacts", "count(*) FROM customer_db.interactions",
     "count(*) FROM warehouse_db.fact_interaction"),
    (9, "scores of surveys", "sum(nps_score) FROM customer_db.satisfaction_surveys",
     "sum(nps_score) FROM warehouse_db.fact_interaction"),
    (10, "latest credit scores", """sum(score) FROM (
        SELECT arg_max(risk_score, (assessment_date, assessment_id)) AS score
        FROM loans_db.risk_assessments GROUP BY customer_id)""",
     "sum(credit_score) FROM warehouse_db.dim_customer"),
    (11, "balances of accounts, from their bookings", "sum(balance) FROM accounts_db.accounts",
     f"""(SELECT sum(opening_balance) FROM {_OF} 'accounts')
        + (SELECT sum(balance_change) FROM {_BOOKED})"""),
    (12, "net flow of accounts in full months", """sum(amount * direction)
        FROM accounts_db.transactions JOIN accounts_db.transaction_types USING (transaction_type)
        WHERE transaction_date < date_trunc('month', as_of())""",
     """sum(net_flow) FROM warehouse_db.fact_account_snapshot
        JOIN warehouse_db.dim_account USING (account_key) WHERE source_table = 'accounts'"""),
    (13, "principal of loans", "sum(principal_amount) FROM loans_db.loans",
     "sum(principal_amount) FROM warehouse_db.fact_loan_schedule"),
    (13, "principal not paid back", "sum(outstanding_balance) FROM loans_db.loans",
     """sum(principal_amount) FROM warehouse_db.fact_loan_schedule
        WHERE payment_date IS NULL"""),
)  # fmt: skip
SQL = " UNION ALL ".join(
    f"SELECT {place} AS place, {number} AS equation, '{what}' AS what,"
    f" (SELECT {six})::DECIMAL(24, 2) AS six, (SELECT {star})::DECIMAL(24, 2) AS star"
    for place, (number, what, six, star) in enumerate(_SIDES)
)
ID = "reconciled"
_LEAD = (
    "What the six databases say and what the star says of the same bank, added up. Equal sums are "
    "not enough: each equation is also followed row by row, and its checks are named beside it."
)
_HEAD = (
    "<tr><th>equation<th class=n>six databases<th class=n>star<th class=n>difference"
    "<th>sums<th>row by row</tr>"
)


def section(result: Result, pictures: Mapping[str, Picture]) -> str:
    """The section of the page; empty where there is no star, or it is behind."""
    if ID not in pictures:
        return ""
    answers = sorted(pictures[ID].rows, key=lambda row: row[0])
    rows = "".join(_row(result, *row[1:]) for row in answers)
    return (
        f'<section id="{ID}"><h2>What reconciles</h2><p>{_LEAD}</p><div class="card wide">'
        f'<table class="checks"><thead>{_HEAD}</thead><tbody>{rows}</tbody></table></div></section>'
    )


def _row(result: Result, number: int, what: str, six: Decimal | None, star: Decimal | None) -> str:
    kind = OK if six == star else FAILED
    difference = (star or Decimal()) - (six or Decimal())
    cells = (("six databases", _sum(six)), ("star", _sum(star)), ("difference", _sum(difference)))
    shown = "".join(f'<td class=n data-name="{name}">{cell}' for name, cell in cells)
    return (
        f'<tr class="{kind}"><th scope=row><b>{number}</b> {escape(what)}{shown}'
        f"<td>{badge(kind)}<td>{_rows(result, number)}</tr>"
    )


def _rows(result: Result, number: int) -> str:
    """The checks of an equation, each a link to its line."""
    own = f"W{number:02}"
    return " ".join(
        f'<a class="badge {each.status}" href="#{anchor(each)}">{escape(each.id)}</a>'
        for each in result.of(WAREHOUSE)
        if each.id.partition(".")[0] == own
    )


def _sum(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:,.2f}".removesuffix(".00")
