
  create view "accounts_db"."analytics"."stg_transactions__dbt_tmp"
    
    
  as (
    select
    t.transaction_id,
    t.account_id,
    t.transaction_type,
    t.category,
    t.channel,
    t.transaction_date,
    cast(date_trunc('month', t.transaction_date) as date) as month,
    t.amount * d.direction as signed_amount
from "accounts_db"."public"."transactions" as t
join "accounts_db"."public"."transaction_types" as d
    on d.transaction_type = t.transaction_type
  );