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
