select
    t.transaction_id,
    t.account_id,
    t.transaction_type,
    t.category,
    t.channel,
    t.transaction_date,
    cast(date_trunc('month', t.transaction_date) as date) as month,
    t.amount * d.direction as signed_amount
from {{ source('core', 'transactions') }} as t
join {{ source('core', 'transaction_types') }} as d
    on d.transaction_type = t.transaction_type
