"""What a contract is once it is loaded: rows, limits and choices as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mockserver.contract.constraint import Confidence, Constraint
    from mockserver.contract.request import RequestSchema
    from mockserver.contract.validators import SchemaValidator


def rule_id(code: str, variant: str | None = None) -> str:
    """The id of a row of ``errors.json``: ``code`` or ``code#variant``."""
    return code if variant is None else f"{code}#{variant}"


@dataclass(frozen=True, slots=True)
class Trigger:
    """How an ordinary client produces a row: an ordinary call with these changes."""

    says: str
    specimen: str = "front"
    account: str = "active"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    omit: tuple[str, ...] = ()
    #: Sent in place of the specimen: ``bytes``, ``encoded_bytes``, ``file_bytes`` or ``blank``.
    image: Mapping[str, Any] | None = None
    #: What is unusual about the request itself; the members are the vendor's own.
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One row of ``errors.json``."""

    code: str
    variant: str | None
    http_status: int
    #: Text by language; the key of a row with one text for all languages is ``*``.
    messages: Mapping[str, str]
    #: Language of the message when the client has asked for none.
    default_language: str
    when: str
    source: str
    confidence: Confidence
    message_confidence: Mapping[str, Confidence]
    trigger: Trigger
    #: Example values of the placeholders.
    details: Mapping[str, str | int]
    description: str | None = None
    #: Rows that belong together: of one stage, of one shape of body; the vendor's own grouping.
    family: str | None = None
    billed: bool = False

    @property
    def rule(self) -> str:
        """``code`` or ``code#variant``."""
        return rule_id(self.code, self.variant)

    def message(self, language: str | None = None) -> str:
        """The template in a language; None stands for the vendor's default.

        Raises KeyError for a language that the vendor does not offer.
        """
        single = self.messages.get("*")
        return single if single is not None else self.messages[language or self.default_language]

    def text(
        self, language: str | None = None, details: Mapping[str, object] | None = None, **common: object
    ) -> str:
        """The message with its placeholders filled: from the refusal's ``details``, then from what is ``common``
        to all messages of a call; either may hold more than the row needs.

        A refusal without details, such as that of an account that always gets this row, shows the example values
        of the catalogue. Raises ValueError when it has some of the details that the message needs and not all.
        """
        missing = self.details.keys() - (details or {}).keys() - common.keys()
        if details and missing:
            raise ValueError(f"the message of {self.rule} needs {', '.join(sorted(missing))}")
        return self.message(language).format_map({**self.details, **common, **(details or {})})


@dataclass(frozen=True, slots=True)
class Limit:
    """One number that the vendor holds its clients to; the unit is in the name."""

    name: str
    value: int | float
    says: str
    source: str
    confidence: Confidence
    #: The row that answers a request past the limit.
    code: str | None = None
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to behave that an edition may change."""

    name: str
    value: Any
    says: str
    source: str
    confidence: Confidence
    #: Every value there is, where they can be listed.
    options: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountState:
    """A state of an account that the vendor refuses."""

    name: str
    #: Where in the pipeline: ``credentials``, ``token``, ``permission`` or ``account``.
    stage: str
    code: str
    variant: str | None
    says: str
    source: str
    confidence: Confidence


@dataclass(frozen=True)
class Contract:
    """All that a vendor promises, ready to be served and tested against."""

    vendor: str
    editions: tuple[str, ...]
    #: ``operation.json``: what the vendor offers, how it is recognised, which states accounts have.
    operation: Mapping[str, Any]
    #: Rule id to row, in the order of the file.
    errors: Mapping[str, ErrorRow]
    limits: Mapping[str, Limit]
    behaviours: Mapping[str, Choice]
    account_states: Mapping[str, AccountState]
    request: RequestSchema
    response_validator: SchemaValidator
    error_validator: SchemaValidator
    #: Every constraint of the three schemas.
    constraints: tuple[Constraint, ...]
    #: The three schemas as they are after the editions; not to be changed.
    request_schema: Mapping[str, Any]
    response_schema: Mapping[str, Any]
    error_schema: Mapping[str, Any]

    @property
    def recognised_by(self) -> Mapping[str, Any]:
        """How a request on a shared port is told to be for this vendor: ``hosts``, ``paths``, ``marks``,
        ``says``.

        Any one mark suffices; its ``headers`` map a lower-case name to the start of the value, its
        ``parameters`` a name to the value; ``*`` is any.
        """
        return cast("Mapping[str, Any]", self.operation["recognised_by"])

    @cached_property
    def public_credentials(self) -> frozenset[str]:
        """Names of the credentials that may be shown: by these a client is recognised, the others it keeps secret."""
        rows = self.operation.get("credentials", {})
        return frozenset(name for name, row in rows.items() if row["public"])

    def is_vendor_host(self, host: str) -> bool:
        """Whether a Host header, with or without port, names one of the vendor's own hosts."""
        name = host.lower().partition(":")[0]
        return any(fnmatchcase(name, pattern) for pattern in self.recognised_by["hosts"])

    def error(self, code: str, variant: str | None = None) -> ErrorRow:
        """The row of a code, or of a whole rule id. Raises KeyError naming the vendor and the rule."""
        rule = rule_id(code, variant)
        try:
            return self.errors[rule]
        except KeyError:
            raise KeyError(f"{self.vendor}: errors.json has no row {rule}") from None

    def limit(self, name: str) -> int | float:
        """The value of a limit. Raises KeyError naming the vendor and the limit."""
        try:
            return self.limits[name].value
        except KeyError:
            raise KeyError(f"{self.vendor}: limits.json has no {name}") from None

    def behaviour(self, name: str) -> Any:
        """The value of a choice. Raises KeyError naming the vendor and the choice."""
        try:
            return self.behaviours[name].value
        except KeyError:
            raise KeyError(f"{self.vendor}: operation.json has no behaviour {name}") from None
