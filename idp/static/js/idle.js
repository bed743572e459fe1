// Nobody touched this page for a while: the next child begins at the tiles. The session itself ends on the server.
const here = document.currentScript.dataset
const leave = () => location.replace(here.to)
let timer = setTimeout(leave, here.seconds * 1000)
for (const kind of ['pointerdown', 'keydown', 'scroll']) {
  addEventListener(kind, () => {
    clearTimeout(timer)
    timer = setTimeout(leave, here.seconds * 1000)
  }, { passive: true })
}
