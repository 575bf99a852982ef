# Connection status.
state-connecting = Conectando
state-live = En vivo
state-reconnecting = Sin conexión: reintento en { $seconds } s
state-offline = Sin conexión, datos de las { $time }
state-offline-never = Sin conexión
state-next-try = reintento en { $seconds } s
state-try-now = Reintentar ahora
state-noscript = Activá JavaScript para ver los cambios en vivo, o recargá la página.
viewers =
    { $count ->
        [one] solo vos
       *[other] { $count } mirando
    }

# Live page.
live-heading = En vivo
live-list-heading = Todos los productos
live-total =
    { $count ->
        [0] Sin productos
        [one] 1 producto
       *[other] { $count } productos
    }
live-empty = Todavía no hay productos. Los nuevos aparecen acá.
live-overflow = Los productos nuevos están en la página siguiente
feed-heading = Lo último
feed-empty = Acá aparecen los cambios.
feed-more = Ver más
feed-created = Nuevo
feed-deleted = Se quitó
feed-changed = Cambió
feed-price = Precio
feed-stock = Stock
feed-title = Nombre
feed-category = Categoría
feed-picture = Imagen nueva
feed-description = Descripción nueva
feed-from-to = de { $from } a { $to }
feed-times = { $count } cambios
feed-paused =
    { $count ->
        [0] En pausa
        [one] En pausa, 1 nuevo
       *[other] En pausa, { $count } nuevos
    }
changes =
    { $count ->
        [one] Cambió 1 producto
       *[other] Cambiaron { $count } productos
    }
