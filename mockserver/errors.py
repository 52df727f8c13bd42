"""The exceptions of this package.

MockError
├── Refusal        the client asked for something the vendor refuses: a row of errors.json goes out
├── ContractError  a file under schemas/ or fixtures/ is wrong: start-up stops
└── ConfigError    a flag, variable or settings file is wrong: start-up stops with exit code 2
"""

from __future__ import annotations

from collections.abc import Mapping


class MockError(Exception):
    """Base of everything raised on purpose."""


class Refusal(MockError):
    """The vendor's answer is an error: names the row of ``errors.json`` that goes out.

    ``details`` fill the placeholders of the row's message; ``hint`` is one line for the developer, sent in
    ``X-IDMock-Hint`` and never in the body.
    """

    def __init__(
        self,
        code: str,
        variant: str | None = None,
        details: Mapping[str, object] | None = None,
        *,
        hint: str | None = None,
    ) -> None:
        super().__init__(code if variant is None else f"{code}#{variant}")
        self.code = code
        self.variant = variant
        self.hint = hint
        self.details = details or {}


class ContractError(MockError):
    """A data file breaks its own rules: the message names the file, a JSON pointer and the rule."""


class ConfigError(MockError):
    """A setting cannot be used: one helpful sentence.

    ``option`` is the name of the setting among the command's parameters, where just one is to blame: the command then
    says where it was set.
    """

    def __init__(self, sentence: str, *, option: str | None = None) -> None:
        super().__init__(sentence)
        self.option = option
