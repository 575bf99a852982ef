# Admin pages.
admin-nav-label = Administración
admin-products = Productos
admin-orders = Pedidos
admin-chat = Chat
admin-invalid = Requiere atención
admin-figures = Estado
admin-log-out = Cerrar sesión
admin-unprotected = No hay clave configurada: cualquiera en esta máquina es administrador.

# Login.
admin-login = Administración
admin-login-heading = Administración
admin-login-text = Para el equipo de la tienda. Ingresá la clave con la que se inició el servidor.
admin-token = Clave de administración
admin-log-in = Iniciar sesión
admin-wrong-token = Clave incorrecta.
admin-too-many-tries = Demasiados intentos. Esperá un minuto y probá de nuevo.
admin-session-over = La sesión venció. Iniciá sesión para seguir; el último cambio no se guardó.

# Confirmations.
admin-done-saved = Guardado.
admin-done-created = Creado. Ahora agregá imágenes.
admin-done-deleted = Eliminado.
admin-done-pictured = Imágenes agregadas.
admin-done-unpictured = Imagen quitada.
admin-done-cancelled = Cancelado. El stock volvió.
admin-done-removed = Mensaje quitado.
admin-done-muted = Esta dirección no puede escribir hasta que termine el silencio.
admin-done-unmuted = Esta dirección puede escribir otra vez.

# Products.
admin-new = Nuevo producto
admin-search = Buscar título, texto o código
admin-all-categories = Todas las categorías
admin-all-statuses = Todos los estados
admin-for-sale = En venta
admin-off = No está a la venta
admin-column-title = Producto
admin-column-category = Categoría
admin-column-price = Precio
admin-column-stock = Stock
admin-column-status = Estado
admin-edit = Abrir
admin-edit-title = Abrir { $title }
admin-delete = Eliminar
admin-delete-title = Eliminar { $title }
admin-table-hint = Hacé clic en un valor para editarlo. Soltá imágenes sobre una fila para agregarlas.
admin-no-products = Todavía no hay productos
admin-no-products-text = Creá el primero.

# Product fields, and why a value is rejected.
# What a field takes.
admin-bad-line = De { $min } a { $max } caracteres, en una línea.
admin-bad-optional-line = Hasta { $max } caracteres, en una línea.
admin-bad-money = Un número de { $min } a { $max } con 2 decimales como máximo.
admin-bad-count = Un número entero de { $min } a { $max }.
admin-bad-choice = Elegí uno.
admin-bad-text = Hasta { $max } caracteres.
admin-code-taken = Otro producto tiene este código.
admin-form-bad = No se guardó. Revisá los campos marcados.

# One product.
admin-save = Guardar
admin-create = Crear
admin-back = Volver a los productos
admin-see-in-shop = Ver en la tienda
admin-fix = Este producto tiene datos inválidos. Revisá cada campo; al guardar se reescriben todos y se quitan las imágenes ilegibles.
admin-pictures = Imágenes
admin-add-pictures = Soltar imágenes acá o elegirlas
admin-picture-kinds = PNG, JPEG, WebP o GIF, 10 MiB cada una
admin-upload = Subir
admin-uploading = Subiendo
admin-remove-picture = Quitar
admin-remove-picture-name = Quitar la imagen { $name }
admin-delete-product = Eliminar este producto
admin-delete-text = Se quita de la tienda y de todos los carritos, con sus imágenes. Los pedidos lo conservan.
admin-delete-sure = Eliminar definitivamente

# Edit conflicts.
admin-conflict = Alguien cambió este producto. No se guardó nada. Tus valores están en los campos; debajo, los guardados.
admin-conflict-delete = Alguien cambió este producto y no se eliminó. Revisalo.
admin-stored-now = Versión guardada:
admin-take-theirs = Usar este
admin-keep-mine = Guardar el mío
admin-take-all-theirs = Usar la versión guardada

# Orders.
admin-order-count =
    { $count ->
        [0] Sin pedidos
        [one] 1 pedido
       *[other] { $count } pedidos
    }
