//! A request primitive with every parameter of TS-0004 table 7.2.1.1-1.

use std::net::IpAddr;

use super::{DiscoveryResultType, FilterCriteria, Operation, ReleaseVersion, ResponseType, ResultContent};
use crate::value::{AbsRelTimestamp, Map, SmolStr, Timestamp, Value};

/// What somebody asks of a CSE. Fields carry the standard's long names; the short name is in each field's first line.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `op`: what is to be done.
    pub operation: Operation,
    /// `to`: the target, in any form of address.
    pub to: SmolStr,
    /// `fr`: who asks. Only the registration of an AE may leave it out.
    pub originator: Option<SmolStr>,
    /// `rqi`: the originator's name for this request; the response carries it back.
    pub request_identifier: SmolStr,
    /// `ty`: the type of the resource to be created.
    pub resource_type: Option<u32>,
    /// `pc`: the content.
    pub content: Option<Value>,
    /// `rids`: roles the originator claims.
    pub role_ids: Vec<SmolStr>,
    /// `ot`: when the request was composed.
    pub originating_timestamp: Option<Timestamp>,
    /// `rqet`: when the request is no longer worth anything.
    pub request_expiration_timestamp: Option<AbsRelTimestamp>,
    /// `rset`: when the result is no longer worth anything.
    pub result_expiration_timestamp: Option<AbsRelTimestamp>,
    /// `oet`: when the operation is to be carried out.
    pub operation_execution_time: Option<AbsRelTimestamp>,
    /// `rt`: how the answer is wanted.
    pub response_type: Option<ResponseType>,
    /// `nu` within `rt`: where asynchronous results go. `None` means to the originator, an empty list to nobody (TS-0004
    /// 7.5.1.2.5).
    pub notification_uris: Option<Vec<SmolStr>>,
    /// `rp`: how long a result is to be kept.
    pub result_persistence: Option<AbsRelTimestamp>,
    /// `rcn`: what of the result is wanted.
    pub result_content: Option<ResultContent>,
    /// `ec`: how urgent this is (`m2m:eventCat`).
    pub event_category: Option<u32>,
    /// `da`: whether the request may travel together with others.
    pub delivery_aggregation: Option<bool>,
    /// `gid`: which fan-out this request belongs to.
    pub group_request_identifier: Option<SmolStr>,
    /// `grtm`: which members of a group are meant.
    pub group_request_target_members: Vec<SmolStr>,
    /// `gstn`: how many members of a group are meant, whichever they are (Release 4). At least 1.
    pub group_somecast_target_number: Option<u64>,
    /// `fc`: conditions and discovery.
    pub filter_criteria: Option<Box<FilterCriteria>>,
    /// `drt`: how discovered resources are named.
    pub discovery_result_type: Option<DiscoveryResultType>,
    /// `tkns`: tokens.
    pub tokens: Vec<SmolStr>,
    /// `tids`: identifiers of tokens.
    pub token_ids: Vec<SmolStr>,
    /// `ltids`: local identifiers of tokens.
    pub local_token_ids: Vec<SmolStr>,
    /// `tqi`: whether token requests are supported.
    pub token_request_indicator: Option<bool>,
    /// `asi`: authorization signature indicator.
    pub authorization_signature_indicator: Option<bool>,
    /// `aus`: authorization signatures.
    pub authorization_signatures: Option<Value>,
    /// `auri`: authorization relationship indicator.
    pub authorization_relationship_indicator: Option<bool>,
    /// `sqi`: whether the semantics filter is a query.
    pub semantic_query_indicator: Option<bool>,
    /// `rvi`: the release this primitive speaks.
    pub release_version_indicator: ReleaseVersion,
    /// `vsi`: anything a vendor likes to add.
    pub vendor_information: Option<SmolStr>,
    /// What the binding knows about where this came from. Not part of the primitive.
    pub access: Access,
}

