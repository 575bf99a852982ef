# Pages for what cannot be shown. Kinds: page-missing, product-missing, cart-missing, order-missing (404), bad-request (400),
# forbidden (403), conflict (409), too-large (413), too-many (429), internal (500), unavailable (503).
error-retry = Reintentar
error-to-catalogue = Ir al catálogo
error-search = O buscar algo

error-page-missing-heading = Esa página no existe
error-page-missing-text = Puede haber un error en la dirección, o la página cambió de lugar.
error-product-missing-heading = Este producto no está en la tienda
error-product-missing-text = Se quitó, o hay un error en la dirección. El resto de la vitrina sigue encendido.
error-cart-missing-heading = Este carrito ya no está
error-cart-missing-text = Los carritos se guardan 30 días desde el último cambio, y los vacíos 6 horas. Al agregar algo empieza uno nuevo.
error-order-missing-heading = No existe ese pedido
error-order-missing-text = Puede que la dirección tenga un error. Un pedido solo se ve con su dirección completa.
error-bad-request-heading = No se entendió el pedido
error-bad-request-text = Algo en la dirección o en el formulario no está como debería. Volver y probar otra vez.
error-forbidden-heading = Desde acá no se puede
error-forbidden-text = El pedido vino de otro sitio o no tiene permiso para esto. Abrir la tienda directamente y reintentar.
error-conflict-heading = Alguien llegó antes
error-conflict-text = Lo pedido ya no coincide con lo que hay. Mirarlo de nuevo y volver a decidir.
error-too-large-heading = Es demasiado de una vez
error-too-large-text = Lo enviado es más grande de lo que la tienda recibe. Enviar menos y reintentar.
error-too-many-heading = Un momento
error-too-many-text = Hubo muchos pedidos desde esta dirección. Esperar un poco y reintentar.
error-internal-heading = Es una falla nuestra
error-internal-text = Algo salió mal en la tienda. No se cambió nada. Reintentar en un momento.
error-unavailable-heading = Se apagó la luz por un momento
error-unavailable-text = La tienda no puede llegar a sus estantes ahora. No se perdió nada. Reintentar en unos segundos.
