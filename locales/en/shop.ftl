# Stock, the same words everywhere. Scripts build them from the same messages.
stock-left =
    { $count ->
        [one] last one
       *[other] { $count } left
    }
stock-none = sold out
stock-off = not for sale

# Catalogue.
catalogue-heading = In the window
catalogue-lead = Small editions, counted to the last piece.
catalogue-list-label = Products
catalogue-results = Results for “{ $q }”
catalogue-found =
    { $count ->
        [0] Nothing found
        [one] 1 product
       *[other] { $count } products
    }
catalogue-clear = Show everything
catalogue-shown = { $first }–{ $last } of { $total }
catalogue-no-match-heading = Nothing here by that description
catalogue-no-match-text = Try a shorter word, or look in all categories.
catalogue-empty-heading = The window is empty
catalogue-empty-text = As soon as there is something to show, it stands here. The live page shows it arrive.
catalogue-empty-action = Watch the live page
search-label = Search the catalogue
search-action = Search
sort-label = Order
sort-shop = Shop’s order
sort-price-up = Price, low first
sort-price-down = Price, high first
sort-title = Name
categories-label = Categories
categories-all = All

# Product.
crumbs-label = You are here
product-picture-open = Open the picture
product-pictures = More pictures
product-no-picture = There is no picture of this product yet
product-about = About this product
product-code = Code
product-category = Category
product-in-cart =
    { $count ->
        [one] 1 in your cart
       *[other] { $count } in your cart
    }
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
        [one] 1 piece
       *[other] { $count } pieces
    }
cart-added = { $title }: added to your cart.
cart-see = See cart
cart-each = each
cart-quantity-of = Quantity of { $title }
cart-one-less = One { $title } less
cart-one-more = One { $title } more
cart-update = Update
cart-remove = Remove
cart-remove-title = Remove { $title } from the cart
cart-removed = { $title }: removed from your cart.
cart-emptied = Your cart is empty now.
cart-now = Total { $total }
cart-summary = Summary
cart-total = Total
# Beside a line that is kept for the cart: counted down, or without scripts in whole minutes.
cart-kept = Kept for you for { $time }
cart-kept-minutes =
    { $count ->
        [one] Kept for you for 1 more minute
       *[other] Kept for you for { $count } more minutes
    }
cart-note = Prices and stock are those of this moment.
cart-empty-action = Empty the cart
cart-empty-heading = Nothing in your cart yet
cart-empty-text = Whatever you add waits here.
cart-empty-link = See the catalogue

# Why a cart did not change. $count is what this cart can have.
cart-only =
    { $count ->
        [0] None is left.
        [one] Only 1 is left for you.
       *[other] Only { $count } are left for you.
    }
cart-sold-out = This is sold out.
cart-not-for-sale = This is not for sale at the moment.
cart-product-gone = This product is no longer in the shop.
cart-quantity-bad = Give a whole number from 1.
cart-full = A cart holds 100 different products. Take one out first.
cart-warning-dropped =
    { $count ->
        [one] One product left the shop and was taken out of your cart.
       *[other] { $count } products left the shop and were taken out of your cart.
    }

# What the cart's page is told while it is open.
cart-told-short = Somebody was faster: not all of your cart can be had now.
cart-told-available = Good news: what was short can be had again.
cart-told-expired = What was kept for you is open to others again. It can still be bought while there is some.
cart-told-price = A price has changed. The total is { $total } now.
cart-told-bought = This cart was bought or emptied elsewhere.
cart-take =
    { $count ->
        [one] Take the last one
       *[other] Take the { $count } that are left
    }

# Buying what a cart holds. $total is a price, ready to show.
purchase-heading = Buy it
purchase-email = Your e-mail address
purchase-email-help = It stands on the order, and nowhere else.
purchase-action = Buy for { $total }
purchase-partial = Buy what can be had
purchase-partial-text = Some lines cannot be had any more. The rest can be bought alone.
purchase-email-bad = Give an e-mail address, such as ana@example.com.
purchase-price-changed = The cart costs { $total } now. Look at it once more, then buy.
purchase-short = Others were faster with some of this. Look at the lines below.
purchase-empty = This cart is empty: it may have been bought already.
purchase-left = Bought. What could not be had is still in your cart.

# An order, as it is kept.
order-heading = Thank you, it is yours
order-text = This is what you bought, at the prices of that moment.
order-cancelled-heading = This order was cancelled
order-cancelled-text = This is what it was.
order-code = Order
order-placed = Bought
order-purchaser = For
order-lines = What was bought
order-product = Product
order-price = Price
order-quantity = Pieces
order-amount = Amount
order-keep = Keep the address of this page: it is the key to the order, and nobody else has it.
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
