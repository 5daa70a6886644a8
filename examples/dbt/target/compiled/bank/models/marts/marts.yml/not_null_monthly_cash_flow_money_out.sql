
    
    



select money_out
from "accounts_db"."analytics"."monthly_cash_flow"
where money_out is null


