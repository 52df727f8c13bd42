"""What the processes of a run tell each other, over Locust's own connection between master and workers.

The director (Locust's master, or the only process) sends the first three, a worker the last. In a single process
Locust hands them round inside it.
"""

from __future__ import annotations

from typing import Final

from locust.env import Environment
from locust.runners import Runner

#: What is going to be sent: `Plan.as_message`.
PLAN: Final = "idmock-plan"
#: Begin: ``run`` is its number at the director, ``node`` is the name of the process, ``shares`` its (index, of how
#: many) by vendor.
GO: Final = "idmock-go"
#: Stop, and send what there is.
HALT: Final = "idmock-halt"
#: ``run``, ``node``, ``record`` (`Record.as_message`, of everything so far), ``hopeless`` (a sentence when nothing is
#: accepted).
RECORD: Final = "idmock-record"


def runner_of(environment: Environment) -> Runner:
    """The environment's runner, which it has when Locust has begun. Raises RuntimeError before that."""
    if environment.runner is None:
        raise RuntimeError("Locust has no runner yet")
    return environment.runner
