// A machine made of oauth4webapi alone: it proves who it is with a key, gets a token of its own, asks about it (plainly,
// and for a signed answer), and revokes it. The key is given as a JWK with its private part.
import * as oauth from 'oauth4webapi'

const [issuerText, clientId, jwkText] = process.argv.slice(2)
const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(issuerText)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
const jwk = JSON.parse(jwkText)
const algorithms = { ES256: { name: 'ECDSA', namedCurve: 'P-256' }, PS256: { name: 'RSA-PSS', hash: 'SHA-256' } }
const key = await crypto.subtle.importKey('jwk', jwk, algorithms[jwk.alg], false, ['sign'])
const client = { client_id: clientId, introspection_signed_response_alg: 'ES256' }
const authentication = oauth.PrivateKeyJwt({ key, kid: jwk.kid })

const grant = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope: 'reports' }, insecure)
const tokens = await oauth.processClientCredentialsResponse(as, client, grant)

const ask = async (requestJwtResponse) => {
  const options = { ...insecure, requestJwtResponse }
  const answer = await oauth.introspectionRequest(as, client, authentication, tokens.access_token, options)
  const found = await oauth.processIntrospectionResponse(as, client, answer)
  if (requestJwtResponse) await oauth.validateApplicationLevelSignature(as, answer, insecure)
  return found
}
const plain = await ask(false)
const signed = await ask(true)

const revoked = await oauth.revocationRequest(as, client, authentication, tokens.access_token, insecure)
await oauth.processRevocationResponse(revoked)
const after = await ask(false)
process.stdout.write(JSON.stringify({ tokens, plain, signed, after }))
