chat-heading = Chat
chat-log-label = Mensajes
chat-pending-label = Mensajes por enviar
chat-older = Ver mensajes anteriores
chat-beginning = Comienzo del chat
chat-loading = Cargando mensajes
chat-empty = Todavía no hay mensajes. Saludá.
chat-noscript = El chat necesita JavaScript. El catálogo funciona sin él.
chat-your-message = Mensaje
chat-send = Enviar
chat-hint = Enter envía; Shift + Enter, salto de línea
chat-you = Vos
chat-you-as = Participás como { $user }
chat-today = Hoy
chat-yesterday = Ayer

# People online.
chat-people-label = Personas en el chat
chat-online =
    { $count ->
        [one] 1 en línea
       *[other] { $count } en línea
    }
chat-others =
    { $count ->
        [one] 1 más
       *[other] { $count } más
    }
chat-joined =
    { $count ->
        [one] { $who } entró
       *[other] { $who } entraron
    }
chat-left =
    { $count ->
        [one] { $who } salió
       *[other] { $who } salieron
    }
chat-whole-addresses = Ver e-mails completos
chat-change-address = Cambiar e-mail

# Joining.
chat-join-heading = Entrar al chat
chat-join-text = Tu e-mail se muestra junto a tus mensajes. Nadie lo verifica: cualquiera puede escribir con cualquier e-mail.
chat-email = E-mail
chat-email-missing = Ingresá tu e-mail para entrar.
chat-email-bad = No parece un e-mail. Ejemplo: ana@example.com
chat-join-action = Entrar al chat
chat-join-leave = Volver a la tienda

# Messages being sent.
chat-sending = Enviando
chat-failed = No se envió.
chat-outbox-full = Hay { $count } mensajes por enviar. Este queda acá hasta que salga alguno.
chat-send-again = Enviar de nuevo
chat-discard = Descartar
chat-deleted = Mensaje eliminado
chat-new =
    { $count ->
        [one] 1 mensaje nuevo
       *[other] { $count } mensajes nuevos
    }
chat-count-left = Quedan { $count } caracteres
chat-too-long = Sobran { $count } caracteres
chat-rate-limited = Vas muy rápido. El mensaje sale en un momento.
chat-muted = No podés escribir por un tiempo.
chat-unavailable = No podemos guardar mensajes en este momento.
