# Layout of every page.
brand = Vitrina
skip-to-content = Ir al contenido
nav-label = Principal
nav-catalogue = Catálogo
nav-live = En vivo
nav-chat = Chat
nav-cart = Carrito
footer-line = Precios y stock en tiempo real.
choice-language = Idioma
choice-theme = Tema
theme-auto = Automático
theme-light = Claro
theme-dark = Oscuro
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

# Used by scripts when a request fails.
problem-too-many = Demasiadas solicitudes. Esperá un momento y probá de nuevo.
problem-unreachable = No pudimos conectar con la tienda. Revisá la conexión y probá de nuevo.
problem-other = No se pudo completar. Probá de nuevo en un momento.
