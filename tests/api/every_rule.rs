//! The one list of all rules.

/// Makes a test of every rule, for the kind of place that the expression makes. A rule that is not
/// listed here is dead code, and the compiler says so.
macro_rules! every_rule {
    ($place:expr) => {
        app_tests! { $place;
            products {
                a_new_product_has_every_member
                a_product_reads_back_by_its_location
                a_read_is_never_not_modified
                nothing_zero_and_false_are_values
                the_largest_values_are_taken
                prices_are_exact
                texts_of_any_kind_are_kept
                a_taken_code_is_a_conflict
                an_unknown_or_malformed_id_is_not_found
                a_deleted_product_is_gone
                the_servers_own_members_are_ignored
                parallel_posts_of_one_code_make_one_product
            }
            product_fields {
                what_is_missing_is_named
                every_bad_member_is_named_at_once
                values_beyond_their_bounds_are_refused
                values_of_another_type_are_refused
                null_is_a_bad_value
                unknown_members_are_named
                a_thumbnail_must_be_an_uploaded_image
            }
            product_updates {
                a_change_touches_what_it_names
                each_member_can_be_changed
                a_change_of_nothing_counts
                a_change_to_a_taken_code_is_a_conflict
                the_expected_version_is_changed
                another_version_is_left_alone
                a_version_is_no_matter_where_there_is_no_product
                of_parallel_changes_of_one_version_one_wins
                parallel_changes_of_different_members_lose_nothing
            }
            requests {
                a_body_that_is_no_json_object_is_refused
                an_empty_body_has_no_members
                another_content_type_is_refused
                json_may_be_declared_in_several_ways
                a_form_is_read_as_texts
                a_bad_form_names_its_fields
                a_large_body_is_refused
                letter_case_and_trailing_slashes_do_not_matter
                a_head_is_a_get_without_its_body
                another_method_is_told_so
                an_unknown_address_of_the_api_is_not_found
                every_answer_forbids_sniffing
            }
            listing {
                an_empty_catalogue_is_an_empty_page
                a_middle_page_knows_both_neighbours
                a_page_beyond_the_last_is_empty_and_leads_back
                links_keep_the_other_parameters
                a_walk_along_the_links_sees_everything_once
                ten_are_shown_unless_more_are_asked_for
                every_order_is_kept
                every_filter_filters
                a_search_is_literal
                every_bad_parameter_is_named
                the_longest_search_is_taken
                the_cursor_resumes_behind_what_the_page_shows
            }
            carts {
                a_new_cart_is_empty
                cart_ids_are_random
                a_cart_is_made_with_its_lines
                an_add_adds
                a_set_sets
                a_replacement_replaces
                lines_are_removed_and_carts_emptied
                a_cart_shows_its_products_of_now
                a_deleted_product_leaves_a_warning
                the_version_counts_changes
                parallel_adds_all_count_up_to_the_stock
            }
            cart_refusals {
                more_than_there_is_names_what_there_is
                what_is_sold_out_is_refused
                what_is_not_for_sale_is_refused
                bad_quantities_are_named
                bad_lines_are_named
                unknown_members_are_named
                unknown_carts_and_products_are_not_found
                a_cart_has_a_hundred_lines_at_most
            }
            messages {
                a_new_message_has_every_member
                the_text_may_be_called_text
                an_empty_chat_has_an_empty_history
                the_history_is_walked_backwards
                fifty_are_shown_unless_more_are_asked_for
                bad_parameters_are_named
                bad_members_are_named
                the_longest_message_is_taken
                a_deleted_message_leaves_its_number_unused
                an_unknown_message_is_not_found
            }
        }
    };
}

/// Tests of rules for a shop that runs.
macro_rules! app_tests {
    ($place:expr; $($noun:ident { $($rule:ident)+ })+) => {
        $(mod $noun {
            $(#[test]
            fn $rule() {
                let place = $place;
                let app = crate::app::TestApp::start(&place, &[]);
                crate::app::run(crate::$noun::$rule(&app));
            })+
        })+
    };
}

/// Tests of rules that start shops by themselves, or look where the data lies.
macro_rules! place_tests {
    ($place:expr; $($noun:ident { $($rule:ident)+ })+) => {
        $(mod $noun {
            $(#[test]
            fn $rule() {
                let place = $place;
                crate::app::run(crate::$noun::$rule(&place));
            })+
        })+
    };
}
