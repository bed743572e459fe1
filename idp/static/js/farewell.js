// Go on as soon as every publisher's frame has answered; without this the page goes on after two seconds.
addEventListener('load', () => location.replace(document.getElementById('onward').href))
