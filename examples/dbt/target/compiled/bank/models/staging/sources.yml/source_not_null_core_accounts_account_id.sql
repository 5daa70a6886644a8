
    
    



select account_id
from "accounts_db"."public"."accounts"
where account_id is null


