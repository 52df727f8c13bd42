"""How the vendors' own clients are pointed at the mock.

environment  variables and a snippet: `idmock env`    snippets  in several languages, for the console
"""
