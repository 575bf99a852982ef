# Las páginas de administración.
admin-nav-label = Administración
admin-products = Productos
admin-orders = Pedidos
admin-chat = Chat
admin-attention = Por corregir
admin-figures = Cifras en vivo
admin-log-out = Cerrar sesión
admin-unprotected = No hay clave: quien llega a esta máquina es administrador.

# La puerta.
admin-door = Administración
admin-door-heading = Administración
admin-door-text = Para quienes llevan la tienda. La clave es aquella con la que se inició.
admin-token = Clave de administración
admin-log-in = Iniciar sesión
admin-wrong-token = Esa no es la clave.
admin-too-many-tries = Hubo muchos intentos desde esta dirección. Esperar un minuto e intentar de nuevo.
admin-session-over = La sesión terminó. Iniciar otra para seguir; lo último que se envió no se guardó.

# Lo que se acaba de hacer.
admin-done-saved = Guardado.
admin-done-created = Creado. Ahora puede tener imágenes.
admin-done-deleted = Eliminado.
admin-done-pictured = Las imágenes se agregaron.
admin-done-unpictured = La imagen se quitó.
admin-done-cancelled = Cancelado. Lo vendido está otra vez en stock.
admin-done-removed = El mensaje se quitó.
admin-done-muted = Por ese tiempo el chat no toma nada de esta dirección.
admin-done-unmuted = Esta dirección puede escribir otra vez.

# Productos.
admin-new = Nuevo producto
admin-search = Buscar título, texto o código
admin-all-categories = Todas las categorías
admin-all-statuses = En venta o no
admin-for-sale = En venta
admin-off = Fuera de venta
admin-column-title = Producto
admin-column-category = Categoría
admin-column-price = Precio
admin-column-stock = Stock
admin-column-status = Estado
admin-edit = Abrir
admin-edit-title = Abrir { $title }
admin-delete = Eliminar
admin-delete-title = Eliminar { $title }
admin-table-hint = Presionar un valor para cambiarlo. Soltar imágenes sobre una fila para agregarlas.
admin-no-products = Todavía no hay productos
admin-no-products-text = El primero estará en la vidriera apenas se cree.

# Los campos de un producto, y por qué no se acepta un valor.
admin-field-title = Título
admin-field-code = Código
admin-field-price = Precio
admin-field-stock = Stock
admin-field-status = Estado
admin-field-category = Categoría
admin-field-description = Descripción
admin-field-thumbnails = Imágenes
admin-bad-title = De 1 a 200 caracteres, en una línea.
admin-bad-code = De 1 a 100 caracteres, en una línea.
admin-bad-price = Un número de 0 a 10.000.000 con 2 decimales como máximo.
admin-bad-stock = Un número entero de 0 a 1.000.000.
admin-bad-status = En venta o no.
admin-bad-category = Hasta 100 caracteres, en una línea.
admin-bad-description = Hasta 10.000 caracteres.
admin-code-taken = Otro producto tiene este código.
admin-form-bad = No se guardó. Revisar los campos marcados abajo.

# Un producto.
admin-save = Guardar
admin-create = Crear
admin-back = Volver a los productos
admin-see-in-shop = Ver en la tienda
admin-mend = Lo guardado no cumple las reglas. Revisar cada campo; al guardar se escriben todos de nuevo, y las imágenes que no se pueden leer se van.
admin-pictures = Imágenes
admin-add-pictures = Soltar imágenes aquí, o elegirlas
admin-picture-kinds = PNG, JPEG, WebP o GIF, 10 MiB cada una
admin-upload = Subir
admin-uploading = Subiendo
admin-remove-picture = Quitar
admin-remove-picture-name = Quitar la imagen { $name }
admin-delete-product = Eliminar este producto
admin-delete-text = Deja la tienda y todos los carritos de inmediato, con sus imágenes. Los pedidos conservan lo vendido.
admin-delete-sure = Eliminar para siempre

# Alguien más lo cambió mientras tanto.
admin-conflict = Alguien cambió este producto mientras tanto, y no se guardó nada. En los campos están los valores propios; debajo de cada uno, lo que está guardado ahora.
admin-conflict-delete = Alguien cambió este producto mientras tanto, y no se eliminó. Revisarlo otra vez.
admin-stored-now = Guardado ahora:
admin-take-theirs = Tomar este
admin-keep-mine = Guardar lo propio
admin-take-all-theirs = Tomar lo guardado

