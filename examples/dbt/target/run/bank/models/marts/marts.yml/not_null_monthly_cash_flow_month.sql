
    
    select
      count(*) as failures,
      count(*) != 0 as should_warn,
      count(*) != 0 as should_error
    from (
      
    
  
    
    



select month
from "accounts_db"."analytics"."monthly_cash_flow"
where month is null



  
  
      
    ) dbt_internal_test