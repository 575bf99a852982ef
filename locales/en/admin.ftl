# The admin's pages.
admin-nav-label = Admin
admin-products = Products
admin-orders = Orders
admin-chat = Chat
admin-attention = To mend
admin-figures = Live figures
admin-log-out = Log out
admin-unprotected = No token is set: whoever reaches this machine is the admin.

# The door.
admin-door = Admin
admin-door-heading = Admin
admin-door-text = For the people who run the shop. The token is the one that it was started with.
admin-token = Admin token
admin-log-in = Log in
admin-wrong-token = This is not the token.
admin-too-many-tries = There were many tries from your address. Wait a minute, then try again.
admin-session-over = Your session is over. Log in to go on; what was sent last was not stored.

# What was just done.
admin-done-saved = Saved.
admin-done-created = Created. Now it can have pictures.
admin-done-deleted = Deleted.
admin-done-pictured = The pictures were added.
admin-done-unpictured = The picture was removed.
admin-done-cancelled = Cancelled. What was sold is in stock again.
admin-done-removed = The message was removed.
admin-done-muted = Nothing of this address is taken in the chat for that time.
admin-done-unmuted = This address may write again.

# Products.
admin-new = New product
admin-search = Search title, text or code
admin-all-categories = All categories
admin-all-statuses = For sale or not
admin-for-sale = For sale
admin-off = Not for sale
admin-column-title = Product
admin-column-category = Category
admin-column-price = Price
admin-column-stock = Stock
admin-column-status = Status
admin-edit = Open
admin-edit-title = Open { $title }
admin-delete = Delete
admin-delete-title = Delete { $title }
admin-table-hint = Press a value to change it. Drop pictures on a row to add them.
admin-no-products = No products yet
admin-no-products-text = The first one stands in the window as soon as it is created.

# The fields of a product, and why a value is refused.
admin-field-title = Title
admin-field-code = Code
admin-field-price = Price
admin-field-stock = Stock
admin-field-status = Status
admin-field-category = Category
admin-field-description = Description
admin-field-thumbnails = Pictures
admin-bad-title = 1 to 200 characters, on one line.
admin-bad-code = 1 to 100 characters, on one line.
admin-bad-price = A number from 0 to 10,000,000 with 2 decimals at most.
admin-bad-stock = A whole number from 0 to 1,000,000.
admin-bad-status = For sale or not.
admin-bad-category = At most 100 characters, on one line.
admin-bad-description = At most 10,000 characters.
admin-code-taken = Another product has this code.
admin-form-bad = Not saved. Look at the fields marked below.

# One product.
admin-save = Save
admin-create = Create
admin-back = Back to the products
admin-see-in-shop = See it in the shop
admin-mend = What is stored breaks the rules. Check every field; saving writes all of them anew, and pictures that cannot be read go.
admin-pictures = Pictures
admin-add-pictures = Drop pictures here, or choose them
admin-picture-kinds = PNG, JPEG, WebP or GIF, 10 MiB each
admin-upload = Upload
admin-uploading = Uploading
admin-remove-picture = Remove
admin-remove-picture-name = Remove the picture { $name }
admin-delete-product = Delete this product
admin-delete-text = It leaves the shop and every cart at once, its pictures with it. Orders keep what was sold.
admin-delete-sure = Delete for good

# Somebody else changed it meanwhile.
admin-conflict = Somebody changed this product meanwhile, so nothing was saved. Your values stand in the fields; below each is what is stored now.
admin-conflict-delete = Somebody changed this product meanwhile, so it was not deleted. Look at it once more.
admin-stored-now = Stored now:
admin-take-theirs = Take this
admin-keep-mine = Save mine
admin-take-all-theirs = Take what is stored

# Orders.
admin-order-count =
    { $count ->
        [0] No orders
        [one] 1 order
       *[other] { $count } orders
    }
admin-search-orders = Buyer’s whole address or order code
admin-order-state = State
admin-order-sold = Sold
admin-order-cancelled = Cancelled
admin-no-orders = No orders yet
admin-no-orders-text = What is bought appears here.
admin-no-such-orders = No order by this address or code
admin-order-page = The buyer’s page
admin-all-orders = All orders
admin-cancel-order = Cancel this order
admin-cancel-text = All its pieces go back into stock. The buyer’s page says that it was cancelled. This cannot be undone.
admin-cancel-sure = Cancel the order

# Chat.
admin-see-chat = Open the chat
admin-remove-message = Remove
admin-remove-message-of = Remove this message of { $user }
admin-remove-message-text = It disappears from every open page at once.
admin-remove-message-sure = Remove for good
admin-no-messages = Nobody has written yet
admin-older-messages = Older messages
admin-newest-messages = Newest messages
admin-mute = Mute
admin-mute-user = Mute { $user }
admin-mute-text = Nothing new of this address is taken for
admin-mute-hour = an hour
admin-mute-day = a day
admin-mute-month = 30 days
admin-mutes = Muted now
admin-mute-until = until
admin-unmute = Unmute
admin-unmute-user = Unmute { $user }

# What breaks the rules.
admin-attention-text = Other programs wrote these products. What cannot be read is shown with a default, and its product is not for sale until somebody mends it.
admin-attention-more = There are more. They appear here as these are mended.
admin-faults = What to mend
admin-fault = { $field } cannot be read
admin-fault-shared = Another product has the same code
admin-nothing-to-mend = Nothing to mend
admin-nothing-to-mend-text = Every product follows the rules.

# What scripts of these pages say.
admin-edit-cell = Change { $field } of { $title }: { $value }
admin-saved = { $field } of { $title }: { $value }
admin-not-saved = Not saved: the shop cannot be reached. Try again.
admin-gone = Somebody deleted this product.
admin-yours = Yours: { $value }
admin-theirs = Stored now: { $value }
admin-take-theirs-short = Take theirs
admin-keep-mine-short = Keep mine
admin-changed-here = Somebody just made this { $value }
admin-log-in-again = Your session is over.
admin-going = Deleting in { $seconds } s
admin-gone-now = { $title } was deleted.
admin-undo = Undo
admin-undone = { $title } stays.
admin-not-deleted = { $title } was changed meanwhile and was not deleted. Look at it, and delete it again.
admin-picture-added =
    { $count ->
        [one] 1 picture was added.
       *[other] { $count } pictures were added.
    }
admin-picture-bad = This is no PNG, JPEG, WebP or GIF that can be read.
admin-picture-large = At most 10 MiB and 40 megapixels each.
admin-picture-many = A product has 20 pictures at most.
admin-picture-failed = Not uploaded. Check your connection and try again.

# Live figures.
admin-figures-noscript = The figures need JavaScript. Everything else here works without it.
admin-figures-live = Read each second
admin-figures-lost = The server does not answer. Data from { $time }.
admin-figure-sockets = Open sockets
admin-figure-deliveries = Frames delivered per second
admin-figure-slow = Slow readers
admin-figure-lag = Store to pages, p99, ms
admin-figure-commit = Commit, p99, ms
admin-figure-requests = Requests per second
admin-figure-refusals = Refused per second
admin-figure-memory = Memory, MiB
admin-figure-most = At most { $value } in 2 minutes
