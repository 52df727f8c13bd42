"""What a server remembers between requests, behind one interface.

protocol  what every kind of state can do        memory  the state of one process
"""

from mockserver.state.memory import MemoryState
from mockserver.state.protocol import State

__all__ = ["MemoryState", "State"]
