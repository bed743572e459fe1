// A page of somebody who may have left by now is not shown out of the browser's memory (the back button).
addEventListener('pageshow', event => {
  if (event.persisted) location.reload()
})
