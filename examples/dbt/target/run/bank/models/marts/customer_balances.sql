
  
    

  create  table "accounts_db"."analytics"."customer_balances__dbt_tmp"
  
  
    as
  
  (
    select
    c.customer_id,
    c.customer_name,
    c.state,
    a.currency,
    count(*) as accounts,
    sum(a.balance) as balance,
    min(a.opened_date) as customer_since
from "accounts_db"."analytics"."stg_customers" as c
join "accounts_db"."analytics"."stg_accounts" as a on a.customer_id = c.customer_id
where a.account_status <> 'closed'
group by c.customer_id, c.customer_name, c.state, a.currency
  );
  