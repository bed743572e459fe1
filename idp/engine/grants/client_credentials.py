"""The client credentials grant (RFC 6749 4.4): a machine's own token; its subject is the client itself."""

from idp.engine.grants.request import WRONG_RESOURCE, GrantError, TokenAnswer, TokenRequest
from idp.engine.ports import Authorization
from idp.engine.tokens.claims import SCOPES
from idp.engine.tokens.resources import chosen


def exchange(request: TokenRequest) -> TokenAnswer | GrantError:
    """A token for scopes that are registered for this client and are about nobody."""
    own = request.client.scope - SCOPES.keys()
    asked = request.form.get("scope")
    wanted = frozenset(asked.split()) if asked is not None else own
    if wanted - own:
        return GrantError("invalid_scope", "a scope that is not registered for this client")
    resource = request.form.get("resource")
    resources = chosen(resource, request.client.resources, one=False) if resource is not None else ()
    if resources is None:
        return WRONG_RESOURCE
    authorization = Authorization(request.client.id, tuple(sorted(wanted)), resources=resources)
    return request.issuer.token_set(request.db, request.client, authorization, request.now, binding=request.binding)
