// A publisher made of openid-client alone. It talks with the test in lines of JSON: it says where the browser must go,
// is told where the browser came back, and at last says everything that it learned.
import * as client from 'openid-client'
import { createInterface } from 'node:readline'

const [issuer, clientId, clientSecret, redirectUri, afterLogout] = process.argv.slice(2)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n')
const hear = async () => JSON.parse((await lines.next()).value)

const config = await client.discovery(new URL(issuer), clientId, undefined, client.ClientSecretBasic(clientSecret), {
  execute: [client.allowInsecureRequests],
})

const codeVerifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const nonce = client.randomNonce()
const authorize = client.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri,
  scope: 'openid profile offline_access',
  code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
  code_challenge_method: 'S256',
  state,
  nonce,
})
say({ go: authorize.href })

const { callback } = await hear()
const tokens = await client.authorizationCodeGrant(config, new URL(callback), {
  pkceCodeVerifier: codeVerifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
})
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
const afterRefresh = await client.fetchUserInfo(config, refreshed.access_token, claims.sub)

await client.tokenRevocation(config, refreshed.refresh_token)
let afterRevocation = 'alive'
try {
  await client.fetchUserInfo(config, refreshed.access_token, claims.sub)
} catch (error) {
  afterRevocation = error.cause?.[0]?.parameters?.error ?? error.code
}

const endSession = client.buildEndSessionUrl(config, {
  post_logout_redirect_uri: afterLogout,
  id_token_hint: refreshed.id_token,
  state: 'weg',
})
say({ claims, userinfo, afterRefresh, refreshedClaims: refreshed.claims(), afterRevocation, go: endSession.href })
process.exit(0)
