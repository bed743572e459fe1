// A form that takes a second or two says so, and is sent once. Without JavaScript the browser shows that it waits.
for (const form of document.querySelectorAll('form[data-busy]')) {
  const button = form.querySelector("button[name]")
  const said = button.textContent
  const rest = () => {
    button.disabled = false
    button.textContent = said
    form.removeAttribute('aria-busy')
  }
  form.addEventListener('submit', () => {
    form.setAttribute('aria-busy', 'true')
    // After the form was read: a button that is disabled sends no name.
    setTimeout(() => {
      button.disabled = true
      button.textContent = form.dataset.busy
    })
  })
  addEventListener('pageshow', rest)
}
