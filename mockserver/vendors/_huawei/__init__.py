"""Private parts of the vendor `huawei`, in the order in which a request meets them.

call            the record of one call           transport   sizes, paths, methods: the gateway's routing
signatures      SDK-HMAC-SHA256                  tokens      what X-Subject-Token holds
access          who calls, how often, for which project
identities      projects, domains and users that an account stands for
iam             the IAM calls that clients make first
parameters      JSON, then the schema            recognise   picture in, cards out, or the picture's error
alarms          detect_*_result and scores       render      success, and errors in three shapes
client          how the SDK is pointed here
"""
