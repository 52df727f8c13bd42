"""What faults do to one request.

A fault that depends on nothing meets a request before anything else does; one for an account or an operation as soon as
the vendor's steps have found out which it is. Each request counts once for each fault that it meets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from mockserver.errors import Refusal
from mockserver.faults.model import Action, Fault
from mockserver.request import Answer

if TYPE_CHECKING:
    from mockserver.wire import Wire

#: The action of a fault on a request that it meets, and the delay in ms; None when it leaves it alone.
Draw = Callable[[Fault], tuple[Action, float] | None]


class Intervention:
    """What the faults do to one request, as it becomes known. The first fault that answers, and the first that spoils
    the answer's way, have their way; delays add up."""

    def __init__(self, vendor: str, waiting: list[Fault], draw: Draw) -> None:
        self._vendor = vendor
        self._waiting = waiting
        self._draw_from = draw
        self.ids: list[str] = []
        self.latency_ms = 0.0
        self.wire: Wire | None = None
        self._answering: Action | None = None

    def take(self, id: str, action: Action, latency_ms: float) -> None:
        """Let an action happen to the request."""
        self.ids.append(id)
        self.latency_ms += latency_ms
        if self.wire is None:
            self.wire = action.wire
        if self._answering is None and action.answers:
            self._answering = action

    def before(self) -> Answer | None:
        """Meet the faults that depend on nothing. A page in HTML answers right away."""
        for fault in self._met(lambda f: f.unconditional):
            self._draw(fault)
        return self._page()

    def meet(self, operation: str, account: str | None) -> Answer | None:
        """Meet the faults for an account or an operation, after any step of the vendor.

        Returns the page in HTML that answers; raises the refusal that does, once the first step has read what the
        vendor's errors are rendered with.
        """
        for fault in self._met(
            lambda f: (
                (f.account is None or (f.vendor == self._vendor and f.account == account))
                and f.operation in (None, operation)
            )
        ):
            self._draw(fault)
        refusal = self.refusal()
        if refusal is not None:
            raise refusal
        return self._page()

    def refusal(self) -> Refusal | None:
        """The refusal that a fault answers with: it wins over what is wrong with the request itself."""
        if self._answering is None or self._answering.rule is None:
            return None
        return Refusal(self._answering.rule, hint=f"fault {', '.join(self.ids)}")

    def _met(self, meets: Callable[[Fault], bool]) -> Iterator[Fault]:
        met = [fault for fault in self._waiting if meets(fault)]
        self._waiting = [fault for fault in self._waiting if fault not in met]
        return iter(met)

    def _draw(self, fault: Fault) -> None:
        drawn = self._draw_from(fault)
        if drawn is not None and drawn[0] != Action():
            self.take(fault.id, *drawn)

    def _page(self) -> Answer | None:
        status = self._answering.html_status if self._answering else None
        return None if status is None else _html_page(status)


_REASONS: Mapping[int, str] = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}


def _html_page(status: int) -> Answer:
    """What a load balancer sends in the place of a service that does not answer."""
    line = f"{status} {_REASONS.get(status, 'Error')}"
    page = (
        f"<html>\r\n<head><title>{line}</title></head>\r\n<body>\r\n<center><h1>{line}</h1></center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    return Answer(status, (("Content-Type", "text/html"),), page.encode(), f"html-{status}")
