//! The list of all rules. A rule that is missing here is dead code, which the compiler reports.

/// Makes a test of every rule except those about sockets, on the store that the expression makes:
/// an option, which is empty if the tests cannot run.
macro_rules! every_rule {
    ($store:expr) => {
        app_tests! { $store;
            products {
                a_new_product_has_every_member
                a_product_reads_back_by_its_location
                a_conditional_read_returns_the_product
                empty_zero_and_false_values_are_kept
                the_largest_values_are_accepted
                prices_are_exact
                strings_of_any_kind_are_kept
                a_taken_code_is_a_conflict
                an_unknown_or_malformed_id_is_not_found
                a_deleted_product_is_gone
                server_owned_members_are_ignored
                parallel_posts_of_one_code_make_one_product
            }
            product_fields {
                missing_members_are_named
                every_bad_member_is_named_at_once
                values_out_of_bounds_are_refused
                values_of_another_type_are_refused
                null_is_refused
                unknown_members_are_named
                a_thumbnail_must_be_an_uploaded_image
            }
            product_updates {
                a_change_touches_only_the_named_members
                each_member_can_be_changed
                an_empty_change_counts_as_a_version
                a_change_to_a_taken_code_is_a_conflict
                a_matching_version_is_changed
                another_version_is_not_changed
                an_expected_version_of_an_unknown_product_is_not_found
                one_of_parallel_changes_to_one_version_wins
                parallel_changes_of_different_members_lose_nothing
            }
            requests {
                a_body_that_is_not_a_json_object_is_refused
                an_empty_body_has_no_members
                another_content_type_is_refused
                json_may_be_declared_in_several_ways
                form_fields_are_parsed
                a_bad_form_names_its_fields
                a_large_body_is_refused
                letter_case_and_trailing_slashes_do_not_matter
                a_head_is_a_get_without_its_body
                other_methods_are_not_allowed
                unknown_api_paths_are_not_found
                every_response_forbids_sniffing
            }
            listing {
                an_empty_catalogue_is_an_empty_page
                a_middle_page_links_to_both_neighbours
                a_page_beyond_the_last_is_empty_and_links_back
                links_keep_the_other_parameters
                following_the_links_shows_each_product_once
                ten_products_are_shown_by_default
                every_sort_order_is_applied
                every_filter_is_applied
                a_search_is_literal
                every_bad_parameter_is_named
                the_longest_search_is_accepted
                the_cursor_of_a_page_resumes_after_its_products
            }
            injection {
                hostile_strings_are_stored_as_data
                operators_are_refused_as_values
                unexpected_members_are_refused
                malformed_ids_are_refused
                numbers_out_of_bounds_are_refused
                broken_bodies_are_refused
            }
            unauthorized {
                other_peoples_carts_and_orders_are_unreachable
            }
            carts {
                a_new_cart_is_empty
                cart_ids_are_random
                a_cart_is_created_with_its_lines
                an_add_increases_the_quantity
                a_set_replaces_the_quantity
                a_replacement_replaces_all_lines
                lines_are_removed_and_carts_emptied
                a_cart_shows_current_products
                a_deleted_product_leaves_a_warning
                the_version_counts_changes
                parallel_adds_all_count_up_to_the_stock
            }
            cart_refusals {
                exceeding_the_stock_names_the_available_units
                a_sold_out_product_is_refused
                a_product_not_for_sale_is_refused
                bad_quantities_are_named
                bad_lines_are_named
                unknown_members_are_named
                unknown_carts_and_products_are_not_found
                a_cart_has_a_hundred_lines_at_most
            }
            purchases {
                a_purchase_returns_the_order
                a_form_can_buy
                an_order_is_not_changed_by_product_edits
                a_cart_is_bought_once
                every_short_line_is_named
                a_partial_purchase_leaves_the_rest
                a_changed_total_is_refused
                a_product_not_for_sale_is_not_bought
                a_deleted_product_gives_a_warning
                bad_purchases_are_named
                parallel_buyers_get_exactly_the_stock
            }
            orders {
                orders_are_listed_in_pages
                orders_are_filtered
                an_order_is_cancelled_once
                unknown_orders_are_not_found
            }
            idempotency {
                every_route_replays_its_first_response
                another_body_or_query_is_a_mismatch
                a_key_is_scoped_to_its_method_and_path
                final_refusals_are_replayed
                a_refused_body_is_replayed
                errors_before_the_handler_are_not_saved
                keys_out_of_bounds_are_refused
                parallel_requests_with_a_key_buy_once
            }
            mutes {
                a_muted_person_reads_but_cannot_write
                mutes_are_listed_and_end
                an_invalid_mute_is_refused
            }
            messages {
                a_new_message_has_every_member
                text_is_an_alias_of_message
                an_empty_chat_has_an_empty_history
                the_history_is_paged_backwards
                fifty_messages_are_shown_by_default
                bad_parameters_are_named
                bad_members_are_named
                the_longest_message_is_accepted
                a_deleted_message_leaves_its_number_unused
                an_unknown_message_is_not_found
            }
            pages {
                every_page_is_served
                an_empty_shop_has_pages
                every_file_of_a_page_is_served
                the_catalogue_filters_sorts_and_pages
                a_page_shows_two_hundred_products_at_most
                pages_connect_with_the_cursor_they_show
                missing_pages_are_helpful
                pages_are_read_only
                assets_are_cached_by_their_address
                a_page_preloads_all_its_modules
            }
            cart_forms {
                the_first_add_makes_a_cart_and_its_cookie
                the_next_add_goes_into_the_same_cart
                an_unknown_cart_cookie_gets_a_new_cart
                lines_are_set_removed_and_emptied
                a_refused_add_shows_the_product_again
                a_refused_set_shows_the_cart_again
                forms_for_unknown_carts_and_products_are_not_found
                a_line_of_a_deleted_product_leaves_a_warning
                scripts_get_the_responses_of_the_api
            }
            purchase_forms {
                a_cart_is_bought_from_its_page
                a_form_that_is_sent_twice_buys_once
                a_refused_purchase_shows_the_cart_again
                only_available_lines_are_bought
                an_unknown_order_is_a_helpful_page
            }
            hostile_text {
                product_strings_are_escaped_on_every_page
                queries_and_paths_are_escaped
                api_errors_repeat_field_names_as_json
                a_long_field_name_is_not_repeated_whole
            }
            metrics {
                metrics_are_well_formed_with_few_series
                events_are_counted
                live_figures_show_the_servers_state
                every_response_has_a_request_id
            }
            health {
                a_shop_is_alive_and_ready
            }
        }
        store_tests! { $store;
            imports {
                imported_rows_reach_open_pages
                each_bad_row_is_reported_by_line_and_field
                a_dry_run_writes_nothing
                an_unreadable_file_is_refused
                only_uploaded_images_are_accepted an_image_removed_by_one_row_is_unknown_to_the_next
                one_import_runs_at_a_time
                rows_before_a_disconnect_are_stored_whole
            }
            uploads {
                every_kind_of_image_is_accepted
                alternative_field_names_are_accepted
                several_images_come_in_one_request
                names_are_made_harmless
                removing_a_thumbnail_deletes_its_files
                deleting_a_product_deletes_its_files
                dropping_a_name_deletes_its_file
                a_shared_file_is_deleted_with_its_last_product
                manually_placed_images_are_served
                images_survive_a_restart
            }
            upload_refusals {
                an_upload_without_a_file_is_refused
                an_upload_that_is_not_multipart_is_refused
                an_upload_cut_short_is_refused
                files_that_are_not_images_are_refused
                one_bad_image_refuses_the_good_ones
                too_many_bytes_are_refused
                too_many_pixels_are_refused
                too_many_images_are_refused
                an_unknown_product_gets_no_image
                an_unknown_thumbnail_removes_nothing
                a_disconnected_client_leaves_nothing
            }
            image_files {
                variants_are_small_webp_images
                parallel_requests_for_a_variant_get_the_same_bytes
                images_are_served_as_cacheable_data
                no_path_escapes_the_folders
                an_upload_is_never_a_page
            }
            hubs {
                writes_are_stored_while_hubs_are_dead
            }
            preferences {
                the_visitors_choice_comes_first
                the_sites_language_comes_last
                a_choice_is_saved_and_redirects_back
                redirects_never_leave_the_site
                unknown_choices_are_refused
                both_languages_have_every_page
            }
        }
    };
}

