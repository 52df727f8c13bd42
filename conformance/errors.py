"""What can go wrong with the suite itself, as opposed to what it finds.

SuiteError
├── TargetError       the implementation cannot be reached or is not described well enough: nothing was judged
│   └── Unreachable   no connection
└── NotApplicable     the target lacks what a case needs; carries the reason

Misshapen             an answer that the vendor never gives; a ValueError, as the parsers below it raise
"""

from __future__ import annotations


class SuiteError(Exception):
    """One sentence for the user; the command ends with exit code 2."""


class TargetError(SuiteError):
    """The target cannot be used as it is described."""


class Unreachable(TargetError):
    """Nothing answers at the target's address."""


class NotApplicable(SuiteError):
    """A case needs what this target does not offer."""


class Misshapen(ValueError):
    """An answer does not have the vendor's form; says what is wrong with it."""