admin-search-orders = E-mail del comprador o código
admin-order-state = Estado
admin-order-sold = Vendido
admin-order-cancelled = Cancelado
admin-no-orders = Todavía no hay pedidos
admin-no-orders-text = Los pedidos aparecen acá.
admin-no-such-orders = Ningún pedido con ese e-mail o código
admin-order-page = Ver como comprador
admin-all-orders = Todos los pedidos
admin-cancel-order = Cancelar este pedido
admin-cancel-text = Todo vuelve al stock y la página del comprador dirá que se canceló. No se puede deshacer.
admin-cancel-sure = Cancelar el pedido

# Chat.
admin-see-chat = Abrir el chat
admin-remove-message = Quitar
admin-remove-message-of = Quitar este mensaje de { $user }
admin-remove-message-text = Desaparece de inmediato de todas las páginas abiertas.
admin-remove-message-sure = Eliminar definitivamente
admin-no-messages = Todavía no hay mensajes
admin-older-messages = Mensajes anteriores
admin-newest-messages = Mensajes más nuevos
admin-mute = Silenciar
admin-mute-user = Silenciar a { $user }
admin-mute-text = Bloquear mensajes nuevos por
admin-mute-hour = una hora
admin-mute-day = un día
admin-mute-month = 30 días
admin-mutes = Silenciados ahora
admin-mute-until = hasta el
admin-unmute = Dejar escribir
admin-unmute-user = Dejar escribir a { $user }

# Invalid products.
admin-invalid-text = Otro programa escribió estos productos con datos inválidos. No están a la venta hasta que se corrijan.
admin-invalid-more = Hay más. Aparecen acá a medida que corregís estos.
admin-faults = Problemas
admin-fault = { $field }: valor no válido
admin-fault-shared = Código duplicado
admin-all-valid = Todo en orden
admin-all-valid-text = Todos los productos son válidos.

# Used by the scripts of these pages.
admin-edit-cell = Cambiar { $field } de { $title }: { $value }
admin-saved = { $field } de { $title }: { $value }
admin-not-saved = No se guardó: la tienda no responde. Probá de nuevo.
admin-gone = Alguien eliminó este producto.
admin-yours = Tuyo: { $value }
admin-theirs = Guardado: { $value }
admin-take-theirs-short = Usar lo guardado
admin-keep-mine-short = Usar lo mío
admin-changed-here = Alguien lo cambió a { $value }
admin-log-in-again = La sesión venció.
admin-going = Se elimina en { $seconds } s
admin-gone-now = { $title } se eliminó.
admin-undo = Deshacer
admin-undone = { $title } no se eliminó.
admin-not-deleted = { $title } cambió y no se eliminó. Revisalo y eliminalo de nuevo.
admin-picture-added =
    { $count ->
        [one] Se agregó 1 imagen.
       *[other] Se agregaron { $count } imágenes.
    }
admin-picture-bad = No es un PNG, JPEG, WebP o GIF que se pueda leer.
admin-picture-large = Hasta { $count } imágenes a la vez, de 10 MiB y 40 megapíxeles cada una.
admin-picture-many = Un producto tiene { $count } imágenes como máximo.
admin-picture-failed = No se subió. Revisá la conexión y probá de nuevo.

# Server health.
admin-figures-noscript = Las cifras en vivo necesitan JavaScript.
admin-figures-live = Se actualiza cada segundo
admin-figures-lost = El servidor no responde. Datos de las { $time }.
admin-figure-sockets = Sockets abiertos
admin-figure-deliveries = Entregas por segundo
admin-figure-slow = Conexiones lentas
admin-figure-lag = De la escritura a la página, p99, ms
admin-figure-commit = Escritura, p99, ms
admin-figure-requests = Solicitudes HTTP por segundo
admin-figure-refusals = Rechazos por segundo
admin-figure-memory = Memoria, MiB
admin-figure-peak = Máximo { $value } en 2 minutos
