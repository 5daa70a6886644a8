select
    account_id,
    customer_id,
    account_type,
    status as account_status,
    currency,
    branch_code,
    balance,
    opened_date,
    closed_date
from {{ source('core', 'accounts') }}
