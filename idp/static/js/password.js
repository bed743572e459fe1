// A button beside each password that shows what was typed. Without JavaScript the field is as it always was.
for (const input of document.querySelectorAll('input[type=password][data-show]')) {
  const box = document.createElement('div')
  const button = document.createElement('button')
  const hide = () => {
    input.type = 'password'
    button.textContent = input.dataset.show
    button.setAttribute('aria-pressed', 'false')
  }
  box.className = 'with-button'
  button.type = 'button'
  button.className = 'second small'
  button.setAttribute('aria-controls', input.id)
  input.replaceWith(box)
  box.append(input, button)
  hide()
  button.addEventListener('click', () => {
    if (input.type === 'text') return hide()
    input.type = 'text'
    button.textContent = input.dataset.hide
    button.setAttribute('aria-pressed', 'true')
  })
  // What is sent is a password again, so that a browser offers to keep it.
  input.form.addEventListener('submit', hide)
}
