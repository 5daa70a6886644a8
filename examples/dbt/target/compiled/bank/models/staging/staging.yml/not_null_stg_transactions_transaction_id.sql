
    
    



select transaction_id
from "accounts_db"."analytics"."stg_transactions"
where transaction_id is null