/// What the transport knows about a request's sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Access {
    /// The address it came from, if the transport has such.
    pub ip: Option<IpAddr>,
    /// Whether the originator proved to be who it says (TS-0003 6.1.2.2). In-process callers are as trusted as the
    /// program they are part of; a binding without security associations says `false`.
    pub authenticated: bool,
    /// The connection it came over, if its sender can be asked over that one, too.
    pub connection: Option<ConnectionId>,
}

/// The name of an open connection over which requests travel both ways. None is ever given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

impl Request {
    /// A request with only the parameters that all have.
    #[must_use]
    pub fn new(operation: Operation, to: impl Into<SmolStr>) -> Self {
        Self {
            operation,
            to: to.into(),
            originator: None,
            request_identifier: SmolStr::default(),
            resource_type: None,
            content: None,
            role_ids: Vec::new(),
            originating_timestamp: None,
            request_expiration_timestamp: None,
            result_expiration_timestamp: None,
            operation_execution_time: None,
            response_type: None,
            notification_uris: None,
            result_persistence: None,
            result_content: None,
            event_category: None,
            delivery_aggregation: None,
            group_request_identifier: None,
            group_request_target_members: Vec::new(),
            group_somecast_target_number: None,
            filter_criteria: None,
            discovery_result_type: None,
            tokens: Vec::new(),
            token_ids: Vec::new(),
            local_token_ids: Vec::new(),
            token_request_indicator: None,
            authorization_signature_indicator: None,
            authorization_signatures: None,
            authorization_relationship_indicator: None,
            semantic_query_indicator: None,
            release_version_indicator: ReleaseVersion::R1,
            vendor_information: None,
            access: Access::default(),
        }
    }

    /// A CREATE of a child of `to`. `root` is the type's name on the wire (`"m2m:cnt"`), `attributes` what it holds.
    ///
    /// ```
    /// use onem2m_cse::primitive::Request;
    /// use onem2m_cse::value::Map;
    /// let request = Request::create("cse-in/ae1", 3, "m2m:cnt", Map::from_iter([("rn", "temps")])).from("Cae1");
    /// assert_eq!(request.resource_type, Some(3));
    /// ```
    #[must_use]
    pub fn create(to: impl Into<SmolStr>, resource_type: u32, root: &str, attributes: Map) -> Self {
        let mut request = Self::new(Operation::Create, to);
        request.resource_type = Some(resource_type);
        request.content = Some(Map::from_iter([(root, attributes)]).into());
        request.release_version_indicator = ReleaseVersion::R3;
        request
    }

    /// A RETRIEVE of `to`.
    #[must_use]
    pub fn retrieve(to: impl Into<SmolStr>) -> Self {
        let mut request = Self::new(Operation::Retrieve, to);
        request.release_version_indicator = ReleaseVersion::R3;
        request
    }

    /// An UPDATE of `to`.
    #[must_use]
    pub fn update(to: impl Into<SmolStr>, root: &str, attributes: Map) -> Self {
        let mut request = Self::new(Operation::Update, to);
        request.content = Some(Map::from_iter([(root, attributes)]).into());
        request.release_version_indicator = ReleaseVersion::R3;
        request
    }

    /// A DELETE of `to`.
    #[must_use]
    pub fn delete(to: impl Into<SmolStr>) -> Self {
        let mut request = Self::new(Operation::Delete, to);
        request.release_version_indicator = ReleaseVersion::R3;
        request
    }

    /// The same request from this originator.
    #[must_use]
    pub fn from(mut self, originator: impl Into<SmolStr>) -> Self {
        self.originator = Some(originator.into());
        self
    }

    /// The same request with this request identifier. A door that finds none makes one.
    #[must_use]
    pub fn identified(mut self, request_identifier: impl Into<SmolStr>) -> Self {
        self.request_identifier = request_identifier.into();
        self
    }

    /// The same request with this result content.
    #[must_use]
    pub const fn wanting(mut self, result_content: ResultContent) -> Self {
        self.result_content = Some(result_content);
        self
    }

    /// The same request with these conditions.
    #[must_use]
    pub fn filtered(mut self, filter_criteria: FilterCriteria) -> Self {
        self.filter_criteria = Some(Box::new(filter_criteria));
        self
    }
}
