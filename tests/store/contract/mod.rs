//! The contract: a file per noun, a function per rule, and the one list of them all.

pub(crate) mod cart_refusals;
pub(crate) mod carts;
pub(crate) mod chat;
pub(crate) mod chunks;
pub(crate) mod feed;
pub(crate) mod feed_load;
pub(crate) mod feed_past;
pub(crate) mod hold_ends;
pub(crate) mod hold_sales;
pub(crate) mod holds;
pub(crate) mod keys;
pub(crate) mod lifecycle;
pub(crate) mod listing;
pub(crate) mod mutes;
pub(crate) mod orders;
pub(crate) mod product_updates;
pub(crate) mod products;
pub(crate) mod purchases;
pub(crate) mod rushes;
pub(crate) mod search;
pub(crate) mod thumbnails;
pub(crate) mod upserts;

/// Makes a test of every rule, for the kind of place that the expression makes. A rule that is not
/// listed here is dead code, and the compiler says so.
macro_rules! every_rule {
    ($place:expr) => {
        store_tests! { $place;
            products {
                a_new_product_reads_back_as_it_was_made
                every_product_gets_an_id_of_its_own
                zero_and_false_are_stored
                the_largest_numbers_are_stored
                prices_are_exact
                the_longest_texts_are_stored
                any_text_is_kept_as_it_is
                a_second_product_with_a_code_is_refused
                of_parallel_creations_with_one_code_one_wins
                codes_differ_by_every_character
                an_unknown_product_is_not_found
                a_deleted_product_is_returned_and_gone
                a_deletion_of_another_version_is_refused
                of_parallel_deletions_one_wins
            }
            product_updates {
                an_update_changes_what_it_names_and_nothing_else
                an_update_to_zero_false_and_nothing_is_stored
                the_version_grows_also_when_nothing_differs
                an_update_of_the_expected_version_succeeds
                an_update_of_another_version_is_refused_with_the_current_one
                an_update_to_a_taken_code_changes_nothing
                a_product_may_be_given_its_own_code
                a_code_that_was_let_go_is_free
                parallel_updates_all_count
                parallel_updates_of_different_fields_lose_nothing
                of_parallel_updates_of_one_version_one_wins
                of_parallel_renames_to_one_code_one_wins
            }
            upserts {
                a_batch_makes_and_changes_products_by_their_codes
                what_a_row_leaves_out_stays
                a_row_that_says_what_is_so_writes_nothing
                a_refused_row_hinders_no_other
                a_preview_says_what_would_be_and_writes_nothing
                images_that_a_row_takes_away_are_named
                every_change_of_a_batch_is_told_in_its_order
                parallel_batches_of_the_same_codes_make_each_product_once
                the_largest_batch_is_stored
                a_walk_goes_by_codes_and_sees_every_product_once
            }
            thumbnails {
                new_thumbnails_stand_behind_those_there
                a_product_has_twenty_thumbnails_at_most
                parallel_thumbnails_all_count_up_to_the_bound
                a_removed_thumbnail_leaves_the_others_in_order
                a_thumbnail_that_is_not_there_is_not_found
                thumbnails_of_an_unknown_product_are_not_found
                thumbnails_in_use_are_those_that_some_product_has
            }
            listing {
                sound_products_are_nothing_to_mend
                an_empty_catalogue_has_an_empty_page
                products_are_listed_by_id
                pages_show_every_product_once
                a_page_beyond_the_last_is_empty_with_the_right_total
                every_field_sorts_upwards_with_ties_by_id
                every_field_sorts_downwards_with_ties_by_id
                pages_of_equal_products_show_each_once
                a_filter_by_text_takes_exactly_that_text
                a_filter_by_status_parts_the_catalogue
                a_filter_by_stock_means_at_least
                a_filter_by_price_is_exact
                all_filters_and_the_search_must_hold
                two_filters_of_one_field_must_both_hold
                a_total_counts_all_pages_of_what_matches
            }
            search {
                a_search_looks_into_title_description_and_code
                every_character_of_a_search_is_literal
                letter_case_does_not_count
                accents_count
                case_folds_as_the_domain_folds_it
                a_search_never_matches_across_fields
                a_search_of_any_length_finds
                a_search_knows_every_update
            }
            chunks {
                an_empty_catalogue_is_one_empty_part
                a_walk_sees_every_product_once
                a_part_that_takes_all_leaves_none
                a_walk_over_some_products_sees_only_those
                a_walk_over_no_products_is_empty
                a_walk_may_be_limited_to_very_many_products
                a_walk_among_changes_sees_what_stays
                categories_are_distinct_and_in_order
                a_category_without_products_is_none
                two_hundred_categories_are_told
            }
            carts {
                a_new_cart_is_empty
                a_new_cart_keeps_the_order_of_its_lines
                ids_of_carts_cannot_be_guessed
                an_unknown_cart_is_not_found
                adding_sums_units_in_the_product_s_line
                parallel_additions_to_one_line_all_count
                parallel_additions_of_different_products_all_count
                parallel_additions_stop_at_the_stock
                setting_a_line_replaces_its_units_in_its_place
                replacing_takes_the_new_lines_in_their_order
                replacing_by_no_lines_empties_the_cart
                a_removed_line_leaves_the_others_in_order
                a_line_that_is_not_there_is_not_found
                carts_do_not_touch_each_other
                a_cart_shows_its_products_as_they_are_now
                a_total_sums_all_lines
                a_deleted_product_is_dropped_and_told_until_the_next_change
                every_change_forgets_deleted_products
                the_line_of_a_deleted_product_can_be_removed
            }
            cart_refusals {
                an_unknown_product_does_not_go_into_a_cart
                a_product_not_for_sale_does_not_go_into_a_cart
                more_than_the_stock_does_not_go_into_a_cart
                a_sold_out_product_does_not_go_into_a_cart
                the_whole_stock_goes_into_a_cart
                an_addition_counts_what_the_line_has
                one_bad_line_refuses_all_lines
                a_line_that_became_short_stays_and_hinders_no_other
                a_line_that_went_off_sale_stays_and_can_be_removed
                a_cart_has_a_hundred_lines_at_most
                a_deleted_product_makes_room_in_a_full_cart
                parallel_new_lines_stop_at_the_bound
            }
            purchases {
                a_purchase_takes_stock_writes_the_order_and_empties_the_cart
                a_purchase_is_at_the_price_of_its_moment
                lines_keep_the_order_of_the_cart
                an_unknown_cart_buys_nothing
                an_empty_cart_buys_nothing
                a_cart_is_bought_once
                a_short_cart_takes_nothing_and_names_every_short_line
                what_is_not_for_sale_is_not_sold
                the_last_unit_can_be_bought
                another_price_than_the_buyer_saw_is_refused
                a_part_sells_whole_lines_and_leaves_the_others
                a_part_of_which_all_can_be_had_leaves_nothing
                a_part_of_which_nothing_can_be_had_is_refused
                a_deleted_product_is_dropped_and_told
                a_cart_of_deleted_products_is_empty
                a_hundred_lines_are_bought_at_once
                a_purchase_is_told_as_changes_of_its_products_and_its_cart
                a_refused_purchase_tells_nothing
            }
            rushes {
                parallel_buyers_of_one_product_buy_exactly_what_there_is
                parallel_buyers_of_several_units_never_oversell
                parallel_purchases_of_one_cart_make_one_order
                parallel_carts_of_crossed_products_all_end
                parallel_purchases_and_changes_lose_nothing
                a_cart_that_is_changed_while_it_is_bought_loses_no_line
            }
            orders {
                an_order_reads_back_as_it_was_bought
                an_unknown_order_is_not_found
                an_order_outlives_its_products_and_their_changes
                ids_of_orders_cannot_be_guessed
                codes_of_orders_are_unique
                orders_are_listed_from_the_newest
                pages_of_orders_show_each_once
                filters_of_orders_must_all_hold
                a_cancellation_returns_the_stock
                a_second_cancellation_returns_nothing_more
                of_parallel_cancellations_one_returns_the_stock
                an_unknown_order_cannot_be_cancelled
                a_cancellation_passes_over_deleted_products
                a_returned_stock_stays_within_the_bound
                a_cancellation_is_told_as_changes_of_its_products
            }
            keys {
                every_request_is_done_once_and_answered_alike
                what_was_done_is_as_without_a_key
                another_request_with_the_key_is_a_mismatch
                keys_do_not_know_each_other
                a_final_refusal_is_an_answer_that_stays
                an_answer_without_an_effect_is_kept
                any_answer_is_kept_byte_for_byte
                parallel_requests_with_one_key_have_one_effect
                parallel_keys_of_one_cart_buy_it_once
            }
            mutes {
                a_mute_is_listed_until_it_is_over
                a_new_mute_takes_the_place_of_the_old
                a_mute_ends_once
            }
            chat {
                a_message_reads_back_as_it_was_stored
                any_words_are_kept_as_they_are
                authors_and_nonces_of_any_form_are_kept
                sequence_numbers_grow_with_every_message
                parallel_messages_have_one_order
                a_repeated_nonce_is_stored_once
                parallel_repeats_are_stored_once
                repeats_among_parallel_messages_disturb_none
                a_nonce_belongs_to_its_author
                nonces_differ_by_every_character
                without_a_nonce_every_message_is_stored
                an_empty_chat_has_no_history
                history_comes_in_parts_from_the_newest
                a_deleted_message_is_hidden
                the_number_of_a_deleted_message_stays_unused
                an_unknown_message_cannot_be_deleted
                of_parallel_deletions_of_a_message_one_wins
            }
            feed {
                every_kind_of_change_is_told_in_order
                every_change_has_a_position_of_its_own
                a_feed_from_now_tells_only_what_is_later
                two_feeds_tell_the_same_at_the_same_positions
                a_product_is_told_as_it_was_after_the_change_or_later
                a_change_that_is_read_at_once_has_its_product
                a_deletion_tells_the_version_after_the_last
                a_message_is_told_as_it_is_stored
                a_message_that_was_deleted_since_is_told_as_gone
                a_refused_write_tells_nothing
                reading_tells_nothing
                a_cart_of_many_changes_is_told_for_each
                a_closed_store_ends_its_feeds
            }
            feed_load {
                of_parallel_writes_each_is_told_once
                feeds_of_parallel_writes_agree
                a_snapshot_and_a_feed_opened_before_it_miss_nothing
                a_feed_read_late_misses_nothing
                a_feed_that_nobody_reads_holds_nothing_up
                a_feed_goes_back_as_far_as_asked_or_less
                a_feed_from_the_past_goes_on_without_a_hole
            }
        }
        place_tests! { $place;
            keys {
                a_key_is_known_after_opening_again
            }
            holds {
                nothing_is_kept_while_holds_are_off
                what_is_put_into_a_cart_is_kept_for_it
                every_change_of_a_line_changes_what_is_kept
                a_refused_change_keeps_nothing
                a_change_lets_all_holds_of_its_cart_last_longer
                a_line_without_a_hold_holds_whole_or_not_at_all
            }
            hold_ends {
                a_hold_that_is_over_ends_once_and_is_told
                holds_of_one_product_that_end_together_are_told_as_one
                of_parallel_ends_of_one_hold_one_counts
                a_new_set_holds_again
                a_change_first_ends_what_is_over
                a_change_does_not_revive_what_is_over
                a_hold_lasts_four_lengths_at_most
                a_deleted_product_takes_its_holds_along
                holds_are_there_after_opening_again
                carts_end_some_time_after_their_last_change
                a_cart_that_ends_frees_what_it_kept
            }
            hold_sales {
                a_held_cart_buys_when_all_else_is_gone
                nobody_buys_what_others_hold
                a_partial_purchase_keeps_the_holds_of_what_it_leaves
                the_oldest_holds_count_first_when_stock_is_set_below
                parallel_carts_never_keep_more_than_there_is
                parallel_changes_and_ends_leave_no_hold_behind
            }
            lifecycle {
                an_open_store_answers
                a_description_says_where_the_data_lies_and_no_secret
                everything_is_there_after_opening_again
                the_rules_go_on_after_opening_again
                positions_are_never_used_again
                positions_stay_after_opening_again
                a_closed_store_is_unavailable
                what_was_acknowledged_while_closing_is_there
                abandoned_calls_harm_no_other
            }
            feed_past {
                a_later_life_is_told_the_past_where_it_was_told_live
                what_no_feed_was_open_for_is_told_later
                every_life_knows_all_lives_before
                the_past_begins_behind_the_last_change_that_is_left_out
                the_past_is_told_while_others_write
                places_of_another_database_are_not_known
            }
        }
    };
}

/// Tests of rules about an open store.
macro_rules! store_tests {
    ($place:expr; $($noun:ident { $($rule:ident)+ })+) => {
        $($(
            #[test]
            fn $rule() {
                let place = $place;
                crate::place::run(async {
                    let store = place.open().await;
                    crate::contract::$noun::$rule(&store).await;
                    store.close().await;
                });
            }
        )+)+
    };
}

/// Tests of rules that open and close stores by themselves.
macro_rules! place_tests {
    ($place:expr; $($noun:ident { $($rule:ident)+ })+) => {
        $($(
            #[test]
            fn $rule() {
                let place = $place;
                crate::place::run(crate::contract::$noun::$rule(&place));
            }
        )+)+
    };
}
