"""Private parts of the vendor `tencent`, in the order in which a request meets them.

call            the record of one call           transport   method, sizes, shapes, common parameters
signatures      TC3-HMAC-SHA256 and the v1 form  access      who calls, and whether the signature holds
parameters      schema, then values              recognise   picture in, cards out, or the picture's error
client          how the SDK is pointed here
render          the success and error envelopes
legibility      what of a card is given, and whether labels and values can be read in full
"""
