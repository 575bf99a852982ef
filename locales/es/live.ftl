# State of a page's connection.
state-connecting = Conectando
state-live = En vivo
state-reconnecting = Sin conexión: reintentando en { $seconds } s
state-offline = Sin conexión, datos de las { $time }
state-offline-never = Sin conexión
state-next-try = reintento en { $seconds } s
state-try-now = Reintentar ahora
state-noscript = Esta página sigue los cambios con JavaScript. Sin él, recargar para ver lo nuevo.
viewers =
    { $count ->
        [one] nadie más mirando
       *[other] { $count } personas mirando
    }

# Live page.
live-heading = La tienda, en vivo
live-list-heading = Ahora en la tienda
live-total =
    { $count ->
        [0] Sin productos
        [one] 1 producto
       *[other] { $count } productos
    }
live-empty = Todavía no hay productos. El primero va a aparecer acá solo.
live-overflow = Los productos nuevos están en la página siguiente
feed-heading = Lo que acaba de pasar
feed-empty = Nada todavía. Los cambios aparecen acá solos.
feed-more = Ver más
feed-created = Nuevo en la tienda
feed-deleted = Se quitó
feed-changed = Cambió
feed-price = Precio
feed-stock = Existencias
feed-title = Nombre
feed-category = Categoría
feed-picture = Imagen nueva
feed-description = Descripción nueva
feed-from-to = de { $from } a { $to }
feed-times = { $count } cambios
feed-paused =
    { $count ->
        [0] En pausa durante la lectura
        [one] En pausa durante la lectura, 1 más
       *[other] En pausa durante la lectura, { $count } más
    }
changes =
    { $count ->
        [one] Cambió 1 producto
       *[other] Cambiaron { $count } productos
    }
