"""Failures on demand: what they are, when they act, and how they reach the wire.

model  one fault as a value, from JSON or from a header      book          the faults of a server
                                                             intervention  what they do to one request
                                                             sending       an answer on its way
"""

from mockserver.faults.book import Faults
from mockserver.faults.intervention import Intervention
from mockserver.faults.model import HEADER, Action, Fault, FaultError
from mockserver.wire import Wire

__all__ = ["HEADER", "Action", "Fault", "FaultError", "Faults", "Intervention", "Wire"]
