// Big keys on the screen; four digits send themselves. Without JavaScript there is a field and a button.
const field = document.querySelector('input[name=pin]')
const pad = document.querySelector('.pinpad')
const form = field.form
let sent = false
let card = false
let last = -1000

// A card before a scanner is no PIN: a letter begins it, and the digits that follow at its speed belong to it.
const scanned = at => {
  card = true
  last = at
}
document.addEventListener('keydown', event => {
  const letter = event.key.length === 1 && !/[0-9]/.test(event.key) && !event.ctrlKey && !event.metaKey
  if (letter || event.timeStamp - last < 100) scanned(event.timeStamp)
  else card = false
}, { capture: true })

const look = () => {
  if (card) field.value = ''
  card = false // what comes next says for itself whether it is of a card
  field.value = field.value.replace(/[^0-9]/g, '').slice(0, 4)
  document.querySelectorAll('.pin-dots i').forEach((dot, at) => dot.classList.toggle('full', at < field.value.length))
  if (field.value.length === 4 && !sent) {
    sent = true
    form.requestSubmit()
  }
}

form.classList.add('with-pad')
pad.hidden = false
field.inputMode = 'none' // the keys on the page are there instead of the device's own
field.addEventListener('input', look)
pad.addEventListener('click', event => {
  const key = event.target.closest('button')
  if (!key) return
  card = false
  field.value = key.dataset.digit ? field.value + key.dataset.digit : field.value.slice(0, -1)
  look()
})
// Digits of a real keyboard count wherever the focus is.
document.addEventListener('keydown', event => {
  if (event.target === field || event.ctrlKey || event.metaKey || event.altKey) return
  if (card) return
  if (/^[0-9]$/.test(event.key)) field.value += event.key
  else if (event.key === 'Backspace') field.value = field.value.slice(0, -1)
  else return
  look()
})
// Whoever comes back finds an empty field.
addEventListener('pageshow', event => {
  if (!event.persisted) return
  sent = false
  field.value = ''
  look()
})
// Typed before this script came: the digits of a quick child count, those behind the letters of a card do not.
if (/[^0-9]/.test(field.value)) scanned(performance.now())
look()
