
    
    



select customer_id
from "accounts_db"."analytics"."customer_balances"
where customer_id is null


