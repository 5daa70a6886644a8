
    
    



select customer_id
from "accounts_db"."analytics"."stg_customers"
where customer_id is null


