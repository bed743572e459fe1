// A badge is held up: to the camera, where the browser reads codes itself, or to a scanner that types like a keyboard.
// Without any of this there is a field to type or scan into.
const field = document.querySelector('input[name=badge]')
const camera = document.querySelector('.camera')
const byHand = document.querySelector('.by-hand')
let sent = false

const send = code => {
  if (sent) return
  sent = true
  field.value = code
  field.form.requestSubmit()
}

// A scanner types fast and ends with Enter, wherever the focus is.
let typed = ''
let last = 0
document.addEventListener('keydown', event => {
  if (event.target === field || event.ctrlKey || event.metaKey || event.altKey) return
  const quick = event.timeStamp - last < 100
  last = event.timeStamp
  if (event.key === 'Enter' && quick && typed.toLowerCase().startsWith('sb1:')) {
    event.preventDefault()
    send(typed)
  } else if (event.key.length === 1) {
    typed = quick ? typed + event.key : event.key
  }
})

const look = async (detector, video) => {
  if (sent || document.hidden) return
  try {
    const found = (await detector.detect(video)).find(one => one.rawValue.startsWith('sb1:'))
    if (found) return send(found.rawValue)
  } catch {
    // The camera has no picture yet.
  }
  setTimeout(() => look(detector, video), 200)
}

const start = async () => {
  const video = camera.querySelector('video')
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'user' } })
  } catch {
    camera.querySelector('[role=status]').hidden = false
    byHand.open = true
    return
  }
  video.hidden = false
  camera.querySelector('button').hidden = true
  await video.play()
  look(new BarcodeDetector({ formats: ['qr_code'] }), video)
}

const ready = async () => {
  if (!camera || !('BarcodeDetector' in window) || !navigator.mediaDevices) return
  if (!(await BarcodeDetector.getSupportedFormats()).includes('qr_code')) return
  camera.hidden = false
  byHand.querySelector('summary').hidden = false
  byHand.open = false
  camera.querySelector('button').addEventListener('click', start)
  // Where the camera was allowed before, it starts by itself.
  const allowed = await navigator.permissions?.query({ name: 'camera' }).catch(() => null)
  if (allowed?.state === 'granted') start()
}
ready()
addEventListener('pageshow', () => { sent = false })
