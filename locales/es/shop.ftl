# Stock, the same words everywhere. Scripts build them from the same messages.
stock-left =
    { $count ->
        [one] Queda 1
       *[other] Quedan { $count }
    }
stock-none = Agotado
stock-off = No está a la venta

# Catalogue.
catalogue-heading = En la vitrina
catalogue-lead = Ediciones chicas, contadas hasta la última pieza.
catalogue-list-label = Productos
catalogue-results = Resultados para “{ $q }”
catalogue-found =
    { $count ->
        [0] Sin resultados
        [one] 1 producto
       *[other] { $count } productos
    }
catalogue-clear = Ver todo
catalogue-shown = { $first }–{ $last } de { $total }
catalogue-no-match-heading = No hay nada con esa descripción
catalogue-no-match-text = Probar con una palabra más corta, o buscar en todas las categorías.
catalogue-empty-heading = La vitrina está vacía
catalogue-empty-text = Apenas haya algo para mostrar, va a estar acá. En la página en vivo se lo ve llegar.
catalogue-empty-action = Ir a la página en vivo
search-label = Buscar en el catálogo
search-action = Buscar
sort-label = Orden
sort-shop = Orden de la tienda
sort-price-up = Menor precio
sort-price-down = Mayor precio
sort-title = Nombre
categories-label = Categorías
categories-all = Todo

# Product.
crumbs-label = Ubicación
product-picture-open = Abrir la imagen
product-pictures = Más imágenes
product-no-picture = Este producto todavía no tiene imagen
product-about = Sobre este producto
product-code = Código
product-category = Categoría
product-in-cart =
    { $count ->
        [one] 1 en el carrito
       *[other] { $count } en el carrito
    }
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
        [one] 1 pieza
       *[other] { $count } piezas
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
# Beside a line that is kept for the cart: counted down, or without scripts in whole minutes.
cart-kept = Reservado: quedan { $time }
cart-kept-minutes =
    { $count ->
        [one] Reservado: queda 1 minuto
       *[other] Reservado: quedan { $count } minutos
    }
cart-note = Los precios y las existencias son los de este momento.
cart-empty-action = Vaciar el carrito
cart-empty-heading = Todavía no hay nada en el carrito
cart-empty-text = Lo que se agregue espera acá.
cart-empty-link = Ver el catálogo

# Why a cart did not change. $count is what this cart can have.
cart-only =
    { $count ->
        [0] No queda ninguna unidad.
        [one] Solo queda 1 para este carrito.
       *[other] Solo quedan { $count } para este carrito.
    }
cart-sold-out = Está agotado.
cart-not-for-sale = No está a la venta en este momento.
cart-product-gone = Este producto ya no está en la tienda.
cart-quantity-bad = Indicar un número entero desde 1.
cart-full = Un carrito lleva hasta 100 productos distintos. Quitar uno primero.
cart-warning-dropped =
    { $count ->
        [one] Un producto ya no está en la tienda y se quitó del carrito.
       *[other] { $count } productos ya no están en la tienda y se quitaron del carrito.
    }

# What the cart's page is told while it is open.
cart-told-short = Alguien llegó antes: parte del carrito ya no se puede comprar.
cart-told-available = Buenas noticias: lo que faltaba se puede comprar otra vez.
cart-told-expired = Lo reservado para este carrito quedó libre. Todavía se puede comprar mientras queden unidades.
cart-told-price = Cambió un precio. El total ahora es { $total }.
cart-told-bought = Este carrito se compró o se vació en otro lado.
cart-take =
    { $count ->
        [one] Llevar la última unidad
       *[other] Llevar las { $count } que quedan
    }

# Buying what a cart holds. $total is a price, ready to show.
purchase-heading = Comprar
purchase-email = Dirección de correo
purchase-email-help = Figura en el pedido y en ningún otro lado.
purchase-action = Comprar por { $total }
purchase-partial = Comprar lo que se puede
purchase-partial-text = Algunas líneas ya no se pueden comprar. Lo demás se puede comprar aparte.
purchase-email-bad = Escribir una dirección de correo, por ejemplo ana@example.com.
purchase-price-changed = El carrito ahora cuesta { $total }. Conviene mirarlo otra vez antes de comprar.
purchase-short = Otras personas se llevaron parte de esto. Los detalles están en cada línea.
purchase-empty = Este carrito está vacío: puede que ya se haya comprado.
purchase-left = Compra hecha. Lo que no se pudo comprar sigue en el carrito.

# An order, as it is kept.
order-heading = Gracias por la compra
order-text = Esto es lo que se compró, a los precios de ese momento.
order-cancelled-heading = Este pedido se canceló
order-cancelled-text = Esto es lo que contenía.
order-code = Pedido
order-placed = Comprado
order-purchaser = Para
order-lines = Lo que se compró
order-product = Producto
order-price = Precio
order-quantity = Piezas
order-amount = Importe
order-keep = Conviene guardar la dirección de esta página: es la llave del pedido y nadie más la tiene.
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
