//! Tests of the public interfaces over real HTTP and real sockets.
//!
//! A rule is written once and becomes a test on each store; rules about sockets run on each sink
//! too. Tests that do not depend on the store run once. `VITRINA_TEST_MONGODB` names the MongoDB
//! server, which must be a replica set; without it the tests on MongoDB do not run.

mod api_documents;
mod app;
mod fixtures;
mod reply;
mod socket;
mod test_store;

#[macro_use]
mod every_rule;

mod cart_forms;
mod cart_refusals;
mod cart_watch;
mod carts;
mod chat;
mod chat_refusals;
mod close_frames;
mod frame_bombs;
mod frame_cases;
mod frames;
mod handshakes;
mod health;
mod heartbeat;
mod holds;
mod hostile_images;
mod hostile_text;
mod hubs;
mod idempotency;
mod image_files;
mod imports;
mod injection;
mod listing;
mod login_load;
mod messages;
mod metrics;
mod mutes;
mod orders;
mod pages;
mod preferences;
mod presence;
mod product_fields;
mod product_stream;
mod product_updates;
mod products;
mod purchase_forms;
mod purchases;
mod rates;
mod requests;
mod resume;
mod snapshots;
mod upgrades;
mod upload_refusals;
mod uploads;
mod workers;

mod access;
mod admin;
mod busy_file;
mod former_version;
mod limits;
mod outside_edits;
mod panicking_store;
mod panics;
mod process;
mod program;
mod sales;
mod site;
mod slow_clients;
mod smuggling;
mod stuck_store;
mod unauthorized;

use vitrina_test_support::{command, figure, random};

mod sqlite {
    every_rule!(Some(TestStore::sqlite()));
    every_socket_rule!(Some(TestStore::sqlite()));
    every_frame_case!(Some(TestStore::sqlite()));

    store_tests! { Some(TestStore::sqlite());
        busy_file {
            a_failed_write_reaches_no_socket
        }
        holds {
            nothing_is_held_without_the_flag
            a_held_line_shows_its_expiry
            a_held_cart_can_buy_the_last_units
            a_replayed_add_is_held_once
            holds_change_availability_on_every_page
            affected_carts_are_notified_when_a_hold_expires
            holds_survive_a_restart_and_end_when_turned_off
        }
        sales {
            a_sale_reaches_every_page
            a_lost_response_is_replayed_after_a_restart
        }
        heartbeat {
            only_a_silent_socket_is_closed
        }
    }
}

/// Frames are sent as the response body; everywhere else the sink is the default, the direct one.
mod response {
    every_socket_rule!(Some(TestStore::sqlite().with_sink("response")));
    every_frame_case!(Some(TestStore::sqlite().with_sink("response")));
}

mod mongo {
    every_rule!(TestStore::mongo());
    every_socket_rule!(TestStore::mongo());

    store_tests! { TestStore::mongo();
        outside_edits {
            a_product_is_followed_from_insert_to_delete
            an_edit_of_the_shops_own_product_is_sent
            bulk_edits_are_all_sent
            invalid_documents_are_sent
            other_collections_are_ignored
            a_foreign_message_is_numbered_and_sent
            a_deletion_of_the_shops_own_message_is_sent
            two_nodes_are_one_shop
            a_client_resumes_on_a_node_that_starts_later
        }
        holds {
            nothing_is_held_without_the_flag
            a_held_line_shows_its_expiry
            a_held_cart_can_buy_the_last_units
            a_replayed_add_is_held_once
            holds_change_availability_on_every_page
            affected_carts_are_notified_when_a_hold_expires
            holds_survive_a_restart_and_end_when_turned_off
            one_of_two_nodes_expires_a_hold
        }
        sales {
            a_sale_reaches_every_page
            a_lost_response_is_replayed_after_a_restart
            a_lost_response_is_replayed_by_another_node
            two_nodes_sell_exactly_the_stock
        }
    }
}
