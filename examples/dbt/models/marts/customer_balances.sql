select
    c.customer_id,
    c.customer_name,
    c.state,
    a.currency,
    count(*) as accounts,
    sum(a.balance) as balance,
    min(a.opened_date) as customer_since
from {{ ref('stg_customers') }} as c
join {{ ref('stg_accounts') }} as a on a.customer_id = c.customer_id
where a.account_status <> 'closed'
group by c.customer_id, c.customer_name, c.state, a.currency
