# Error pages. Kinds: page-missing, product-missing, cart-missing, order-missing (404), bad-request
# (400), forbidden (403), conflict (409), too-large (413), too-many (429), internal (500),
# unavailable (503).
error-retry = Reintentar
error-to-catalogue = Ir al catálogo
error-search = Buscar en la tienda

error-page-missing-heading = Esa página no existe
error-page-missing-text = Revisá la dirección o buscá en la tienda.
error-product-missing-heading = No encontramos el producto
error-product-missing-text = Puede que se haya quitado. Mirá los demás productos.
error-cart-missing-heading = Este carrito venció
error-cart-missing-text = Los carritos se guardan 30 días; los vacíos, 6 horas. Agregá algo para empezar otro.
error-order-missing-heading = No encontramos el pedido
error-order-missing-text = Revisá el enlace. Un pedido solo se ve con el enlace completo.
error-bad-request-heading = La solicitud no es válida
error-bad-request-text = Volvé y probá de nuevo.
error-forbidden-heading = Acceso no permitido
error-forbidden-text = La solicitud vino de otro sitio o no tiene permiso. Abrí la tienda directamente y probá de nuevo.
error-conflict-heading = Cambió mientras tanto
error-conflict-text = Mirá cómo quedó y probá de nuevo.
error-too-large-heading = Es demasiado grande
error-too-large-text = Enviá menos y probá de nuevo.
error-too-many-heading = Demasiadas solicitudes
error-too-many-text = Esperá un momento y probá de nuevo.
error-internal-heading = Algo salió mal
error-internal-text = No se cambió nada. Probá de nuevo en un momento.
error-unavailable-heading = La tienda no está disponible por un momento
error-unavailable-text = No se perdió nada. Probá de nuevo en unos segundos.
