# Pages for what cannot be shown. Kinds: page-missing, product-missing, cart-missing, order-missing (404), bad-request (400),
# forbidden (403), conflict (409), too-large (413), too-many (429), internal (500), unavailable (503).
error-retry = Try again
error-to-catalogue = Go to the catalogue
error-search = Or look for something

error-page-missing-heading = There is no such page
error-page-missing-text = The address may have a slip in it, or the page has moved.
error-product-missing-heading = This product is not in the shop
error-product-missing-text = It was taken out, or the address has a slip in it. The rest of the window is still lit.
error-cart-missing-heading = This cart is no longer here
error-cart-missing-text = Carts are kept for 30 days after their last change, empty ones for 6 hours. Adding something starts a new one.
error-order-missing-heading = There is no such order
error-order-missing-text = The address may have a slip in it. Only who has the whole address of an order can see it.
error-bad-request-heading = This request could not be understood
error-bad-request-text = Something in the address or the form is not as it should be. Go back and try once more.
error-forbidden-heading = This is not open from here
error-forbidden-text = The request came from another site or lacks the right to do this. Open the shop directly and try again.
error-conflict-heading = Somebody was faster
error-conflict-text = What you asked for no longer fits what is there. Look at it again and decide anew.
error-too-large-heading = That is too much at once
error-too-large-text = What was sent is larger than the shop takes. Send less and try again.
error-too-many-heading = One moment
error-too-many-text = There were many requests from your address. Wait a little and try again.
error-internal-heading = That is our fault
error-internal-text = Something went wrong in the shop. Nothing was changed. Try again in a moment.
error-unavailable-heading = The lights are out for a moment
error-unavailable-text = The shop cannot reach its shelves right now. Nothing is lost. Try again in a few seconds.
