// Passkeys: the server's options go to the browser, and the browser's answer goes back as an ordinary form.
// Without JavaScript, or without passkeys in this browser, the forms stay hidden: a code from an app works everywhere.
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')

const decode = (options) => ({
  ...options,
  challenge: toBytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: toBytes(options.user.id) } }),
  ...(options.excludeCredentials && {
    excludeCredentials: options.excludeCredentials.map((one) => ({ ...one, id: toBytes(one.id) }))
  }),
  ...(options.allowCredentials && {
    allowCredentials: options.allowCredentials.map((one) => ({ ...one, id: toBytes(one.id) }))
  })
})

const encode = (credential) => {
  const response = {}
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (credential.response[name]) response[name] = toText(credential.response[name])
  }
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response })
}

const ask = async (form) => {
  const answer = await fetch(form.dataset.options, { method: 'POST', body: new URLSearchParams(new FormData(form)) })
  if (!answer.ok) throw new Error('no options')
  const publicKey = decode(await answer.json())
  return form.dataset.passkey === 'add'
    ? navigator.credentials.create({ publicKey })
    : navigator.credentials.get({ publicKey })
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const field = form.querySelector('[name=credential]')
    const failed = form.querySelector('[data-failed]')
    form.hidden = false
    form.addEventListener('submit', (event) => {
      if (field.value) return
      event.preventDefault()
      failed.hidden = true
      ask(form)
        .then((credential) => {
          field.value = encode(credential)
          form.requestSubmit()
        })
        .catch(() => {
          failed.textContent = failed.dataset.failed
          failed.hidden = false
        })
    })
  }
}
