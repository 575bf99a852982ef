//! Transactions that never end.

use super::{open, with_database};
use crate::domain::chat_message::NewChatMessage;
use crate::domain::email::Email;
use crate::store::mongo::chat_counter::take_numbers;
use crate::store::typed_commands::TypedCommands;

#[test]
fn an_abandoned_transaction_blocks_no_other() {
    with_database(async |url, _| {
        let store = open(&url).await;
        let db = store.db.clone();
        let abandon = async move {
            let mut transaction = db.sessions.begin().await?;
            take_numbers(&db, 1, &mut transaction.session).await?;
            // Its counter stays locked at the server, as if the process had died.
            std::mem::forget(transaction.session);
            Ok(())
        };
        store
            .driver
            .run(abandon)
            .await
            .expect("an open transaction");

        let user = Email::parse("ana@example.com").expect("an e-mail address");
        let message = NewChatMessage::new(user, "hello".into(), None).expect("a message");
        let appended = store.append_message(message).await.expect("appended");
        assert_eq!(appended.message.seq, 1);
    });
}
