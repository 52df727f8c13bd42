"""Failures on demand: what they are, when they act, and how they reach the wire.

model  one fault as a value, from JSON or from a header      book  the faults of a server, and what they do to a request
wire   answers that do not arrive as they should
"""

from mockserver.faults.book import Faults, Intervention
from mockserver.faults.model import HEADER, Action, Fault, FaultError
from mockserver.faults.wire import Wire

__all__ = ["HEADER", "Action", "Fault", "FaultError", "Faults", "Intervention", "Wire"]
