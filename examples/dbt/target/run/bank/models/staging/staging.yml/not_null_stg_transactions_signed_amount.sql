
    
    select
      count(*) as failures,
      count(*) != 0 as should_warn,
      count(*) != 0 as should_error
    from (
      
    
  
    
    



select signed_amount
from "accounts_db"."analytics"."stg_transactions"
where signed_amount is null



  
  
      
    ) dbt_internal_test