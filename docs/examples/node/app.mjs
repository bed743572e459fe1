// A publisher's app in one file.
//   npm install openid-client
//   ISSUER=http://localhost:5000 CLIENT_ID=... CLIENT_SECRET=... PORT=8000 node app.mjs
import { createServer } from 'node:http'
import { randomUUID } from 'node:crypto'
import * as client from 'openid-client'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env
const home = `http://localhost:${PORT}/`
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.ClientSecretBasic(CLIENT_SECRET), {
  execute: ISSUER.startsWith('http:') ? [client.allowInsecureRequests] : [],
})
const sessions = new Map()
const escape = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

const pages = {
  '/': async (session) => session.name
    ? `<p>Hallo ${escape(session.name)}!</p><a href="/logout">Uitloggen</a>`
    : '<a href="/login">Inloggen met Sleutelbos</a>',

  '/login': async (session) => {
    session.verifier = client.randomPKCECodeVerifier()
    session.state = client.randomState()
    session.nonce = client.randomNonce()
    return client.buildAuthorizationUrl(config, {
      redirect_uri: `${home}callback`,
      scope: 'openid profile',
      code_challenge: await client.calculatePKCECodeChallenge(session.verifier),
      code_challenge_method: 'S256',
      state: session.state,
      nonce: session.nonce,
    })
  },

  '/callback': async (session, url) => {
    const tokens = await client.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: session.verifier,
      expectedState: session.state,
      expectedNonce: session.nonce,
    })
    const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
    Object.assign(session, { sub: person.sub, name: person.given_name ?? 'jij', idToken: tokens.id_token })
    return new URL(home)
  },

  '/logout': async (session) => {
    const back = { id_token_hint: session.idToken ?? '', post_logout_redirect_uri: home }
    for (const key of Object.keys(session)) delete session[key]
    return client.buildEndSessionUrl(config, back)
  },
}

createServer(async (request, response) => {
  const url = new URL(request.url, home)
  const id = /my_node_app=([\w-]+)/.exec(request.headers.cookie)?.[1] ?? randomUUID()
  if (!sessions.has(id)) sessions.set(id, {})
  response.setHeader('Set-Cookie', `my_node_app=${id}; HttpOnly; SameSite=Lax; Path=/`)
  try {
    const answer = (await pages[url.pathname]?.(sessions.get(id), url)) ?? 'Not found'
    if (answer instanceof URL) response.writeHead(303, { Location: answer.href }).end()
    else response.setHeader('Content-Type', 'text/html; charset=utf-8').end(answer)
  } catch (error) {
    response.writeHead(400).end(`The sign-in failed: ${error.message}`)
  }
}).listen(Number(PORT), 'localhost')
