select
    t.month,
    a.account_type,
    a.currency,
    count(*) as bookings,
    sum(case when t.signed_amount > 0 then t.signed_amount else 0 end) as money_in,
    sum(case when t.signed_amount < 0 then -t.signed_amount else 0 end) as money_out
from {{ ref('stg_transactions') }} as t
join {{ ref('stg_accounts') }} as a on a.account_id = t.account_id
group by t.month, a.account_type, a.currency
