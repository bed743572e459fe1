"""How an environment can go wrong, as a table: what each mode changes, and nothing else."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

Claims = dict[str, Any]
ELSE = "somebody-else"
OTHER_ISSUER = "https://somebody-else.example"


class Signs(Enum):
    """With which key an ID token is signed."""

    OWN = "own"
    ROGUE = "rogue"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to be wrong. `id_token` changes the claims before they are signed, `userinfo` and `metadata`
    change those answers; `answer_iss` replaces the `iss` that travels with the code (RFC 9207)."""

    id_token: Callable[[Claims], Claims] = dict
    userinfo: Callable[[Claims], Claims] = dict
    metadata: Callable[[Claims], Claims] = dict
    signs: Signs = Signs.OWN
    answer_iss: str | None = None
    stranger: bool = False
    slow: bool = False
    down: bool = False


def _with(**changed: Any) -> Callable[[Claims], Claims]:
    return lambda claims: claims | changed


def _expired(claims: Claims) -> Claims:
    return claims | {"iat": claims["iat"] - 3600, "exp": claims["iat"] - 3000}


def _other_audience(claims: Claims) -> Claims:
    """Nothing but `aud` is wrong: `azp` names the client that is answered."""
    return claims | {"aud": ELSE, "azp": claims["aud"]}


def _other_hash(claims: Claims) -> Claims:
    return claims | {"at_hash": secrets.token_urlsafe(16)}


MODES: Mapping[str, Mode] = {
    "none": Mode(),
    "wrong_aud": Mode(_other_audience),
    "wrong_azp": Mode(_with(azp=ELSE)),
    "wrong_iss": Mode(_with(iss=OTHER_ISSUER)),
    "wrong_nonce": Mode(_with(nonce=ELSE)),
    "wrong_answer_iss": Mode(answer_iss=OTHER_ISSUER),
    "expired": Mode(_expired),
    "no_at_hash_match": Mode(_other_hash),
    "bad_signature": Mode(signs=Signs.ROGUE),
    "alg_none": Mode(signs=Signs.NOBODY),
    "other_userinfo": Mode(userinfo=_with(sub=ELSE)),
    "wrong_metadata": Mode(metadata=_with(issuer=OTHER_ISSUER)),
    "unknown_pupil": Mode(stranger=True),
    "slow": Mode(slow=True),
    "down": Mode(down=True),
}
