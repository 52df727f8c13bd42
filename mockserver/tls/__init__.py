"""Certificates: an authority of the user's own, made on first use, and what it signs.

authority   the authority in the user's data folder      names   what its certificates may be for
"""

from mockserver.tls.authority import Authority, TlsError, open_authority

__all__ = ["Authority", "TlsError", "open_authority"]
