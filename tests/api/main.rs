//! The public surface, spoken to over real HTTP and real sockets.
//!
//! A rule is written once and becomes a test on each store, and one about sockets on each sink too; what no store has a part in is tested
//! once. MongoDB must be a replica set: `VITRINA_TEST_MONGODB` names its server.

mod app;
mod described;
mod goods;
mod place;
mod reply;
mod socket;

#[macro_use]
mod every_rule;

mod cart_forms;
mod cart_refusals;
mod carts;
mod chat;
mod chat_refusals;
mod farewells;
mod figures;
mod frame_bombs;
mod frame_cases;
mod frames;
mod handshakes;
mod health;
mod holds;
mod hostile_images;
mod hostile_text;
mod hubs;
mod idempotency;
mod image_files;
mod imports;
mod injection;
mod listing;
mod live_carts;
mod log_ins;
mod messages;
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
mod signs_of_life;
mod snapshots;
mod upgrades;
mod upload_refusals;
mod uploads;
mod workers;

mod access;
mod admin;
mod busy_file;
#[path = "../../benches/rest/command.rs"]
mod command;
#[path = "../battery/figure.rs"]
mod figure;
mod limits;
mod outside_edits;
mod panics;
mod process;
mod program;
#[path = "../simulation/random.rs"]
mod random;
mod sales;
mod site;
mod slow_clients;
mod smuggling;
mod stalls;
mod strangers;
mod trapped;

mod sqlite {
    every_rule!(crate::place::Place::sqlite());
    every_socket_rule!(crate::place::Place::sqlite());
    every_frame_case!(crate::place::Place::sqlite());

    place_tests! { crate::place::Place::sqlite();
        busy_file {
            a_write_that_fails_is_told_to_nobody
        }
        holds {
            nothing_is_held_without_the_flag
            a_line_says_until_when_it_is_held
            a_held_cart_buys_when_all_else_is_gone
            what_is_asked_for_under_a_key_is_held_once
            every_page_is_told_what_holds_take_and_give_back
            the_carts_concerned_are_told_when_a_hold_runs_out
            holds_outlive_a_restart_and_end_when_they_are_off
        }
        sales {
            a_sale_is_told_to_every_page
            a_lost_answer_is_given_again_after_a_restart
        }
        signs_of_life {
            who_gives_none_is_closed_and_nobody_else
        }
    }
}

/// Frames leave as the response's body; everywhere else the sink is the default, the direct one.
mod response {
    every_socket_rule!(crate::place::Place::sqlite().with_sink("response"));
    every_frame_case!(crate::place::Place::sqlite().with_sink("response"));
}

mod mongo {
    every_rule!(crate::place::Place::mongo());
    every_socket_rule!(crate::place::Place::mongo());

    place_tests! { crate::place::Place::mongo();
        outside_edits {
            a_product_is_followed_from_insert_to_delete
            an_edit_of_a_shops_own_product_is_told
            many_edits_of_one_command_are_all_told
            documents_that_break_rules_are_told_too
            other_collections_are_nobodys_business
            a_message_of_another_program_is_numbered_and_told
            a_deletion_of_a_shops_own_message_is_told
            two_nodes_are_one_shop
            a_reader_goes_on_at_a_node_that_starts_later
        }
        holds {
            nothing_is_held_without_the_flag
            a_line_says_until_when_it_is_held
            a_held_cart_buys_when_all_else_is_gone
            what_is_asked_for_under_a_key_is_held_once
            every_page_is_told_what_holds_take_and_give_back
            the_carts_concerned_are_told_when_a_hold_runs_out
            holds_outlive_a_restart_and_end_when_they_are_off
            of_two_nodes_one_ends_a_hold
        }
        sales {
            a_sale_is_told_to_every_page
            a_lost_answer_is_given_again_after_a_restart
            a_lost_answer_is_given_again_by_another_node
            two_nodes_sell_exactly_what_there_is
        }
    }
}
