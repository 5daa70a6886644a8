
    
    



select month
from "accounts_db"."analytics"."monthly_cash_flow"
where month is null


