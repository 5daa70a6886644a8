"""The plans of the preset `archetypes`: users whose rows show the personas of document 001.

`cards`, `bills`, `shopping` and `saving` say what comes and goes; `regular`, `irregular` and
`stressed` fit pay and purchases together, so that the balances of the checking account are those
of the persona; `edges` adds the users whose accounts hardly move.
"""