# Pedidos.
admin-order-count =
    { $count ->
        [0] Sin pedidos
        [one] 1 pedido
       *[other] { $count } pedidos
    }
admin-search-orders = Dirección completa o código de pedido
admin-order-state = Estado
admin-order-sold = Vendido
admin-order-cancelled = Cancelado
admin-no-orders = Todavía no hay pedidos
admin-no-orders-text = Lo que se compra aparece aquí.
admin-no-such-orders = Ningún pedido con esa dirección o código
admin-order-page = La página de quien compró
admin-all-orders = Todos los pedidos
admin-cancel-order = Cancelar este pedido
admin-cancel-text = Todas sus piezas vuelven al stock. La página de quien compró dirá que se canceló. No se puede deshacer.
admin-cancel-sure = Cancelar el pedido

# Chat.
admin-see-chat = Abrir el chat
admin-remove-message = Quitar
admin-remove-message-of = Quitar este mensaje de { $user }
admin-remove-message-text = Desaparece de inmediato de todas las páginas abiertas.
admin-remove-message-sure = Quitar para siempre
admin-no-messages = Todavía nadie escribió
admin-older-messages = Mensajes anteriores
admin-newest-messages = Mensajes más nuevos
admin-mute = Silenciar
admin-mute-user = Silenciar a { $user }
admin-mute-text = No se toma nada nuevo de esta dirección por
admin-mute-hour = una hora
admin-mute-day = un día
admin-mute-month = 30 días
admin-mutes = Silenciados ahora
admin-mute-until = hasta el
admin-unmute = Dejar escribir
admin-unmute-user = Dejar escribir a { $user }

# Lo que no cumple las reglas.
admin-attention-text = Otros programas escribieron estos productos. Lo que no se puede leer se muestra con un valor supuesto, y su producto no está en venta hasta que alguien lo corrija.
admin-attention-more = Hay más. Aparecen aquí a medida que se corrigen estos.
admin-faults = Qué corregir
admin-fault = { $field }: no se puede leer
admin-fault-shared = Otro producto tiene el mismo código
admin-nothing-to-mend = Nada por corregir
admin-nothing-to-mend-text = Todos los productos cumplen las reglas.

# Lo que dicen los scripts de estas páginas.
admin-edit-cell = Cambiar { $field } de { $title }: { $value }
admin-saved = { $field } de { $title }: { $value }
admin-not-saved = No se guardó: la tienda no responde. Intentar de nuevo.
admin-gone = Alguien eliminó este producto.
admin-yours = Propio: { $value }
admin-theirs = Guardado ahora: { $value }
admin-take-theirs-short = Tomar lo guardado
admin-keep-mine-short = Dejar lo propio
admin-changed-here = Alguien acaba de poner { $value }
admin-log-in-again = La sesión terminó.
admin-going = Se elimina en { $seconds } s
admin-gone-now = { $title } se eliminó.
admin-undo = Deshacer
admin-undone = { $title } se queda.
admin-not-deleted = { $title } cambió mientras tanto y no se eliminó. Revisarlo y eliminarlo otra vez.
admin-picture-added =
    { $count ->
        [one] Se agregó 1 imagen.
       *[other] Se agregaron { $count } imágenes.
    }
admin-picture-bad = No es un PNG, JPEG, WebP o GIF que se pueda leer.
admin-picture-large = Hasta 10 MiB y 40 megapíxeles cada una.
admin-picture-many = Un producto tiene 20 imágenes como máximo.
admin-picture-failed = No se subió. Revisar la conexión e intentar de nuevo.

# Cifras en vivo.
admin-figures-noscript = Las cifras necesitan JavaScript. Todo lo demás funciona sin él.
admin-figures-live = Se leen cada segundo
admin-figures-lost = El servidor no responde. Datos de las { $time }.
admin-figure-sockets = Sockets abiertos
admin-figure-deliveries = Entregas por segundo
admin-figure-slow = Lectores lentos
admin-figure-lag = Datos a páginas, p99, ms
admin-figure-commit = Escritura, p99, ms
admin-figure-requests = Pedidos HTTP por segundo
admin-figure-refusals = Rechazos por segundo
admin-figure-memory = Memoria, MiB
admin-figure-most = Hasta { $value } en 2 minutos
