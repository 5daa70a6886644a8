
    
    



select customer_id
from "accounts_db"."public"."customers"
where customer_id is null


