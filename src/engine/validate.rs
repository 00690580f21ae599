//! Is the request well-formed, for its operation and at this instant? (TS-0004 7.3.2.1, table 7.2.1.1-1)

use super::Core;
use crate::primitive::{
    FilterCriteria, FilterUsage, Operation, Rejection, Request, ResponseType, ResultContent as Rcn, Status,
};
use crate::value::{SmolStr, Timestamp, excerpt};

/// Looks at the request alone. Answers who asks: CSE-relative where it belongs to this CSE.
///
/// # Errors
/// The standard's code and a sentence that names the parameter.
pub fn request(core: &Core, request: &Request, now: Timestamp) -> Result<SmolStr, Rejection> {
    identifier(core, &request.request_identifier, "requestIdentifier (rqi)")?;
    if let Some(id) = &request.group_request_identifier {
        identifier(core, id, "groupRequestIdentifier (gid)")?;
    }
    let originator = originator(core, request)?;
    times(request, now)?;
    response_type(request)?;
    presence(request)?;
    if let Some(criteria) = &request.filter_criteria {
        filter(core, request, criteria)?;
    }
    result_content(request)?;
    Ok(originator)
}

fn identifier(core: &Core, id: &str, what: &str) -> Result<(), Rejection> {
    let most = core.config.limits.request_identifier;
    if id.is_empty() {
        return Err(Rejection::bad_request(format!("{what}: expected a value, got nothing")));
    }
    if id.len() > most {
        let reason = format!("{what}: expected at most {most} bytes, got {}", id.len());
        return Err(Rejection::bad_request(reason));
    }
    if id.chars().any(char::is_control) {
        return Err(Rejection::bad_request(format!("{what}: expected no control characters")));
    }
    Ok(())
}

fn originator(core: &Core, request: &Request) -> Result<SmolStr, Rejection> {
    let registers = request.operation == Operation::Create && request.resource_type == Some(2);
    let Some(originator) = request.originator.as_ref().filter(|originator| !originator.is_empty()) else {
        // TS-0004 7.3.2.1: only a CREATE of an AE may come without a From.
        return if registers {
            Ok(SmolStr::default())
        } else {
            Err(Rejection::bad_request(
                "from (fr): expected an originator; only the registration of an AE may leave it out",
            ))
        };
    };
    let most = core.config.limits.originator;
    if originator.len() > most {
        return Err(Rejection::bad_request(format!(
            "from (fr): expected at most {most} bytes, got {}",
            originator.len()
        )));
    }
    if originator.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Rejection::bad_request("from (fr): expected no spaces or control characters"));
    }
    Ok(core.relative_originator(originator))
}

fn times(request: &Request, now: Timestamp) -> Result<(), Rejection> {
    let late = |reason: &'static str| Rejection::new(Status::REQUEST_TIMEOUT, reason);
    let [rqet, rset, oet] =
        [request.request_expiration_timestamp, request.result_expiration_timestamp, request.operation_execution_time]
            .map(|time| time.map(|time| time.resolve(now)));
    // TS-0004 table 6.4.1-1: a result outlives its request; and what is carried out too late can have no result.
    for (early, late, what) in [
        (rqet, rset, "resultExpirationTimestamp (rset): expected a time after requestExpirationTimestamp (rqet)"),
        (oet, rqet, "operationExecutionTime (oet): expected a time before requestExpirationTimestamp (rqet)"),
        (oet, rset, "operationExecutionTime (oet): expected a time before resultExpirationTimestamp (rset)"),
    ] {
        if early.zip(late).is_some_and(|(early, late)| late > now && late < early) {
            return Err(Rejection::bad_request(what));
        }
    }
    if request.request_expiration_timestamp.is_some_and(|at| at.resolve(now) <= now) {
        return Err(late("requestExpirationTimestamp (rqet): the request has expired"));
    }
    if request.result_expiration_timestamp.is_some_and(|at| at.resolve(now) <= now) {
        return Err(late("resultExpirationTimestamp (rset): the result would have expired"));
    }
    Ok(())
}

fn response_type(request: &Request) -> Result<(), Rejection> {
    use ResponseType::{NonBlockingAsynch, NonBlockingSynch};
    let acknowledged = matches!(request.response_type, Some(NonBlockingSynch | NonBlockingAsynch));
    if acknowledged && !super::order::can_come_back(request) {
        // Whoever comes for the result has to be the one who asked.
        let reason = "from (fr): expected an identifier; an AE that has none yet registers with a blocking request";
        return Err(Rejection::bad_request(reason));
    }
    Ok(())
}

/// Which parameters an operation must and must not carry.
fn presence(request: &Request) -> Result<(), Rejection> {
    let op = request.operation;
    let refuse = |what: &str| Err(Rejection::bad_request(format!("{what} in {}", op.name())));
    match op {
        Operation::Create if request.resource_type.is_none() => return refuse("resourceType (ty): expected"),
        Operation::Create if request.resource_type == Some(super::order::REQUEST) => {
            return Err(Rejection::not_allowed("resourceType (ty): a request resource is made by the CSE alone")); // TS-0004 7.4.12.2.1
        }
        Operation::Create if request.filter_criteria.is_some() => return refuse("filterCriteria (fc): not permitted"),
        Operation::Notify if request.filter_criteria.is_some() => return refuse("filterCriteria (fc): not permitted"),
        Operation::Notify if request.result_content.is_some_and(|rcn| rcn != Rcn::Nothing) => {
            return refuse("resultContent (rcn): not permitted");
        }
        Operation::Delete if request.content.is_some() => return refuse("content (pc): not permitted"),
        _ => {}
    }
    if op != Operation::Create && request.resource_type.is_some() {
        return refuse("resourceType (ty): not permitted");
    }
    if matches!(op, Operation::Create | Operation::Update | Operation::Notify) && request.content.is_none() {
        return refuse("content (pc): expected");
    }
    if op != Operation::Retrieve && request.discovery_result_type.is_some() {
        return refuse("discoveryResultType (drt): not permitted");
    }
    if request.semantic_query_indicator == Some(true) {
        return Err(Rejection::not_implemented(
            "semanticQueryIndicator (sqi): semantic queries are not supported by this CSE",
        ));
    }
    Ok(())
}

