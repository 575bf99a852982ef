//! The one list of all rules.

/// Makes a test of every rule but those about sockets, for the kind of place that the expression makes. A rule that is not
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
            injection {
                a_text_is_nothing_but_a_text
                an_operator_is_no_value
                a_member_that_nobody_asked_for_is_refused
                an_id_is_an_id
                a_number_has_its_bounds
                a_body_may_be_any_bytes
            }
            strangers {
                another_persons_things_stay_his
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
            purchases {
                a_purchase_answers_the_order
                a_form_buys_too
                an_order_stays_as_it_was
                a_cart_is_bought_once
                every_short_line_is_named
                a_part_is_sold_and_the_rest_is_left
                the_price_must_be_the_one_that_was_seen
                what_is_not_for_sale_is_not_bought
                a_deleted_product_is_told_by_a_warning
                bad_purchases_are_named
                parallel_buyers_get_exactly_what_there_is
            }
            orders {
                orders_are_listed_in_pages
                orders_are_filtered
                an_order_is_cancelled_once
                unknown_orders_are_not_found
            }
            idempotency {
                every_route_replays_its_first_answer
                another_body_or_query_is_a_mismatch
                a_key_counts_for_its_method_and_path
                final_refusals_are_replayed
                what_is_no_json_is_replayed_too
                answers_about_the_request_itself_are_not_kept
                a_key_has_its_bounds
                parallel_requests_with_a_key_buy_once
            }
            mutes {
                who_is_muted_reads_but_does_not_write
                mutes_are_listed_and_end
                a_mute_without_sense_is_refused
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
            pages {
                every_page_is_there
                an_empty_shop_has_pages_too
                the_files_of_a_page_are_there
                the_catalogue_filters_sorts_and_pages
                a_page_shows_two_hundred_products_at_most
                pages_connect_with_the_place_they_show
                what_is_not_there_is_a_helpful_page
                a_page_is_read_and_not_written
                assets_are_cached_by_their_address
                a_page_names_all_modules_that_it_will_run
            }
            cart_forms {
                the_first_add_makes_a_cart_and_its_cookie
                the_next_add_goes_into_the_same_cart
                a_cookie_of_no_cart_gets_a_new_one
                lines_are_set_removed_and_emptied
                a_refused_add_shows_the_product_again
                a_refused_set_shows_the_cart_again
                forms_for_what_is_not_there_are_told_so
                a_line_of_a_deleted_product_leaves_a_warning
                scripts_get_the_answers_of_the_api
            }
            purchase_forms {
                a_cart_is_bought_by_its_page
                a_form_that_is_sent_twice_buys_once
                a_refused_purchase_shows_the_cart_again
                what_can_be_had_is_bought_alone
                what_is_no_order_is_a_helpful_page
            }
            hostile_text {
                products_texts_are_escaped_on_every_page
                what_is_asked_for_is_escaped
                errors_of_the_api_repeat_no_markup_as_a_page
                a_long_field_name_is_not_repeated_whole
            }
            figures {
                metrics_are_sound_and_of_few_series
                what_happens_is_counted
                the_live_figures_tell_how_it_goes
                every_answer_names_its_request
            }
            health {
                a_shop_is_alive_and_ready
            }
        }
        place_tests! { $place;
            imports {
                rows_come_in_and_open_pages_are_told
                each_bad_row_is_told_by_line_and_field
                a_dry_run_writes_nothing
                what_is_no_file_of_rows_is_refused
                images_are_those_that_are_here an_image_that_a_row_took_away_is_gone_for_the_next
                one_import_runs_at_a_time
                what_came_before_a_cut_is_there_in_whole_rows
            }
            uploads {
                every_kind_of_image_is_taken
                every_field_name_will_do
                several_images_come_in_one_request
                names_are_made_harmless
                a_removed_thumbnail_takes_its_files_along
                a_deleted_product_takes_its_files_along
                a_dropped_name_takes_its_file_along
                a_file_goes_with_the_last_product_that_names_it
                what_a_person_put_there_stays
                images_outlive_a_restart
            }
            upload_refusals {
                an_upload_without_a_file_is_refused
                an_upload_that_is_no_multipart_is_refused
                an_upload_cut_short_is_refused
                what_is_no_image_is_refused
                one_bad_image_refuses_the_good_ones
                too_many_bytes_are_refused
                too_many_pixels_are_refused
                too_many_images_are_refused
                an_unknown_product_takes_no_image
                an_unknown_thumbnail_removes_nothing
                a_client_that_goes_leaves_nothing
            }
            image_files {
                variants_are_small_webp_images
                many_who_want_a_variant_get_the_same
                images_are_data_that_keeps
                no_address_leads_out_of_the_folders
                an_upload_is_never_a_page
            }
            hubs {
                with_dead_hubs_every_write_is_stored_and_answered
            }
            preferences {
                the_visitors_choice_comes_first
                the_sites_language_comes_last
                a_choice_is_kept_and_leads_back
                a_way_back_never_leaves_the_site
                what_is_no_choice_is_refused
                both_languages_have_every_page
            }
        }
    };
}

