
    
    



select account_id
from "accounts_db"."analytics"."stg_accounts"
where account_id is null


