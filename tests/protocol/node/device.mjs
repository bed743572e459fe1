// A board without a keyboard, made of openid-client alone: it shows a code, and waits until somebody has said yes.
import * as client from 'openid-client'
import { createInterface } from 'node:readline'

const [issuer, clientId, clientSecret] = process.argv.slice(2)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n')

const config = await client.discovery(new URL(issuer), clientId, undefined, client.ClientSecretBasic(clientSecret), {
  execute: [client.allowInsecureRequests],
})
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
const shown = await client.initiateDeviceAuthorization(config, { scope: 'openid profile' })
say(shown)
await lines.next()
const tokens = await client.pollDeviceAuthorizationGrant(config, { ...shown, interval: 0.1 }, undefined, { DPoP })
const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP })
say({ userinfo, claims: tokens.claims(), tokenType: tokens.token_type })
process.exit(0)