fn filter(core: &Core, request: &Request, fc: &FilterCriteria) -> Result<(), Rejection> {
    match fc.filter_usage {
        Some(FilterUsage::Discovery) if request.operation != Operation::Retrieve => {
            return Err(Rejection::bad_request("filterUsage (fu): discovery (1) goes with RETRIEVE only"));
        }
        Some(FilterUsage::IpeOnDemandDiscovery) => {
            return Err(Rejection::not_implemented(
                "filterUsage (fu): IPE on-demand discovery (3) is not supported by this CSE",
            ));
        }
        Some(FilterUsage::DiscoveryBasedOperation) => {
            return Err(Rejection::not_implemented(
                "filterUsage (fu): discovery-based operation (4) is not supported by this CSE",
            ));
        }
        _ => {}
    }
    if !fc.semantics_filter.is_empty() {
        return Err(Rejection::not_implemented(
            "semanticsFilter (smf): semantic discovery is not supported by this CSE",
        ));
    }
    let geo = &fc.geo_query;
    if geo.geometry.is_some() || geo.geometry_type.is_some() || geo.spatial_function.is_some() {
        return Err(Rejection::not_implemented("geoQuery (gmty, geom, gsf): not supported by this CSE yet"));
    }
    match (&fc.content_filter.syntax, &fc.content_filter.query) {
        (None, None) => {}
        (Some(1), Some(query)) => super::content_query::check(query)?,
        (Some(1), None) => {
            return Err(Rejection::bad_request("contentFilterQuery (cfq): expected with contentFilterSyntax"));
        }
        (Some(other), _) => {
            return Err(Rejection::bad_request(format!(
                "contentFilterSyntax (cfs): expected 1 (JSONPath), got {other}"
            )));
        }
        (None, Some(_)) => {
            return Err(Rejection::bad_request("contentFilterSyntax (cfs): expected with contentFilterQuery"));
        }
    }
    if let Some(query) = &fc.labels_query {
        super::labels_query::check(query)?;
    }
    for (name, _) in fc.attributes.iter().chain(&fc.child_attributes).chain(&fc.parent_attributes) {
        // TS-0004 7.3.3.17.9: these have conditions of their own.
        if matches!(&**name, "ct" | "lt" | "st" | "et" | "lbl" | "ty" | "cs" | "cnf") {
            let reason =
                format!("filterCriteria: attribute {name} has a condition of its own, which is to be used instead");
            return Err(Rejection::bad_request(reason));
        }
        if core.registry.attribute_by_short(name).is_none() {
            let reason = format!("filterCriteria: \"{}\" is neither a condition nor an attribute", excerpt(name));
            return Err(Rejection::bad_request(reason));
        }
    }
    Ok(())
}

/// TS-0001 table 8.1.2-1 and, for 11 and 12, Release 4: which result content goes with which operation.
fn result_content(request: &Request) -> Result<(), Rejection> {
    let Some(rcn) = request.result_content else { return Ok(()) };
    let discovery = request.filter_criteria.as_ref().is_some_and(|fc| fc.filter_usage == Some(FilterUsage::Discovery));
    if allowed(request.operation, discovery, rcn) {
        return match rcn {
            Rcn::SemanticContent => Err(Rejection::not_implemented(
                "resultContent (rcn): semantic content (10) is not supported by this CSE",
            )),
            _ => Ok(()),
        };
    }
    let of = if discovery { "discovery" } else { request.operation.name() };
    Err(Rejection::bad_request(format!("resultContent (rcn): {} does not go with {of}", rcn.number())))
}

/// The validity matrix itself.
#[must_use]
pub fn allowed(operation: Operation, discovery: bool, rcn: Rcn) -> bool {
    match operation {
        Operation::Create => matches!(
            rcn,
            Rcn::Nothing
                | Rcn::Attributes
                | Rcn::HierarchicalAddress
                | Rcn::HierarchicalAddressAndAttributes
                | Rcn::ModifiedAttributes
        ),
        // Addresses are found, never representations: those would take another privilege.
        Operation::Retrieve if discovery => {
            matches!(rcn, Rcn::ChildResourceReferences | Rcn::DiscoveryResultReferences)
        }
        Operation::Retrieve => !matches!(
            rcn,
            Rcn::Nothing
                | Rcn::HierarchicalAddress
                | Rcn::HierarchicalAddressAndAttributes
                | Rcn::ModifiedAttributes
                | Rcn::DiscoveryResultReferences
        ),
        Operation::Update => matches!(rcn, Rcn::Nothing | Rcn::Attributes | Rcn::ModifiedAttributes),
        Operation::Delete => matches!(
            rcn,
            Rcn::Nothing
                | Rcn::Attributes
                | Rcn::AttributesAndChildResources
                | Rcn::AttributesAndChildResourceReferences
                | Rcn::ChildResourceReferences
                | Rcn::ChildResources
        ),
        Operation::Notify => rcn == Rcn::Nothing,
    }
}
