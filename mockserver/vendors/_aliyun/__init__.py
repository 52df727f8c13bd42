"""Private parts of the vendor `aliyun`, in the order in which a request meets them.

call            the record of one call           transport   shapes, product, path, format, action
signatures      ACS3-HMAC-SHA256 and HMAC-SHA1   access      who calls, when, and whether the signature holds
parameters      switches, then url or body       recognise   picture in, cards out, or the picture's error
data            the JSON inside Data             render      success and error, as JSON or XML
client          how the SDK is pointed here
"""
