
    
    



select signed_amount
from "accounts_db"."analytics"."stg_transactions"
where signed_amount is null


