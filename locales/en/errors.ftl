# Error pages. Kinds: page-missing, product-missing, cart-missing, order-missing (404), bad-request
# (400), forbidden (403), conflict (409), too-large (413), too-many (429), internal (500),
# unavailable (503).
error-retry = Try again
error-to-catalogue = Go to the catalogue
error-search = Search the shop

error-page-missing-heading = Page not found
error-page-missing-text = Check the address, or search the shop.
error-product-missing-heading = Product not found
error-product-missing-text = It may have been removed. Have a look at the other products.
error-cart-missing-heading = This cart has expired
error-cart-missing-text = Carts are kept for 30 days, empty ones for 6 hours. Add something to start a new one.
error-order-missing-heading = Order not found
error-order-missing-text = Check the link. Only people with the full link can see an order.
error-bad-request-heading = Something was wrong with that request
error-bad-request-text = Go back and try again.
error-forbidden-heading = Not allowed
error-forbidden-text = The request came from another site or lacks permission. Open the shop directly and try again.
error-conflict-heading = It changed in the meantime
error-conflict-text = Check the current state and try again.
error-too-large-heading = Too large
error-too-large-text = Send less and try again.
error-too-many-heading = Too many requests
error-too-many-text = Wait a moment and try again.
error-internal-heading = Something went wrong
error-internal-text = Nothing was changed. Try again in a moment.
error-unavailable-heading = The shop is temporarily unavailable
error-unavailable-text = Nothing was lost. Try again in a few seconds.