/// Makes a test of every rule about sockets: they hold on each sink.
macro_rules! every_socket_rule {
    ($store:expr) => {
        app_tests! { $store;
            snapshots {
                an_empty_catalogue_is_one_empty_part
                a_snapshot_equals_the_rest_list
                a_large_catalogue_comes_in_parts
                a_full_part_is_not_followed_by_an_empty_one
                the_snapshot_can_be_left_out
                unknown_ids_are_left_out
                many_ids_come_in_parts
                a_snapshot_during_changes_has_no_gap
            }
            upgrades {
                a_plain_get_requires_an_upgrade
                a_bad_handshake_is_refused
                only_this_sites_pages_may_connect
                bad_ids_fail_the_handshake
                path_variants_open_sockets
            }
            frames {
                a_binary_frame_closes_with_1003
                a_large_frame_closes_with_1009
                the_largest_frame_is_read
                invalid_utf8_closes_with_1007
                a_continuation_without_a_start_closes_with_1002
                frames_before_a_broken_one_are_handled
                a_ping_is_answered
                a_close_frame_is_returned
                bad_sockets_do_not_harm_good_ones
            }
            chat {
                a_join_returns_people_and_history
                nothing_is_sent_before_the_join
                a_message_reaches_all_and_its_sender
                a_message_without_a_nonce_has_none
                messages_of_one_sender_stay_in_order
                a_repeated_message_is_stored_once_and_returned_to_its_sender
                the_history_is_sent_in_parts
                a_deletion_is_sent_and_leaves_the_history
                a_message_over_rest_reaches_the_sockets
                nothing_is_sent_after_a_leave
            }
            presence {
                joins_and_disconnects_are_announced
                a_leave_is_announced
                a_second_tab_is_not_a_second_person
                a_reload_is_neither_a_leave_nor_a_join
                a_new_person_on_the_same_socket_is_announced
                many_simultaneous_joins_are_sent_as_one_list
                a_list_has_a_hundred_people_at_most
            }
            cart_watch {
                a_cart_follower_gets_its_current_contents
                an_empty_cart_can_be_followed
                every_tab_gets_every_line_change
                changes_to_its_products_are_sent_once_each
                unaffected_carts_get_nothing
                a_resumed_page_gets_its_current_cart
                an_unknown_cart_fails_the_handshake
            }
            chat_refusals {
                malformed_frames_are_rejected
                an_invalid_email_cannot_join
                frames_before_the_join_are_refused
                bad_messages_are_refused_with_their_nonce
                bad_nonces_are_refused
                bad_history_parameters_are_refused
            }
        }
        store_tests! { $store;
            product_stream {
                changes_are_sent_in_order
                messages_are_in_the_sites_language
                refused_changes_are_not_sent
                sent_changes_are_stored
                parallel_changes_of_one_product_are_sent_in_version_order
                a_filtered_socket_gets_only_its_products
                a_product_socket_refuses_client_frames
            }
            workers {
                all_product_sockets_get_the_same_order
                viewers_are_counted
                all_chat_sockets_get_the_same_order
                people_on_all_workers_see_each_other
                a_cursor_from_one_worker_is_known_to_all
                a_list_shows_every_write_acknowledged_before_it
                a_list_is_the_fold_of_the_stream_at_its_cursor
            }
            resume {
                missed_frames_come_in_order_and_once
                every_cursor_resumes_after_itself
                an_unknown_cursor_starts_with_a_snapshot
                a_cursor_of_another_shop_is_unknown
                a_resumed_socket_never_gets_a_snapshot
                a_restart_leaves_no_gap
                the_first_cursor_survives_restarts
                a_cursor_of_another_shop_stays_unknown_after_a_restart
                missed_chat_frames_follow_the_join
                an_unknown_chat_cursor_gets_the_history
            }
        }
    };
}

