//! Transactions that nobody ends.

use super::{open, with_database};
use crate::domain::chat_message::NewChatMessage;
use crate::domain::email::Email;
use crate::store::typed_commands::TypedCommands;
use crate::store::ChatStore;

#[test]
fn a_transaction_that_was_left_behind_holds_nothing_up() {
    with_database(async |url, _| {
        let store = open(&url).await;
        let collections = store.collections.clone();
        let left_behind = async move {
            let mut transaction = collections.sessions.begin().await?;
            let session = &mut transaction.session;
            collections.take_numbers(1, session).await?;
            // Its counter stays locked at the server, as when the process or the network dies.
            std::mem::forget(transaction.session);
            Ok(())
        };
        store.driver.run(left_behind).await.expect("left behind");

        let user = Email::parse("ana@example.com").expect("an address");
        let message = NewChatMessage::new(user, "hello".into(), None).expect("a message");
        let appended = store.append_message(message).await.expect("appended");
        assert_eq!(appended.message.seq, 1);
    });
}
