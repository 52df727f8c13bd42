"""Failures on demand: what they are, when they act, and how they reach the wire.

model  one fault as a value, from JSON or from a header      book          the faults of a server
wire   ways in which an answer does not arrive               intervention  what they do to one request
                                                             sending       an answer on its way
"""

from mockserver.faults.book import Faults
from mockserver.faults.intervention import Intervention
from mockserver.faults.model import HEADER, Action, Fault, FaultError
from mockserver.faults.wire import Wire

__all__ = ["HEADER", "Action", "Fault", "FaultError", "Faults", "Intervention", "Wire"]
