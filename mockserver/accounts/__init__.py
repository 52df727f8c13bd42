"""Accounts: credentials whose state selects an outcome through an unmodified client.

book  those there are    minting  new ones, and other states and limits for those there are
"""

from mockserver.accounts.book import ANSWERS, Account, Accounts

__all__ = ["ANSWERS", "Account", "Accounts"]
