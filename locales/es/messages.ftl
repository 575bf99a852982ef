# The `msg` of product frames on sockets, in the site’s language.
product-created = { $title }: nuevo en la tienda.
product-updated = { $title }: hubo un cambio.
product-deleted = { $title }: se quitó de la tienda.
