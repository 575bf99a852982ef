//! The contract: a file per topic, a function per rule, and the list of all rules.

pub(crate) mod cart_refusals;
pub(crate) mod carts;
pub(crate) mod chat;
pub(crate) mod feed;
pub(crate) mod feed_load;
pub(crate) mod feed_replay;
pub(crate) mod hold_expiry;
pub(crate) mod hold_sales;
pub(crate) mod holds;
pub(crate) mod idempotency;
pub(crate) mod lifecycle;
pub(crate) mod marks;
pub(crate) mod mutes;
pub(crate) mod orders;
pub(crate) mod parallel_purchases;
pub(crate) mod product_updates;
pub(crate) mod products;
pub(crate) mod purchases;
pub(crate) mod thumbnails;
pub(crate) mod upserts;

/// Makes a test of every rule on the store of the expression. A rule that is not listed is unused,
/// and the compiler warns about it.
macro_rules! every_rule {
    ($test_store:expr) => {
        store_tests! { $test_store;
            products {
                a_new_product_is_read_back_unchanged
                every_product_has_its_own_id
                zero_and_false_are_stored
                the_largest_numbers_are_stored
                prices_are_exact
                the_longest_strings_are_stored
                any_string_is_stored_unchanged
                a_second_product_with_a_code_is_refused
                one_of_parallel_creations_with_one_code_succeeds
                codes_differ_by_every_character
                an_unknown_product_is_not_found
                a_deleted_product_is_returned_and_gone
                a_deletion_of_another_version_is_refused
                one_of_parallel_deletions_succeeds
            }
            product_updates {
                an_update_changes_only_the_named_fields
                zero_false_and_empty_updates_are_stored
                an_update_without_a_difference_raises_the_version
                an_update_of_the_expected_version_succeeds
                an_update_of_another_version_is_refused_with_the_current_one
                an_update_to_a_taken_code_changes_nothing
                a_product_may_be_given_its_own_code
                a_released_code_can_be_used_again
                parallel_updates_all_count
                parallel_updates_of_different_fields_lose_nothing
                one_of_parallel_updates_of_one_version_succeeds
                one_of_parallel_renames_to_one_code_succeeds
            }
            upserts {
                a_batch_creates_and_changes_products_by_code
                missing_fields_of_a_row_are_unchanged
                a_row_without_a_difference_writes_nothing
                a_refused_row_does_not_affect_the_others
                a_preview_has_the_same_results_and_writes_nothing
                images_dropped_by_a_row_are_returned
                changes_of_a_batch_are_in_the_feed_in_order
                parallel_batches_of_the_same_codes_create_each_product_once
                the_largest_batch_is_stored
                a_walk_returns_every_product_once_in_the_order_of_codes
            }
            thumbnails {
                new_thumbnails_are_appended
                a_product_has_twenty_thumbnails_at_most
                parallel_thumbnails_all_count_up_to_the_limit
                a_removed_thumbnail_leaves_the_others_in_order
                an_unknown_thumbnail_is_not_found
                thumbnails_of_an_unknown_product_are_not_found
                thumbnails_of_any_product_are_in_use
            }
            carts {
                a_new_cart_is_empty
                a_new_cart_keeps_the_order_of_its_lines
                ids_of_carts_cannot_be_guessed
                an_unknown_cart_is_not_found
                adding_a_product_again_sums_its_units
                parallel_additions_to_one_line_all_count
                parallel_additions_of_different_products_all_count
                parallel_additions_stop_at_the_stock
                setting_a_line_keeps_its_place
                replacing_keeps_the_order_of_the_new_lines
                replacing_by_no_lines_empties_the_cart
                a_removed_line_leaves_the_others_in_order
                a_missing_line_is_not_found
                carts_are_independent
                a_cart_has_the_current_state_of_its_products
                a_total_sums_all_lines
                a_deleted_product_is_reported_until_the_next_change
                every_change_removes_deleted_products
                the_line_of_a_deleted_product_can_be_removed
            }
            cart_refusals {
                an_unknown_product_cannot_be_added
                a_product_not_for_sale_cannot_be_added
                more_than_the_stock_cannot_be_added
                a_sold_out_product_cannot_be_added
                the_whole_stock_can_be_added
                an_addition_includes_the_units_of_the_line
                one_bad_line_refuses_all_lines
                a_line_above_the_stock_stays_and_does_not_block_others
                a_line_not_for_sale_stays_and_can_be_removed
                a_cart_has_a_hundred_lines_at_most
                a_deleted_product_makes_room_in_a_full_cart
                parallel_new_lines_stop_at_the_limit
            }
            purchases {
                a_purchase_reduces_stock_writes_the_order_and_empties_the_cart
                a_purchase_uses_the_current_prices
                lines_keep_the_order_of_the_cart
                an_unknown_cart_cannot_be_bought
                an_empty_cart_cannot_be_bought
                a_cart_is_bought_once
                an_unavailable_line_refuses_the_purchase_and_all_are_reported
                a_product_not_for_sale_is_not_sold
                the_last_unit_can_be_bought
                a_changed_price_is_refused
                a_partial_purchase_sells_available_lines_and_leaves_the_others
                a_partial_purchase_of_available_lines_leaves_nothing
                a_partial_purchase_without_available_lines_is_refused
                a_deleted_product_is_reported_as_dropped
                a_cart_of_deleted_products_is_empty
                a_hundred_lines_are_bought_at_once
                a_purchase_changes_its_products_and_its_cart_in_the_feed
                a_refused_purchase_has_no_change_in_the_feed
            }
            parallel_purchases {
                parallel_buyers_of_one_product_buy_exactly_the_stock
                parallel_buyers_of_several_units_never_oversell
                parallel_purchases_of_one_cart_make_one_order
                parallel_carts_with_crossed_products_do_not_deadlock
                parallel_purchases_and_changes_lose_nothing
                a_cart_changed_during_its_purchase_loses_no_line
            }
            orders {
                an_order_is_read_back_unchanged
                an_unknown_order_is_not_found
                an_order_outlives_its_products_and_their_changes
                ids_of_orders_cannot_be_guessed
                codes_of_orders_are_unique
                orders_are_listed_from_the_newest
                pages_of_orders_show_each_once
                filters_of_orders_must_all_match
                a_cancellation_returns_the_stock
                a_second_cancellation_returns_nothing_more
                one_of_parallel_cancellations_returns_the_stock
                an_unknown_order_cannot_be_cancelled
                a_cancellation_skips_deleted_products
                a_returned_stock_stays_within_the_limit
                a_cancellation_changes_its_products_in_the_feed
            }
            idempotency {
                every_command_is_executed_once_and_replayed
                a_key_does_not_change_the_effect
                another_request_with_the_key_is_a_mismatch
                keys_are_independent
                a_refusal_is_replayed
                a_conclusion_without_an_effect_is_saved
                conclusions_of_any_size_are_saved_whole
                parallel_requests_with_one_key_have_one_effect
                parallel_keys_of_one_cart_buy_it_once
            }
            mutes {
                a_mute_is_listed_until_it_expires
                a_new_mute_replaces_the_old_one
                a_mute_ends_once
            }
            chat {
                a_message_is_read_back_unchanged
                any_message_is_stored_unchanged
                any_author_and_nonce_are_stored_unchanged
                sequence_numbers_grow_with_every_message
                parallel_messages_have_one_order
                a_repeated_nonce_is_stored_once
                parallel_repeats_are_stored_once
                repeats_do_not_affect_parallel_messages
                a_nonce_belongs_to_its_author
                nonces_differ_by_every_character
                without_a_nonce_every_message_is_stored
                an_empty_chat_has_no_history
                history_comes_in_parts_from_the_newest
                a_deleted_message_is_hidden
                the_number_of_a_deleted_message_stays_unused
                an_unknown_message_cannot_be_deleted
                one_of_parallel_deletions_of_a_message_succeeds
            }
            feed {
                every_kind_of_change_is_in_the_feed_in_order
                every_change_has_its_own_position
                a_feed_from_now_has_only_later_changes
                feeds_have_the_same_changes_at_the_same_positions
                a_product_in_the_feed_is_never_older_than_its_change
                a_change_that_is_read_at_once_has_its_own_product
                a_deletion_has_the_version_after_the_last
                a_message_in_the_feed_is_as_stored
                a_message_that_was_deleted_since_may_be_missing
                a_refused_write_has_no_change_in_the_feed
                a_read_has_no_change_in_the_feed
                every_change_of_a_cart_is_in_the_feed
                a_closed_store_ends_its_feeds
            }
            marks {
                an_acknowledged_write_is_delivered_with_its_mark
                a_feed_starts_at_the_mark_of_what_is_before_it
                many_changes_are_delivered_with_the_last_mark
            }
            feed_load {
                every_parallel_write_is_in_the_feed_once
                feeds_of_parallel_writes_agree
                a_snapshot_and_a_feed_opened_before_it_miss_nothing
                a_feed_read_late_misses_nothing
                an_unread_feed_blocks_nothing
                a_backlog_is_at_most_as_long_as_requested
                a_feed_continues_its_backlog_without_a_gap
            }
        }
        test_store_tests! { $test_store;
            idempotency {
                records_survive_a_restart
            }
            holds {
                nothing_is_held_while_holds_are_off
                units_in_a_cart_are_held_for_it
                every_change_of_a_line_changes_the_held_units
                a_refused_change_holds_nothing
                a_change_extends_all_holds_of_its_cart
                a_line_holds_all_its_units_or_none
            }
            marks {
                holds_are_delivered_with_their_mark
            }
            hold_expiry {
                a_due_hold_expires_once_and_is_in_the_feed
                holds_of_a_product_that_expire_together_are_one_change
                one_of_parallel_expiries_of_a_hold_counts
                setting_a_line_again_holds_it_again
                a_change_first_expires_due_holds
                a_change_does_not_revive_a_due_hold
                a_hold_lasts_four_lengths_at_most
                a_deleted_product_has_no_holds
                holds_survive_a_restart
                carts_expire_after_their_last_change
                an_expired_cart_frees_its_held_units
            }
            hold_sales {
                a_cart_with_holds_can_buy_when_the_rest_is_sold
                units_held_for_others_cannot_be_bought
                a_partial_purchase_keeps_the_holds_of_other_lines
                the_oldest_holds_come_first_when_the_stock_is_lowered
                parallel_carts_never_hold_more_than_the_stock
                parallel_changes_and_expiries_leave_no_hold
            }
            lifecycle {
                an_open_store_answers_a_ping
                a_description_names_the_data_without_secrets
                everything_survives_a_restart
                the_rules_continue_after_a_restart
                positions_are_never_used_again
                positions_survive_a_restart
                a_closed_store_is_unavailable
                writes_acknowledged_during_closing_are_stored
                abandoned_calls_do_not_affect_others
            }
            feed_replay {
                a_restarted_store_replays_changes_at_the_same_positions
                changes_without_an_open_feed_are_replayed
                every_restart_replays_all_earlier_changes
                a_backlog_begins_after_the_last_omitted_change
                changes_are_replayed_during_parallel_writes
                positions_differ_between_databases
            }
        }
    };
}

/// Tests of rules that get an open store.
macro_rules! store_tests {
    ($test_store:expr; $($topic:ident { $($rule:ident)+ })+) => {
        $($(
            #[test]
            fn $rule() {
                let Some(test_store) = $test_store else { return };
                crate::test_store::run(async {
                    let store = test_store.open().await;
                    crate::contract::$topic::$rule(&store).await;
                    store.close().await;
                });
            }
        )+)+
    };
}

/// Tests of rules that open and close stores themselves.
macro_rules! test_store_tests {
    ($test_store:expr; $($topic:ident { $($rule:ident)+ })+) => {
        $($(
            #[test]
            fn $rule() {
                let Some(test_store) = $test_store else { return };
                crate::test_store::run(crate::contract::$topic::$rule(&test_store));
            }
        )+)+
    };
}
