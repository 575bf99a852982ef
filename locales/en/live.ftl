# State of a page's connection.
state-connecting = Connecting
state-live = Live
state-reconnecting = Reconnecting in { $seconds } s
state-offline = Offline, data from { $time }
state-offline-never = Offline
state-next-try = next try in { $seconds } s
state-try-now = Try now
state-noscript = This page follows changes with JavaScript. Without it, reload to see what is new.
viewers =
    { $count ->
        [one] only you here
       *[other] { $count } people watching
    }

# Live page.
live-heading = The shop, live
live-list-heading = In the shop now
live-total =
    { $count ->
        [0] No products
        [one] 1 product
       *[other] { $count } products
    }
live-empty = No products yet. The first one appears here by itself.
live-overflow = New products are on the next page
feed-heading = What just happened
feed-empty = Nothing yet. Changes appear here by themselves.
feed-more = Show more of it
feed-created = New in the shop
feed-deleted = Removed
feed-changed = Changed
feed-price = Price
feed-stock = Stock
feed-title = Name
feed-category = Category
feed-picture = New picture
feed-description = New description
feed-from-to = from { $from } to { $to }
feed-times = { $count } changes
feed-paused =
    { $count ->
        [0] Paused while you read
        [one] Paused while you read, 1 more
       *[other] Paused while you read, { $count } more
    }
changes =
    { $count ->
        [one] 1 product changed
       *[other] { $count } products changed
    }
