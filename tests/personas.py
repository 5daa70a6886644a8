"""Takes the four tables of a Plaid-style data set, gives each user's features and personas.

A second reading of the contract's formulas, in SQL over the rows alone: nothing here is imported
from the product, so that the two can be held against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb

WINDOW = 180
Row = dict[str, Any]

_VIEWS = """
create or replace view posted as
  select * exclude (date), cast(date as date) as day, cast(amount as double) as paid,
         date_diff('day', cast(date as date), last_day()) as ago
  from transactions where not coalesce(pending, false);
create or replace view checking as
  select account_id, user_id, cast(balance_current as double) as current
  from accounts where account_type = 'checking';
create or replace view outflow as
  select p.* from posted p join checking using (account_id) where paid > 0;
create or replace view evening as  -- ago = 0 is the last day
  select c.user_id, d.ago,
         sum(c.current) + coalesce(sum(p.later), 0) as balance
  from checking c cross join (select unnest(range(0, 2000)) as ago) d
  left join lateral (select sum(paid) as later from posted t
                     where t.account_id = c.account_id and t.ago < d.ago) p on true
  group by all;
"""

_FEATURES = """
with
months as (select 30.0 / $days as m),
u as (select user_id from users),
spent as (select user_id, sum(paid) as total from outflow where ago < $days group by 1),
charge as (
  select user_id, merchant_name, paid, ago,
         lag(ago) over (partition by user_id, merchant_name order by ago desc) - ago as gap
  from outflow
  where ago < 180 and merchant_name is not null and not (
    category_primary in ('RENT_AND_UTILITIES', 'BANK_FEES', 'INCOME', 'GOVERNMENT_AND_NON_PROFIT')
    or starts_with(category_primary, 'LOAN_') or starts_with(category_primary, 'TRANSFER_')
    or category_detailed = 'GENERAL_SERVICES_INSURANCE')),
recurs as (
  select user_id, merchant_name from charge group by all
  having count(*) >= 3
     and (median(gap) between 25 and 35 or median(gap) between 6 and 8)
     and stddev_pop(gap) <= 0.25 * avg(gap) and stddev_pop(paid) <= 0.10 * avg(paid)),
subs as (
  select user_id, count(distinct merchant_name) as merchants, sum(paid) as paid
  from charge join recurs using (user_id, merchant_name) where ago < $days group by 1),
spending as (
  select user_id, sum(paid) as total from posted
  where paid > 0 and ago < $days and category_primary not in ('TRANSFER_OUT', 'LOAN_PAYMENTS')
  group by 1),
saving as (
  select account_id, user_id, cast(balance_current as double) as current
  from accounts where account_type in ('savings', 'money_market', 'hsa')),
savers as (
  select s.user_id, sum(s.current) as held,
         sum(s.current) + coalesce(sum(p.change), 0) as held_before,
         coalesce(sum(p.inflow), 0) as inflow
  from saving s left join (
    select account_id, sum(paid) as change,
           -sum(paid) filter (starts_with(category_primary, 'TRANSFER_')) as inflow
    from posted where ago < $days group by 1) p using (account_id)
  group by 1),
inflow_months as (
  select user_id, count(*) as months from (
    select user_id, ago // 30 as block, -sum(paid) as inflow
    from posted join (select account_id from saving) using (account_id)
    where ago < $days and starts_with(category_primary, 'TRANSFER_') group by all
    having round(-sum(paid), 2) >= 200)
  group by 1),
card as (
  select a.account_id, a.user_id, cast(a.balance_current as double) as owed,
         cast(a.balance_limit as double) as most, l.is_overdue,
         cast(l.last_payment_amount as double) as payment,
         date_diff('day', cast(l.last_statement_issue_date as date) - interval 1 month, last_day())
           as billed_ago
  from accounts a join liabilities l using (account_id) where a.account_type = 'credit_card'),
billed as (
  select c.*, round(c.owed - coalesce((select sum(paid) from posted p
                      where p.account_id = c.account_id and p.ago < c.billed_ago), 0), 2) as bill
  from card c),
cards as (
  select user_id, count(*) as card_count, sum(owed) / nullif(sum(most), 0) as utilization,
         max(owed / nullif(most, 0)) as max_utilization, bool_or(is_overdue) as any_overdue,
         bool_or(coalesce(payment <= 1.05 * least(bill, greatest(25, 0.02 * bill))
                          and payment < bill, false)) as minimum_payment_only
  from billed group by 1),
interest as (
  select user_id, sum(paid) as charged from posted join card using (account_id, user_id)
  where ago < $days and category_detailed = 'BANK_FEES_INTEREST_CHARGE' group by 1),
pay as (
  select user_id, ago, -paid as paid from posted
  where category_detailed = 'INCOME_SALARY' and ago < $days),
payday as (
  select user_id, lag(ago) over (partition by user_id order by ago desc) - ago as gap
  from (select distinct user_id, ago from pay)),
gaps as (select user_id, median(gap) as gap from payday group by 1),
income as (
  select user_id, count(*) as payrolls, sum(paid) as total,
         case when count(*) > 1 then stddev_pop(paid) / avg(paid) end as cv
  from pay group by 1),
