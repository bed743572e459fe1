"""Proof Key for Code Exchange (RFC 7636), S256 and nothing else."""

import base64
import hashlib
import hmac
import re

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def well_formed(challenge: str) -> bool:
    """Is it the base64url of a SHA-256 digest (RFC 7636 4.2)?"""
    return CHALLENGE.fullmatch(challenge) is not None


def proves(verifier: str, challenge: str) -> bool:
    """Does the verifier (43 to 128 unreserved characters, RFC 7636 4.1) belong to the challenge?"""
    if VERIFIER.fullmatch(verifier) is None:
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(digest, challenge)
