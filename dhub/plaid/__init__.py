"""People's accounts at other institutions, in Plaid's form: made, measured, checked and loaded."""
