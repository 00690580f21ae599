//! The tests: a file for each group and procedure, in the order of the catalogue. `README.md` beside this file says how
//! they are written.

use crate::suite::Suite;

mod ae;
mod ae_notified;
mod annc;
mod dis;
mod dmr_change_rcn;
mod dmr_container;
mod dmr_create;
mod dmr_create_rcn;
mod dmr_delete;
mod dmr_latest;
mod dmr_retrieve;
mod dmr_retrieve_attributes;
mod dmr_retrieve_rcn;
mod dmr_update;
mod dmr_update_attributes;
mod gen_addresses;
mod gmg_fan_out;
mod gmg_members;
mod loc;
mod own_errors;
mod own_formats;
mod own_http;
mod own_non_blocking;
mod own_notifications;
mod own_originators;
mod own_polling;
mod own_results;
mod own_schedule;
mod reg_ae;
mod reg_cse_base;
mod reg_registrar;
mod reg_remote_cse;
mod reg_s_type;
mod sec_policies;
mod sec_rules;
mod sub_create;
mod sub_notify;
mod ts;

/// Adds all of them.
pub fn add(suite: &mut Suite) {
    gen_addresses::add(suite);
    reg_ae::add(suite);
    reg_cse_base::add(suite);
    reg_remote_cse::add(suite);
    reg_registrar::add(suite);
    reg_s_type::add(suite);
    dmr_create::add(suite);
    dmr_create_rcn::add(suite);
    dmr_container::add(suite);
    dmr_latest::add(suite);
    dmr_retrieve::add(suite);
    dmr_retrieve_attributes::add(suite);
    dmr_retrieve_rcn::add(suite);
    dmr_update::add(suite);
    dmr_update_attributes::add(suite);
    dmr_delete::add(suite);
    dmr_change_rcn::add(suite);
    annc::add(suite);
    sub_create::add(suite);
    sub_notify::add(suite);
    dis::add(suite);
    gmg_fan_out::add(suite);
    gmg_members::add(suite);
    loc::add(suite);
    ts::add(suite);
    sec_rules::add(suite);
    sec_policies::add(suite);
    own_originators::add(suite);
    own_notifications::add(suite);
    own_schedule::add(suite);
    own_non_blocking::add(suite);
    own_polling::add(suite);
    own_errors::add(suite);
    own_formats::add(suite);
    own_http::add(suite);
    own_results::add(suite);
    ae::add(suite);
    ae_notified::add(suite);
}
