"""The bank's people outside it: their accounts, cards and loans at other institutions.

`run` says what a data set is a function of, `users` who is in it; a preset's own module supplies
plans, and one downstream makes of them the card cycle, balances, rows and liabilities.
"""
