// Ask now and then whether somebody has confirmed this board, and show what there is to show. Without this the page
// itself comes back every few seconds.
async function look () {
  const board = document.getElementById('board')
  try {
    const answer = await fetch(location.href)
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('board')
    if (next) board.replaceWith(next)
  } catch { /* the network is away for a moment: ask again */ }
  later()
}

function later () {
  const wait = Number(document.getElementById('board').dataset.wait)
  if (wait) setTimeout(look, wait * 1000)
}

later()
