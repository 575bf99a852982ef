# Stock. Pages and scripts use the same messages.
stock-left =
    { $count ->
        [one] last one
       *[other] { $count } left
    }
stock-none = sold out
stock-off = not for sale

# The fields of a product.
field-title = Title
field-code = Code
field-price = Price
field-stock = Stock
field-status = Status
field-category = Category
field-description = Description
field-thumbnails = Pictures

# Catalogue.
catalogue-heading = Products
catalogue-list-label = Products
catalogue-results = Results for “{ $q }”
catalogue-found =
    { $count ->
        [0] No results
        [one] 1 product
       *[other] { $count } products
    }
catalogue-clear = Clear filters
catalogue-shown = { $first }–{ $last } of { $total }
catalogue-no-match-heading = No matches
catalogue-no-match-text = Try fewer or shorter words, or search all categories.
catalogue-empty-heading = No products yet
catalogue-empty-text = New products appear here as soon as they are published.
catalogue-empty-action = Watch the live page
search-label = Search the catalogue
search-action = Search
sort-label = Sort by
sort-shop = Featured
sort-price-up = Price: low to high
sort-price-down = Price: high to low
sort-title = Name
categories-label = Categories
categories-all = All

# Product.
crumbs-label = You are here
product-picture-open = Zoom in
product-pictures = More pictures
product-no-picture = No photo yet
product-about = Details
product-in-cart =
    { $count ->
        [one] 1 in your cart
       *[other] { $count } in your cart
    }
catalogue-stale = Prices and stock may be out of date: the shop cannot reach its database right now.
product-gone = This product was removed from the shop.
product-gone-text = This product was just removed from the shop.
product-now = Now { $price }, { $stock }
quantity = Quantity
add-to-cart = Add to cart
add-short = Add
add-title-to-cart = Add { $title } to cart
keep-shopping = Keep shopping

# Cart.
cart-heading = Your cart
cart-count =
    { $count ->
        [0] empty
        [one] 1 item
       *[other] { $count } items
    }
cart-added = { $title }: added to your cart.
cart-see = See cart
cart-each = each
cart-quantity-of = Quantity of { $title }
cart-one-less = Remove one { $title }
cart-one-more = Add one { $title }
cart-update = Update
cart-remove = Remove
cart-remove-title = Remove { $title } from the cart
cart-removed = { $title }: removed from your cart.
cart-emptied = Your cart is empty now.
cart-now = Total { $total }
cart-summary = Summary
cart-total = Total
# Beside a reserved line: a countdown, or whole minutes without JavaScript.
cart-reserved = Reserved for you: { $time }
cart-reserved-minutes =
    { $count ->
        [one] Reserved for 1 more minute
       *[other] Reserved for { $count } more minutes
    }
cart-note = Prices and stock are live.
cart-empty-action = Empty the cart
cart-empty-heading = Your cart is empty
cart-empty-text = Items you add appear here.
cart-empty-link = Browse products

# Why a cart did not change. $count is what is available for this cart.
cart-only =
    { $count ->
        [0] None left.
        [one] You can add up to 1.
       *[other] You can add up to { $count }.
    }
cart-sold-out = Sold out.
cart-not-for-sale = Not available right now.
cart-gone = This cart has expired. Reload the page.
cart-product-gone = This product is no longer in the shop.
cart-quantity-bad = Enter 1 or more.
cart-full = A cart holds up to { $count } different products. Remove one first.
cart-warning-dropped =
    { $count ->
        [one] 1 product is no longer sold and was removed from your cart.
       *[other] { $count } products are no longer sold and were removed from your cart.
    }

# Notices on an open cart page.
cart-notice-short = Part of your cart just sold out.
cart-notice-available = Back in stock: you can buy it again.
cart-notice-expired = Your reservation expired. You can still buy while stock lasts.
cart-notice-price = A price changed. The total is now { $total }.
cart-notice-bought = This cart was bought or emptied in another window.
cart-take =
    { $count ->
        [one] Change to 1
       *[other] Change to { $count }
    }

# Checkout. $total is a formatted price.
purchase-email = E-mail
purchase-email-help = Only used for your order.
purchase-action = Buy for { $total }
purchase-partial = Buy the available items
purchase-partial-text = Some items are no longer available. You can buy the rest.
purchase-email-bad = Enter an e-mail address, such as ana@example.com.
purchase-price-changed = The total is now { $total }. Check it, then buy.
purchase-short = Someone just bought some of these. See the items below.
purchase-empty = This cart is empty. It may already have been bought.
purchase-left = Order placed. Unavailable items are still in your cart.

# An order.
order-heading = Thank you for your order
order-cancelled-heading = This order was cancelled
order-cancelled-text = Order details
order-code = Order
order-placed = Date
order-purchaser = Buyer
order-lines = Items
order-product = Product
order-price = Price
order-quantity = Qty
order-amount = Amount
order-keep = Save this link: only people with it can see your order.
order-moment = { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $day }, { $year }, { $time } UTC
title-order = Order { $code }
