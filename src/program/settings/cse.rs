//! Who the CSE is, and its limits.

use onem2m_cse::CseConfig;
use onem2m_cse::config::{CseType, Limits};
use onem2m_cse::value::SmolStr;

use super::given::{Given, set};
use crate::program::file::CseTable;

/// What the file says, and over it the environment and the command line.
pub fn settings(table: &CseTable, given: &Given<'_>) -> Result<CseConfig, String> {
    let mut cse = CseConfig::default();
    read(&mut cse, table)?;
    let args = given.args;
    set(&mut cse.cse_id, &given.text(&args.cse_id, "ONEM2M_CSE_ID").map(SmolStr::from));
    set(&mut cse.cse_name, &given.text(&args.cse_name, "ONEM2M_CSE_NAME").map(SmolStr::from));
    set(&mut cse.sp_id, &given.text(&args.sp_id, "ONEM2M_SP_ID").map(SmolStr::from));
    if let Some(administrator) = given.text(&args.admin, "ONEM2M_ADMIN") {
        cse.administrator = (!administrator.is_empty()).then(|| administrator.into());
    }
    Ok(cse)
}

pub fn read(cse: &mut CseConfig, table: &CseTable) -> Result<(), String> {
    let text = |place: &mut SmolStr, value: &Option<String>| {
        if let Some(value) = value {
            *place = value.into();
        }
    };
    text(&mut cse.cse_id, &table.id);
    text(&mut cse.cse_name, &table.name);
    text(&mut cse.sp_id, &table.sp_id);
    cse.cse_type = match table.kind.as_deref() {
        None | Some("in") => CseType::In,
        Some("mn") => CseType::Mn,
        Some("asn") => CseType::Asn,
        Some(other) => return Err(format!("cse.type: expected in, mn or asn, got {other:?}")),
    };
    let list = |values: &Vec<String>| values.iter().map(SmolStr::from).collect();
    cse.points_of_access = table.points_of_access.as_ref().map(list).unwrap_or_default();
    if let Some(administrator) = &table.administrator {
        cse.administrator = (!administrator.is_empty()).then(|| administrator.into());
    }
    if let Some(originators) = &table.allowed_ae_originators {
        cse.allowed_ae_originators = list(originators);
    }
    set(&mut cse.registered_aes_may_retrieve_cse_base, &table.registered_aes_may_retrieve_cse_base);
    set(&mut cse.registered_aes_may_create, &table.registered_aes_may_create);
    set(&mut cse.maximum_lifetime, &table.maximum_lifetime);
    set(&mut cse.cache_entries, &table.cache_entries);
    limits(&mut cse.limits, table);
    Ok(())
}

fn limits(limits: &mut Limits, table: &CseTable) {
    set(&mut limits.results, &table.results);
    set(&mut limits.tree_depth, &table.tree_depth);
    set(&mut limits.discovery_work, &table.discovery_work);
    set(&mut limits.waiting_requests, &table.waiting_requests);
    set(&mut limits.call_timeout, &table.call_timeout);
    set(&mut limits.long_poll, &table.long_poll);
    set(&mut limits.asking_requests, &table.asking_requests);
    set(&mut limits.calls, &table.calls);
    set(&mut limits.calls_per_target, &table.calls_per_target);
    set(&mut limits.subscription_targets, &table.subscription_targets);
    set(&mut limits.notifications_per_target, &table.notifications_per_target);
    set(&mut limits.polled_requests, &table.polled_requests);
    set(&mut limits.group_members, &table.group_members);
    set(&mut limits.group_depth, &table.group_depth);
    set(&mut limits.request_resources, &table.request_resources);
    set(&mut limits.request_lifetime, &table.request_lifetime);
}
