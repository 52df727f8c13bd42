"""Addresses to listen on: bound before anybody serves there, and how clients write them."""

from __future__ import annotations

import errno
import socket

from mockserver.errors import ConfigError


def bound(host: str, port: int) -> socket.socket:
    """A socket bound to a port and held, so that port 0 is a real number before anybody listens on it.

    For the shared port the worker binds the same number beside this socket (both with SO_REUSEPORT); as this one never
    listens, every connection goes to the worker.
    """
    family = checked(host, port)
    held = socket.socket(family, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind((host, port))
    return held


def checked(host: str, port: int, port_option: str = "port") -> socket.AddressFamily:
    """The family of an address that can be bound. Raises ConfigError for any other.

    ``port_option`` is the name of the parameter that the port comes from. It is bound without SO_REUSEPORT:
    beside another server's port that must fail, not share it.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no name of a host"
        raise ConfigError(f"host {host!r} cannot be resolved: {reason}", option="host") from None
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise _unusable(host, port, error, port_option) from None
    return family


def _unusable(host: str, port: int, error: OSError | OverflowError, port_option: str) -> ConfigError:
    """What is wrong with an address, and what would help."""
    number = getattr(error, "errno", None)
    if number in (errno.EADDRNOTAVAIL, errno.EINVAL):
        here = "this machine has no such address; 0.0.0.0 and :: are all that it has"
        return ConfigError(f"host {host} cannot be used: {here}", option="host")
    reason = getattr(error, "strerror", None) or error
    free = f"--{port_option.replace('_', '-')} 0 picks a free one"
    helps = "above 1023 none needs rights" if number == errno.EACCES else free
    return ConfigError(f"port {port} on {host} cannot be used: {reason}; {helps}", option=port_option)


def reachable(host: str) -> str:
    """An address under which a server bound to ``host`` can be reached from here."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def url_of(host: str, port: int, scheme: str) -> str:
    """The base URL of a server, as a client on this machine reaches it."""
    reach = reachable(host)
    return f"{scheme}://[{reach}]:{port}" if ":" in reach else f"{scheme}://{reach}:{port}"
