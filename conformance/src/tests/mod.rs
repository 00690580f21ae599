//! The tests: a file for each group and procedure, in the order of the catalogue. `README.md` beside this file says how
//! they are written.

use crate::suite::Suite;

mod dmr_create;
mod dmr_create_rcn;
mod gen_addresses;

/// Adds all of them.
pub fn add(suite: &mut Suite) {
    gen_addresses::add(suite);
    dmr_create::add(suite);
    dmr_create_rcn::add(suite);
}
