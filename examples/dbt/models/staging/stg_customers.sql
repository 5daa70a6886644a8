select
    customer_id,
    customer_number,
    coalesce(company_name, first_name || ' ' || last_name) as customer_name,
    city,
    state,
    created_at
from {{ source('core', 'customers') }}
