# The frame of every page.
brand = Vitrina
skip-to-content = Skip to content
nav-label = Main
nav-catalogue = Catalogue
nav-live = Live
nav-chat = Chat
nav-cart = Cart
footer-line = What you see is what is there, down to the last piece.
choice-language = Language
choice-theme = Lighting
theme-auto = Automatic
theme-light = Day
theme-dark = Night
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

# What scripts say when the server does not answer as hoped.
problem-too-many = That was a lot at once. Wait a moment and try again.
problem-unreachable = The shop cannot be reached. Check your connection and try again.
problem-other = That did not work. Try again in a moment.
