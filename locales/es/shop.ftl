# Stock. Pages and scripts use the same messages.
stock-left =
    { $count ->
        [one] Queda 1
       *[other] Quedan { $count }
    }
stock-none = Agotado
stock-off = No está a la venta

# The fields of a product.
field-title = Título
field-code = Código
field-price = Precio
field-stock = Stock
field-status = Estado
field-category = Categoría
field-description = Descripción
field-thumbnails = Imágenes

# Catalogue.
catalogue-heading = Productos
catalogue-list-label = Productos
catalogue-results = Resultados para “{ $q }”
catalogue-found =
    { $count ->
        [0] Sin resultados
        [one] 1 producto
       *[other] { $count } productos
    }
catalogue-clear = Borrar filtros
catalogue-shown = { $first }–{ $last } de { $total }
catalogue-no-match-heading = No encontramos nada
catalogue-no-match-text = Probá con menos palabras o con palabras más cortas, o buscá en todas las categorías.
catalogue-empty-heading = Todavía no hay productos
catalogue-empty-text = Los productos nuevos aparecen acá apenas se publican.
catalogue-empty-action = Ir a la página en vivo
search-label = Buscar en el catálogo
search-action = Buscar
sort-label = Ordenar por
sort-shop = Destacados
sort-price-up = Menor precio
sort-price-down = Mayor precio
sort-title = Nombre
categories-label = Categorías
categories-all = Todo

# Product.
crumbs-label = Ubicación
product-picture-open = Ampliar
product-pictures = Más imágenes
product-no-picture = Sin foto todavía
product-about = Detalles
product-in-cart =
    { $count ->
        [one] 1 en el carrito
       *[other] { $count } en el carrito
    }
catalogue-stale = Los precios y el stock pueden no estar al día: la tienda no puede conectarse con su base de datos.
product-gone = Este producto se quitó de la tienda.
product-gone-text = Este producto se acaba de quitar de la tienda.
product-now = Ahora { $price }, { $stock }
quantity = Cantidad
add-to-cart = Agregar al carrito
add-short = Agregar
add-title-to-cart = Agregar { $title } al carrito
keep-shopping = Seguir comprando

# Cart.
cart-heading = Carrito
cart-count =
    { $count ->
        [0] vacío
        [one] 1 unidad
       *[other] { $count } unidades
    }
cart-added = { $title }: ya está en el carrito.
cart-see = Ver carrito
cart-each = cada una
cart-quantity-of = Cantidad de { $title }
cart-one-less = Una unidad menos de { $title }
cart-one-more = Una unidad más de { $title }
cart-update = Actualizar
cart-remove = Quitar
cart-remove-title = Quitar { $title } del carrito
cart-removed = { $title }: ya no está en el carrito.
cart-emptied = El carrito quedó vacío.
cart-now = Total { $total }
cart-summary = Resumen
cart-total = Total
# Beside a reserved line: a countdown, or whole minutes without JavaScript.
cart-reserved = Reservado para vos: { $time }
cart-reserved-minutes =
    { $count ->
        [one] Reservado por 1 minuto más
       *[other] Reservado por { $count } minutos más
    }
cart-note = Precios y stock en tiempo real.
cart-empty-action = Vaciar el carrito
cart-empty-heading = Tu carrito está vacío
cart-empty-text = Acá aparece lo que agregues.
cart-empty-link = Ver productos

# Why a cart did not change. $count is what is available for this cart.
cart-only =
    { $count ->
        [0] No queda ninguno.
        [one] Podés agregar 1.
       *[other] Podés agregar hasta { $count }.
    }
cart-sold-out = Agotado.
cart-not-for-sale = No está a la venta en este momento.
cart-gone = Este carrito venció. Recargá la página.
cart-product-gone = Este producto ya no está en la tienda.
cart-quantity-bad = Ingresá 1 o más.
cart-full = El carrito admite hasta { $count } productos distintos. Quitá uno primero.
cart-warning-dropped =
    { $count ->
        [one] Un producto ya no está en la tienda y se quitó del carrito.
       *[other] { $count } productos ya no están en la tienda y se quitaron del carrito.
    }

# Notices on an open cart page.
cart-notice-short = Parte de tu carrito se acaba de agotar.
cart-notice-available = Volvió el stock: ya podés comprarlo.
cart-notice-expired = Tu reserva venció. Todavía podés comprar mientras haya stock.
cart-notice-price = Cambió un precio. El total ahora es { $total }.
cart-notice-bought = Este carrito se compró o se vació en otra ventana.
cart-take =
    { $count ->
        [one] Cambiar a 1
       *[other] Cambiar a { $count }
    }

# Checkout. $total is a formatted price.
purchase-email = E-mail
purchase-email-help = Solo lo usamos para tu pedido.
purchase-action = Comprar por { $total }
purchase-partial = Comprar lo disponible
purchase-partial-text = Algunos productos ya no están disponibles. Podés comprar el resto.
purchase-email-bad = Ingresá un e-mail, por ejemplo ana@example.com.
purchase-price-changed = El total ahora es { $total }. Revisalo antes de comprar.
purchase-short = Alguien acaba de comprar parte de esto. Mirá los detalles abajo.
purchase-empty = Este carrito está vacío. Puede que ya se haya comprado.
purchase-left = Compra realizada. Lo que no estaba disponible sigue en tu carrito.

# An order.
order-heading = Gracias por tu compra
order-cancelled-heading = Este pedido se canceló
order-cancelled-text = Detalle del pedido
order-code = Pedido
order-placed = Fecha
order-purchaser = A nombre de
order-lines = Productos
order-product = Producto
order-price = Precio
order-quantity = Cant.
order-amount = Importe
order-keep = Guardá este enlace: solo quien lo tiene puede ver tu pedido.
order-moment = { $day } de { $month ->
        [1] enero
        [2] febrero
        [3] marzo
        [4] abril
        [5] mayo
        [6] junio
        [7] julio
        [8] agosto
        [9] septiembre
        [10] octubre
        [11] noviembre
       *[12] diciembre
    } de { $year }, { $time } UTC
title-order = Pedido { $code }