/// Makes a test of every case with raw frames: independent of the store, but not of the sink.
macro_rules! every_frame_case {
    ($store:expr) => {
        app_tests! { $store;
            frame_cases {
                payloads_of_any_size
                pings_and_pongs
                reserved_bits
                opcodes
                masks_and_lengths
                fragmentation
                valid_utf8
                invalid_utf8
                close_frames
                close_codes
                messages_in_many_fragments
            }
            handshakes {
                an_unsupported_version_names_ours
                an_invalid_key_is_refused
                a_repeated_header_is_refused
                other_methods_and_older_http_are_refused
                a_head_request_opens_no_socket
                a_handshake_with_a_body_is_refused
                the_upgrade_header_must_name_websocket
                extensions_and_subprotocols_are_not_negotiated
                a_handshake_may_arrive_byte_by_byte
                frames_in_the_packet_of_the_handshake_are_read
                half_a_frame_in_the_packet_of_the_handshake_is_completed
            }
        }
        store_tests! { $store;
            rates {
                messages_over_the_rate_are_refused_with_their_nonce
                a_client_that_does_not_slow_down_is_closed
                a_flood_of_pings_is_closed
                a_flood_of_bytes_is_closed
                without_rates_only_sizes_are_refused
            }
            close_frames {
                a_close_frame_is_returned_and_the_connection_ends
                a_peer_that_never_closes_is_dropped
                nothing_is_sent_after_the_peer_shuts_down
                a_stop_spreads_reconnects
            }
        }
    };
}

/// Tests of rules for a running shop.
macro_rules! app_tests {
    ($store:expr; $($module:ident { $($rule:ident)+ })+) => {
        $(mod $module {
            use crate::test_store::TestStore;

            $(#[test]
            fn $rule() {
                let Some(store) = $store else { return };
                let app = crate::app::TestApp::start(&store, &[]);
                crate::app::run(crate::$module::$rule(&app));
            })+
        })+
    };
}

/// Tests of rules that start shops themselves or look at the stored data.
macro_rules! store_tests {
    ($store:expr; $($module:ident { $($rule:ident)+ })+) => {
        $(mod $module {
            use crate::test_store::TestStore;

            $(#[test]
            fn $rule() {
                let Some(store) = $store else { return };
                crate::app::run(crate::$module::$rule(&store));
            })+
        })+
    };
}
