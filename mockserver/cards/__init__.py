"""Specimen cards: who is on them, how they are drawn, and how they are read back from pixels.

model     what a card says and what was seen of it        people   consistent synthetic people
layout    where everything stands on a card               code     the QR payload on a specimen
draw      a card as a picture                             scene    cards placed in a photograph
geometry  transforms between card and picture             read     a picture back to cards
measure   what the pixels show (blur, glare, grey)        named    the named specimens of fixtures/
"""