buffer as (select user_id, avg(balance) as held from evening where ago < 30 group by 1),
flow as (
  select user_id, count(*) filter (round(balance, 2) < 100) as low,
         min(balance) as min_balance, max(balance) as max_balance, avg(balance) as mean_balance,
         stddev_pop(balance) as sd
  from evening where ago < $days group by 1),
week as (
  select e.user_id, b.block, max(balance) - min(balance) as swing
  from evening e join (select unnest(range(0, $days // 7)) as block) b
    on e.ago between 7 * b.block and 7 * b.block + 7
  group by all),
swings as (
  select user_id, count(*) filter (round(swing, 2) >= 1400) as weeks from week group by 1)
select u.user_id,
  coalesce(subs.merchants, 0) as recurring_merchant_count,
  coalesce(subs.paid, 0) * m as monthly_recurring_spend,
  coalesce(subs.paid, 0) / nullif(spending.total, 0) as subscription_share,
  coalesce(savers.inflow, 0) as net_inflow,
  coalesce(inflow_months.months, 0) as months_with_inflow,
  (savers.held - held_before) / nullif(held_before, 0) as growth_rate,
  savers.held / nullif(spent.total * m, 0) as emergency_fund_months,
  coalesce(card_count, 0) as card_count, utilization, max_utilization,
  coalesce(interest.charged, 0) as interest_charges,
  coalesce(minimum_payment_only, false) as minimum_payment_only,
  coalesce(any_overdue, false) as any_overdue,
  coalesce(payrolls, 0) as payroll_count, coalesce(income.total, 0) as payroll_total,
  gaps.gap as median_pay_gap_days, income.cv as amount_cv,
  buffer.held / nullif(spent.total * m, 0) as cash_buffer_months,
  low as days_below_100, low / $days as share_below_100, min_balance, max_balance, mean_balance,
  case when mean_balance > 0 then sd / mean_balance end as balance_volatility,
  coalesce(swings.weeks, 0) as swing_weeks
from u cross join months
left join subs using (user_id) left join spending using (user_id)
left join savers using (user_id) left join inflow_months using (user_id)
left join cards using (user_id) left join interest using (user_id)
left join spent using (user_id) left join income using (user_id) left join gaps using (user_id)
left join buffer using (user_id) left join flow using (user_id) left join swings using (user_id)
order by u.user_id
"""


def features(tables: Mapping[str, Any], last_day: date, days: int = WINDOW) -> dict[str, Row]:
    """By user_id, every feature of the window of so many days that ends on the last day."""
    with duckdb.connect() as db:
        for name, table in tables.items():
            db.register(name, table)
        db.execute(f"create macro last_day() as date '{last_day}'")
        db.execute(_VIEWS.replace("range(0, 2000)", f"range(0, {max(days, WINDOW) + 1})"))
        found = db.execute(_FEATURES, {"days": days})
        names = [column[0] for column in found.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def personas(f: Row) -> frozenset[str]:
    """The personas that a user's features of 180 days trigger (001's table)."""
    hit = {
        "P1": over(f["max_utilization"], 0.50)
        and f["interest_charges"] > 0
        and f["minimum_payment_only"],
        "P2": (f["median_pay_gap_days"] or 0) > 45 and _under(f["cash_buffer_months"], 1),
        "P3": f["recurring_merchant_count"] >= 3 and f["monthly_recurring_spend"] >= 50,
        "P4": f["months_with_inflow"] >= 5
        and f["max_utilization"] is not None
        and f["max_utilization"] <= 0.30
        and (f["growth_rate"] or 0) > 0,
        "P5": over(f["share_below_100"], 0.30) and f["swing_weeks"] >= 3,
    }
    return frozenset(name for name, there in hit.items() if there)


def misses(f: Row, own: frozenset[str]) -> list[str]:
    """Which margins of the contract's table a user misses: of own personas, of the others'."""
    gap, use = f["median_pay_gap_days"], f["max_utilization"]
    kept = {
        "P1": (
            over(use, 0.55) and f["interest_charges"] > 0 and f["minimum_payment_only"],
            (use or 0) <= 0.35 and not f["interest_charges"] and not f["minimum_payment_only"],
        ),
        "P2": (over(gap, 48) and _under(f["cash_buffer_months"], 0.8500001), (gap or 0) <= 31),
        "P3": (
            f["recurring_merchant_count"] >= 4 and f["monthly_recurring_spend"] >= 70,
            f["recurring_merchant_count"] <= 2 or f["monthly_recurring_spend"] <= 40,
        ),
        "P4": (
            f["months_with_inflow"] >= 5
            and use is not None and use <= 0.27 and (f["growth_rate"] or 0) > 0,
            f["months_with_inflow"] <= 2,
        ),
        "P5": (
            over(f["share_below_100"], 0.35) and f["share_below_100"] <= 0.65
            and f["swing_weeks"] >= 3 and f["max_balance"] >= 1500,
            (f["share_below_100"] or 0) <= 0.12,
        ),
    }  # fmt: skip
    return [
        f"{'own' if name in own else 'other'} {name}"
        for name, (at, away) in kept.items()
        if not (at if name in own else away)
    ]


def over(value: float | None, least: float) -> bool:
    """Whether there is a value, and it is at least so much."""
    return value is not None and value >= least


def _under(value: float | None, most: float) -> bool:
    return value is not None and value < most
