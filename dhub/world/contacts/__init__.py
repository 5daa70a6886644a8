"""The contacts of customers with the bank: how often, through what, on which matter, how rated."""
