
    
    



select money_in
from "accounts_db"."analytics"."monthly_cash_flow"
where money_in is null


