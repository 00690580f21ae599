//! Which parameters a request may carry (TS-0004 table 7.2.1.1-1).

use crate::primitive::{Operation, Rejection, Request};

/// Refuses parameters that the table marks as not present for the operation. What is mandatory is the engine's to ask
/// for: it knows who may leave out what.
///
/// # Errors
/// 4000 with the parameter's name.
pub fn permit(request: &Request) -> Result<(), Rejection> {
    use Operation::{Create, Delete, Notify, Retrieve};
    let operation = request.operation;
    let only = |present: bool, permitted: bool, name: &str| {
        if present && !permitted {
            let operation = operation.name();
            return Err(Rejection::bad_request(format!("{name}: not permitted in a {operation} request")));
        }
        Ok(())
    };
    let notify = operation == Notify;
    only(request.resource_type.is_some(), operation == Create, "resourceType (ty)")?;
    only(request.content.is_some(), operation != Delete, "content (pc)")?;
    only(request.filter_criteria.is_some(), operation != Create && !notify, "filterCriteria (fc)")?;
    // The broadest peer puts it into each NOTIFY that it sends. Nobody is misled by passing it over there.
    only(
        request.discovery_result_type.is_some(),
        operation == Retrieve || notify,
        "desiredIdentifierResultType (drt)",
    )?;
    only(request.semantic_query_indicator.is_some(), operation == Retrieve, "semanticQueryIndicator (sqi)")?;
    only(request.result_persistence.is_some(), !notify, "resultPersistence (rp)")?;
    only(request.result_content.is_some(), !notify, "resultContent (rcn)")?;
    only(!request.group_request_target_members.is_empty(), !notify, "groupRequestTargetMembers (grtm)")?;
    only(request.authorization_signature_indicator.is_some(), !notify, "authorSignIndicator (asi)")?;
    only(request.authorization_signatures.is_some(), !notify, "authorSigns (aus)")?;
    only(request.authorization_relationship_indicator.is_some(), !notify, "authorRelIndicator (auri)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::{DiscoveryResultType, FilterCriteria, ResultContent};

    #[test]
    fn what_the_table_forbids_is_refused_by_name() {
        let mut create = Request::new(Operation::Create, "cse-in").filtered(FilterCriteria::discovery());
        assert!(permit(&create).unwrap_err().reason.contains("(fc)"));
        create.filter_criteria = None;
        create.resource_type = Some(3);
        assert_eq!(permit(&create), Ok(()));

        let mut notify = Request::new(Operation::Notify, "cse-in");
        notify.discovery_result_type = Some(DiscoveryResultType::Structured);
        assert_eq!(permit(&notify), Ok(()));
        let notify = notify.wanting(ResultContent::Nothing);
        assert!(permit(&notify).unwrap_err().reason.contains("(rcn)"));

        let mut update = Request::new(Operation::Update, "cse-in");
        update.discovery_result_type = Some(DiscoveryResultType::Structured);
        assert!(permit(&update).unwrap_err().reason.contains("(drt)"));
    }
}
