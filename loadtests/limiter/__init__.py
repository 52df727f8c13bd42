"""Whether an implementation enforces the limit that its vendor promises: `idmock load --scenario limit`.

Locust's users make calls whose moments are chosen so that a right limiter and a wrong one must answer differently. A
judge that knows nothing but those calls says, clause by clause, which one it was.

    rules     the clauses' figures, and what each vendor's documents permit
    beats     when calls go out                              traffic    the users that send them
    seen      a call as a limiter may have met it            refusals   whether refusals are the vendor's own
    windows, buckets, places    limiters that may be right, as questions to the calls: could it have been you?
    rate, concurrency           the clauses                  check      one limit of one vendor, accounts to findings
"""
