chat-heading = Chat
chat-log-label = Messages
chat-pending-label = Messages being sent
chat-older = Show older messages
chat-beginning = Start of the chat
chat-loading = Loading messages
chat-empty = No messages yet. Say hello.
chat-noscript = The chat needs JavaScript. The catalogue works without it.
chat-your-message = Your message
chat-send = Send
chat-hint = Enter sends, Shift + Enter starts a new line
chat-you = You
chat-you-as = Chatting as { $user }
chat-today = Today
chat-yesterday = Yesterday

# People online.
chat-people-label = People in the chat
chat-online =
    { $count ->
        [one] 1 online
       *[other] { $count } online
    }
chat-others =
    { $count ->
        [one] 1 other
       *[other] { $count } others
    }
chat-joined =
    { $count ->
        [one] { $who } joined
       *[other] { $who } joined
    }
chat-left =
    { $count ->
        [one] { $who } left
       *[other] { $who } left
    }
chat-whole-addresses = Show full e-mails
chat-change-address = Change e-mail

# Joining.
chat-join-heading = Join the chat
chat-join-text = Your e-mail is shown next to your messages. E-mails aren’t verified, so anyone can use any e-mail.
chat-email = E-mail
chat-email-missing = Enter your e-mail to join.
chat-email-bad = That doesn’t look like an e-mail address. Example: ana@example.com
chat-join-action = Join the chat
chat-join-leave = Back to the shop

# Messages being sent.
chat-sending = Sending
chat-failed = Not sent.
chat-outbox-full = { $count } messages are waiting to be sent. This one stays here until some are sent.
chat-send-again = Send again
chat-discard = Discard
chat-deleted = This message was removed
chat-new =
    { $count ->
        [one] 1 new message
       *[other] { $count } new messages
    }
chat-count-left = { $count } characters left
chat-too-long = { $count } characters too many
chat-rate-limited = Too fast. Your message will be sent in a moment.
chat-muted = You can’t post for a while.
chat-unavailable = Messages can’t be saved right now.
