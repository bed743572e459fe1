#!/bin/sh
# The whole sign-in by hand, to see what a library does for you.
#   ISSUER=... CLIENT_ID=... CLIENT_SECRET=... REDIRECT_URI=http://localhost:8000/callback ./sign_in.sh
set -eu
json() { sed "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/"; }
random() { openssl rand -base64 32 | tr '+/' '-_' | tr -d '=\n'; }
metadata=$(curl -sSf "$ISSUER/.well-known/openid-configuration")

# 1. Send the browser to the authorization endpoint, with a challenge (PKCE) and a state that you remember.
verifier=$(random)
state=$(random)
challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | openssl base64 | tr '+/' '-_' | tr -d '=\n')
echo "Open in a browser:"
echo "$(echo "$metadata" | json authorization_endpoint)?response_type=code&client_id=$CLIENT_ID\
&redirect_uri=$REDIRECT_URI&scope=openid+profile&state=$state\
&code_challenge=$challenge&code_challenge_method=S256"

# 2. The browser comes back to your redirect URI. Nothing listens there now: copy the address out of the address bar.
echo "Paste the address where the browser came back:"
read -r address
case "$address" in *"state=$state"*) ;; *) echo "That is not the answer to this request." >&2; exit 1 ;; esac
code=$(echo "$address" | sed 's/.*[?&]code=\([^&]*\).*/\1/')

# 3. Exchange the code, which lives for one minute and works once.
tokens=$(curl -sS "$(echo "$metadata" | json token_endpoint)" \
  --user "$CLIENT_ID:$CLIENT_SECRET" \
  --data-urlencode "grant_type=authorization_code" \
  --data-urlencode "code=$code" \
  --data-urlencode "redirect_uri=$REDIRECT_URI" \
  --data-urlencode "code_verifier=$verifier")

# 4. Ask who it is: as much as your contract lists.
curl -sS "$(echo "$metadata" | json userinfo_endpoint)" \
  --header "Authorization: Bearer $(echo "$tokens" | json access_token)"
