"""Private parts of the vendor `alimarket`, in the order in which a request meets them.

call            the record of one call           gateway     request line, host, route, media type
signatures      the gateway's HMAC               access      who calls, and whether the signature holds
parameters      the seller's one parameter       recognise   picture in, cards out, or the seller's error
client          how a client is pointed here
render          the seller's body, and the gateway's errors, which are headers only
"""
