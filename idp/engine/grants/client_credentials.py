"""The client credentials grant (RFC 6749 4.4): a machine's own token; its subject is the client itself."""

from idp.engine.grants.request import GrantError, TokenAnswer, TokenRequest
from idp.engine.ports import Authorization
from idp.engine.tokens.claims import SCOPES


def exchange(request: TokenRequest) -> TokenAnswer | GrantError:
    """A token for scopes that are registered for this client and are about nobody."""
    own = request.client.scope - SCOPES.keys()
    asked = request.form.get("scope")
    wanted = frozenset(asked.split()) if asked is not None else own
    if wanted - own:
        return GrantError("invalid_scope", "a scope that is not registered for this client")
    authorization = Authorization(request.client.id, tuple(sorted(wanted)))
    return request.issuer.token_set(request.db, request.client, authorization, request.now)
