"""How the user's own client behaved, read off the mock's journal: `idmock grade`.

`fetch` reads the journal, `run` makes it comparable, the modules of `judges` answer one question each by the rules of
``rules.json``, `verdict` adds up, and `report` writes it down. Vendors differ in data only: their contract, and what
``vendors/<vendor>.json`` adds.
"""
