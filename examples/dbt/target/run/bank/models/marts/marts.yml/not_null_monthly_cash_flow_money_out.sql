
    
    select
      count(*) as failures,
      count(*) != 0 as should_warn,
      count(*) != 0 as should_error
    from (
      
    
  
    
    



select money_out
from "accounts_db"."analytics"."monthly_cash_flow"
where money_out is null



  
  
      
    ) dbt_internal_test