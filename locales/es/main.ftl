# The frame of every page.
brand = Vitrina
skip-to-content = Ir al contenido
nav-label = Principal
nav-catalogue = Catálogo
nav-live = En vivo
nav-chat = Chat
nav-cart = Carrito
footer-line = Lo que se ve es lo que hay, hasta la última pieza.
choice-language = Idioma
choice-theme = Luz
theme-auto = Automática
theme-light = Día
theme-dark = Noche
dismiss = Cerrar
paging-label = Páginas
paging-previous = Anterior
paging-next = Siguiente
paging-page = Página { $page }

# Window titles.
title-catalogue = Catálogo
title-live = En vivo
title-chat = Chat
title-cart = Carrito

# What scripts say when the server does not answer as hoped.
problem-too-many = Fueron demasiados pedidos juntos. Esperar un momento y reintentar.
problem-unreachable = No se puede llegar a la tienda. Revisar la conexión y reintentar.
problem-other = No se pudo completar. Reintentar en un momento.
