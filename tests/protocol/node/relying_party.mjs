// A publisher's app made of openid-client alone, for a real browser. It registers itself for a profile, does all that
// the profile knows, and greets who comes back.
import { createServer } from 'node:http'
import * as client from 'openid-client'

const [issuer, initialAccessToken, profile, port] = process.argv.slice(2)
const home = `http://localhost:${port}/`
const redirect_uri = `${home}callback`
const insecure = { execute: [client.allowInsecureRequests] }

const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
const jwk = { ...(await crypto.subtle.exportKey('jwk', keys.publicKey)), kid: 'mine', use: 'sig', alg: 'ES256' }
const signingKey = { key: keys.privateKey, kid: 'mine' }

const common = { client_name: `App ${profile}`, redirect_uris: [redirect_uri], sleutelbos: { profile } }
const own = { ...common, jwks: { keys: [jwk] } }
const metadata = { simple: common, nlgov: own, fapi2: { ...own, require_signed_request_object: true } }[profile]
const authentication = profile === 'simple' ? client.ClientSecretBasic() : client.PrivateKeyJwt(signingKey)
const options = { initialAccessToken, ...insecure }
const config = await client.dynamicClientRegistration(new URL(issuer), metadata, authentication, options)
const strict = profile === 'fapi2'
if (strict) {
  client.useJwtResponseMode(config)
  client.enableNonRepudiationChecks(config)
}
const DPoP = strict ? client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) : undefined

let checks
const begin = async () => {
  checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const asked = {
    redirect_uri,
    scope: 'openid profile',
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  }
  if (!strict) return client.buildAuthorizationUrl(config, asked)
  const signed = await client.buildAuthorizationUrlWithJAR(config, { ...asked, response_mode: 'jwt' }, signingKey, {
    [client.modifyAssertion]: (header, payload) => { payload.nbf ??= payload.iat },
  })
  return client.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP })
}
const finish = async (url) => {
  const tokens = await client.authorizationCodeGrant(config, url, checks, undefined, { DPoP })
  const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP })
  const jwt = tokens.access_token.split('.').length === 3
  return `<h1>Hallo ${person.given_name}</h1><p data-type="${tokens.token_type.toLowerCase()}" data-jwt="${jwt}"></p>`
}

createServer(async (request, response) => {
  const url = new URL(request.url, home)
  try {
    if (url.pathname === '/') response.writeHead(303, { Location: (await begin()).href }).end()
    else if (url.pathname === '/callback') response.setHeader('Content-Type', 'text/html').end(await finish(url))
    else response.writeHead(404).end()
  } catch (error) {
    response.writeHead(400).end(`${error.stack} ${JSON.stringify(error.cause)}`)
  }
}).listen(Number(port), 'localhost', () => console.log('ready'))
