// A publisher of the strict kind, made of openid-client alone: it registers itself for profile fapi2 with a key of its
// own, pushes a signed request, gets a signed answer, binds its tokens with DPoP, and takes its registration back.
import * as client from 'openid-client'
import { createInterface } from 'node:readline'

const [issuer, initialAccessToken, redirectUri] = process.argv.slice(2)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n')
const hear = async () => JSON.parse((await lines.next()).value)

const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
const jwk = { ...(await crypto.subtle.exportKey('jwk', keys.publicKey)), kid: 'mine', use: 'sig', alg: 'ES256' }
const signingKey = { key: keys.privateKey, kid: 'mine' }
const proofKeys = await client.randomDPoPKeyPair('ES256')

const config = await client.dynamicClientRegistration(
  new URL(issuer),
  {
    client_name: 'Streng',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    jwks: { keys: [jwk] },
    require_signed_request_object: true,
    sleutelbos: { profile: 'fapi2' },
  },
  client.PrivateKeyJwt(signingKey),
  { initialAccessToken, execute: [client.allowInsecureRequests] },
)
client.useJwtResponseMode(config)
client.enableNonRepudiationChecks(config)

const DPoP = client.getDPoPHandle(config, proofKeys)
const codeVerifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const nonce = client.randomNonce()
const signed = await client.buildAuthorizationUrlWithJAR(
  config,
  {
    redirect_uri: redirectUri,
    scope: 'openid profile offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    response_mode: 'jwt',
    state,
    nonce,
  },
  signingKey,
  { [client.modifyAssertion]: (header, payload) => { payload.nbf ??= payload.iat } },
)
const pushed = await client.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP })
say({ go: pushed.href })

const { callback } = await hear()
const checks = { pkceCodeVerifier: codeVerifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
const tokens = await client.authorizationCodeGrant(config, new URL(callback), checks, undefined, { DPoP })
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP })
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
const afterRefresh = await client.fetchUserInfo(config, refreshed.access_token, claims.sub, { DPoP })

const metadata = config.clientMetadata()
const gone = await fetch(metadata.registration_client_uri, {
  method: 'DELETE',
  headers: { authorization: `Bearer ${metadata.registration_access_token}` },
})
say({
  tokenType: tokens.token_type, claims, userinfo, afterRefresh,
  rotated: refreshed.refresh_token !== undefined && refreshed.refresh_token !== tokens.refresh_token,
  gone: gone.status, query: Object.fromEntries(new URL(callback).searchParams),
})
process.exit(0)