/// The same of every rule about sockets: they hold on each sink.
macro_rules! every_socket_rule {
    ($place:expr) => {
        app_tests! { $place;
            snapshots {
                an_empty_catalogue_is_one_empty_part
                a_snapshot_shows_what_rest_shows
                a_large_catalogue_comes_in_parts
                a_whole_part_leaves_no_empty_one
                the_snapshot_can_be_left_out
                unknown_ids_are_no_products
                many_ids_come_in_parts
                a_snapshot_among_changes_has_no_hole
            }
            upgrades {
                a_plain_get_is_told_to_upgrade
                a_bad_handshake_is_refused
                only_this_sites_pages_may_connect
                bad_ids_are_told_at_the_handshake
                odd_paths_lead_to_the_sockets_too
            }
            frames {
                a_binary_frame_closes_with_1003
                a_large_frame_closes_with_1009
                the_largest_frame_is_read
                text_that_is_no_text_closes_with_1007
                a_continuation_of_nothing_closes_with_1002
                what_comes_before_a_broken_frame_is_heard
                a_ping_is_answered
                a_goodbye_is_returned
                bad_sockets_do_not_harm_good_ones
            }
            chat {
                a_join_shows_who_is_there_and_what_was_said
                nothing_is_told_before_the_join
                a_message_reaches_all_and_its_sender
                a_message_without_a_mark_has_none
                messages_of_one_sender_stay_in_order
                a_repeat_is_stored_once_and_told_to_its_sender_alone
                the_history_is_given_in_parts
                a_deletion_is_told_and_leaves_the_history
                a_message_over_rest_reaches_the_sockets
                who_left_is_told_nothing_more
            }
            presence {
                who_comes_and_goes_is_told
                who_says_goodbye_is_told_too
                a_second_tab_is_no_second_person
                a_reload_is_neither_a_leave_nor_a_join
                somebody_else_on_the_same_socket_is_told
                many_who_come_at_once_are_told_in_one_list
                a_list_has_a_hundred_people_at_most
            }
            live_carts {
                a_page_is_told_its_cart_and_what_it_holds
                an_empty_cart_is_followed_too
                every_tab_is_told_of_every_change_of_the_lines
                what_others_do_to_its_goods_is_told_once_each
                carts_that_are_not_concerned_hear_nothing
                a_resumed_page_is_told_its_cart_as_it_is
                an_unknown_cart_is_told_at_the_handshake
            }
            chat_refusals {
                what_is_no_frame_is_a_bad_frame
                a_bad_address_cannot_join
                who_has_not_joined_cannot_speak
                bad_messages_are_refused_with_their_mark
                bad_marks_are_refused
                bad_bounds_of_the_history_are_refused
            }
        }
        place_tests! { $place;
            product_stream {
                every_change_is_told_in_order
                sentences_are_in_the_sites_language
                what_is_refused_is_not_told
                what_is_told_is_stored
                parallel_changes_of_one_product_are_told_in_their_order
                a_socket_for_some_products_hears_only_of_them
                a_product_socket_takes_no_orders
            }
            workers {
                all_sockets_hear_the_same_in_the_same_order
                viewers_are_counted
                all_hear_one_order
                people_of_all_workers_are_told_of_each_other
                a_place_that_one_worker_showed_is_known_to_all
            }
            resume {
                missed_frames_come_in_order_and_once
                every_place_resumes_behind_itself
                an_unknown_place_is_told_and_starts_anew
                a_place_of_another_shop_is_unknown
                a_resumed_socket_gets_no_snapshot_whatever_it_asks_for
                a_restart_is_no_hole
                the_first_place_of_all_outlives_restarts
                a_place_of_another_shop_is_unknown_after_a_restart_too
                the_chat_tells_what_was_missed_after_the_join
                an_unknown_place_in_the_chat_gets_the_history
            }
        }
    };
}

/// The same of every case of frames by hand: no store has a part in them, but each sink has.
macro_rules! every_frame_case {
    ($place:expr) => {
        app_tests! { $place;
            frame_cases {
                texts_and_binaries_of_any_size
                pings_and_pongs
                reserved_bits
                opcodes
                masks_and_lengths
                fragmentation
                valid_utf8
                invalid_utf8
                goodbyes
                close_codes
                texts_in_many_fragments
            }
            handshakes {
                another_version_is_told_ours
                a_key_that_is_none_is_refused
                a_line_that_comes_twice_is_refused
                another_method_or_an_older_http_is_refused
                a_head_opens_no_socket
                a_handshake_with_a_body_is_refused
                the_protocol_is_named_as_such
                extensions_and_protocols_are_not_taken
                a_handshake_may_come_in_pieces
                frames_in_the_packet_of_the_handshake_are_read
                half_a_frame_in_the_packet_of_the_handshake_is_completed
            }
        }
        place_tests! { $place;
            rates {
                messages_beyond_the_rate_are_refused_with_their_mark
                who_does_not_slow_down_is_closed
                a_storm_of_pings_is_closed
                a_flood_of_bytes_is_closed
                without_rates_only_sizes_are_refused
            }
            farewells {
                a_goodbye_is_returned_and_the_connection_ended
                a_peer_that_never_says_goodbye_is_dropped
                a_peer_that_ends_its_side_is_told_nothing_more
                a_stop_spreads_those_who_come_back
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
