"""An environment's signing key: made when it is first needed, kept on disk; and a stranger's key to forge with."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, KeySet, RSAKey

from clients.kept import kept

Claims = dict[str, Any]


class Keys:
    """The keys of one environment; `folder` keeps them."""

    def __init__(self, slug: str, alg: str, folder: Path) -> None:
        self.alg = alg
        self._slug, self._file = slug, folder / f"{slug}.json"

    @cached_property
    def own(self) -> RSAKey | ECKey:
        """The key that is published."""
        text = kept(self._file, [self.alg], lambda: json.dumps(self._new().as_dict(private=True)))[self.alg]
        return RSAKey.import_key(json.loads(text)) if self.alg == "RS256" else ECKey.import_key(json.loads(text))

    @cached_property
    def rogue(self) -> RSAKey | ECKey:
        """A key that nobody publishes, under the name of the one that is."""
        return self._new(self.own.kid)

    def published(self) -> dict[str, Any]:
        """The JWKS document (RFC 7517 5), public parts only."""
        return KeySet([self.own]).as_dict(private=False)  # type: ignore[return-value]

    def sign(self, typ: str, claims: Claims, key: RSAKey | ECKey | None = None) -> str:
        """A signed JWT; with the published key unless another is given."""
        return jwt.encode({"typ": typ, "alg": self.alg, "kid": self.own.kid}, claims, key or self.own)

    def read(self, token: str) -> Claims:
        """The claims of a token that was signed here, however old. Raises JoseError or ValueError."""
        return jwt.decode(token, self.own, algorithms=[self.alg]).claims

    def _new(self, kid: str | None = None) -> RSAKey | ECKey:
        parameters: KeyParameters = {"use": "sig", "alg": self.alg}
        if kid is not None:
            parameters["kid"] = kid
        if self.alg == "RS256":
            return RSAKey.generate_key(2048, parameters, auto_kid=kid is None)
        return ECKey.generate_key("P-256", parameters, auto_kid=kid is None)
