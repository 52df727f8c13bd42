"""An HTTP forward proxy that answers the vendors' own hosts itself: for clients whose endpoint cannot be changed.

It is small because it need not be a proxy of all the web: a tunnel to a vendor's host ends here, in TLS with a
certificate of the user's own authority, and what comes out of it goes to the mock as it stands. The proxies that there
are as libraries intercept by fetching from the real host, which is what must not happen here.

server   accepts connections and decides      head   the first lines of a request      relay   bytes both ways
"""

from mockserver.proxy.server import Proxy

__all__ = ["Proxy"]
