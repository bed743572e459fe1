// A button that reads the page's question aloud. Where the browser has no voice, there is no button.
const speaker = document.querySelector('[data-speak]')
if (speaker && 'speechSynthesis' in window) {
  speaker.hidden = false
  speaker.addEventListener('click', () => {
    const words = [...document.querySelectorAll('[data-say]')].map(element => element.textContent.trim()).join('. ')
    const said = new SpeechSynthesisUtterance(words)
    said.lang = document.documentElement.lang === 'en' ? 'en-GB' : 'nl-NL'
    said.rate = 0.9
    speechSynthesis.cancel()
    speechSynthesis.speak(said)
  })
}
