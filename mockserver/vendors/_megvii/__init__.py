"""Private parts of the vendor `megvii`, in the order in which a request meets them.

call            the record of one call           multipart   a multipart body taken apart
arguments       sizes, route, arguments          access      who calls
recognise       picture in, one card out         fields      what the card says, and what contradicts what
judgement       quality, legality, completeness  render      the success and error bodies
client          how a client is pointed here
"""
