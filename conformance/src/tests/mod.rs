//! The tests: a file for each group and procedure, in the order of the catalogue. `README.md` beside this file says how
//! they are written.

use crate::suite::Suite;

mod dmr_create;
mod dmr_create_rcn;
mod gen_addresses;
mod sec_policies;
mod sec_rules;

/// Adds all of them.
pub fn add(suite: &mut Suite) {
    gen_addresses::add(suite);
    dmr_create::add(suite);
    dmr_create_rcn::add(suite);
    sec_rules::add(suite);
    sec_policies::add(suite);
}
