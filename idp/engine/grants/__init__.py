"""One file per grant: each turns a token request into one token set, or an error of RFC 6749 5.2.

GRANTS is the table that the token endpoint and discovery read. Adding a grant is one file and one row.
"""

from collections.abc import Callable, Mapping

from idp.engine.grants import client_credentials, code, device, refresh
from idp.engine.grants.request import GrantError, TokenAnswer, TokenRequest

GRANTS: Mapping[str, Callable[[TokenRequest], TokenAnswer | GrantError]] = {
    "authorization_code": code.redeem,
    "refresh_token": refresh.exchange,
    "client_credentials": client_credentials.exchange,
    "urn:ietf:params:oauth:grant-type:device_code": device.exchange,
}

__all__ = ["GRANTS", "GrantError", "TokenAnswer", "TokenRequest"]
