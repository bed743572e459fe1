// Go on as soon as every publisher's frame has answered, and after two seconds in any case. Without this the page goes
// on two seconds after they have all answered: a browser counts the time of a page from when it is complete.
const onward = () => location.replace(document.getElementById('onward').href)
addEventListener('load', onward)
setTimeout(onward, 2000)
