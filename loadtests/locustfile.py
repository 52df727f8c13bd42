"""For `locust -f loadtests/locustfile.py --host http://127.0.0.1:4590`, with all that Locust can do around it.

Web interface, ``--headless``, ``--processes``, ``--master`` and ``--worker`` work as always. What is sent is chosen by
``--vendor`` and ``--scenario`` (or in the web interface); the number of users follows from the scenario's rate.
"""

from __future__ import annotations

from locust import events

from conformance.dialect import vendors
from loadtests.control import ScenarioShape, install
from loadtests.users import Crew, user_classes

CREW = Crew()
globals().update(user_classes(CREW, vendors()))
install(events, CREW)

__all__ = ["CREW", "ScenarioShape"]
