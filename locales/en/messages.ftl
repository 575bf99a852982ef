# The `msg` of product frames on sockets, in the site’s language.
product-created = { $title } is new in the shop.
product-updated = { $title } has changed.
product-deleted = { $title } was removed from the shop.
