#!/bin/sh
# Make yourself known to Sleutelbos, once. You need the invitation (an initial access token) of its operator.
#   ISSUER=http://localhost:5000 INVITATION=ia_... REDIRECT_URI=http://localhost:8000/callback ./register.sh
set -eu
endpoint=$(curl -sSf "$ISSUER/.well-known/openid-configuration" | sed 's/.*"registration_endpoint":"\([^"]*\)".*/\1/')

# The answer holds your client_id and client_secret: shown this once, and never again.
curl -sS "$endpoint" \
  --header "Authorization: Bearer $INVITATION" \
  --json '{
    "client_name": "My reading app",
    "redirect_uris": ["'"$REDIRECT_URI"'"],
    "post_logout_redirect_uris": ["'"${REDIRECT_URI%/callback}/"'"],
    "scope": "openid profile"
  }'
