# Layout of every page.
brand = Vitrina
skip-to-content = Skip to content
nav-label = Main
nav-catalogue = Catalogue
nav-live = Live
nav-chat = Chat
nav-cart = Cart
footer-line = Stock and prices update live.
choice-language = Language
choice-theme = Theme
theme-auto = Auto
theme-light = Light
theme-dark = Dark
dismiss = Close
paging-label = Pages
paging-previous = Previous
paging-next = Next
paging-page = Page { $page }

# Window titles.
title-catalogue = Catalogue
title-live = Live
title-chat = Chat
title-cart = Your cart

# Used by scripts when a request fails.
problem-too-many = Too many requests. Wait a moment and try again.
problem-unreachable = Can’t reach the shop. Check your connection and try again.
problem-other = That didn’t work. Try again in a moment.
