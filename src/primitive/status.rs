//! Response status codes: the whole table of TS-0004 6.6.3, and those that Release 4 added.

use std::fmt;

/// A response status code. Codes of other entities pass through unchanged, so any number can be held.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(u16);

/// Whose doing a response is (the classes of TS-0004 6.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusClass {
    /// 1xxx: accepted, the work goes on.
    Informational,
    /// 2xxx: done.
    Success,
    /// 4xxx: the originator asked for something that cannot be.
    OriginatorError,
    /// 5xxx: the receiver could not.
    ReceiverError,
    /// 6xxx: a network behind the receiver could not.
    NetworkError,
    /// Anything else.
    Unknown,
}

macro_rules! statuses {
    ($($code:literal $constant:ident)*) => {
        impl Status {
            $(#[doc = concat!(stringify!($code), " ", stringify!($constant), ".")]
            pub const $constant: Self = Self($code);)*

            /// Every code of the table, in order.
            pub const ALL: &'static [Self] = &[$(Self($code)),*];

            /// The name in the standard's table, or `"UNKNOWN"`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self.0 {
                    $($code => stringify!($constant),)*
                    _ => "UNKNOWN",
                }
            }
        }
    };
}

statuses! {
    1000 ACCEPTED
    1001 ACCEPTED_NON_BLOCKING_SYNCH
    1002 ACCEPTED_NON_BLOCKING_ASYNCH
    2000 OK
    2001 CREATED
    2002 DELETED
    2004 UPDATED
    4000 BAD_REQUEST
    4001 RELEASE_VERSION_NOT_SUPPORTED
    4004 NOT_FOUND
    4005 OPERATION_NOT_ALLOWED
    4008 REQUEST_TIMEOUT
    4015 UNSUPPORTED_MEDIA_TYPE
    4101 SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE
    4102 CONTENTS_UNACCEPTABLE
    4103 ORIGINATOR_HAS_NO_PRIVILEGE
    4104 GROUP_REQUEST_IDENTIFIER_EXISTS
    4105 CONFLICT
    4106 ORIGINATOR_NOT_AUTHENTICATED
    4107 SECURITY_ASSOCIATION_REQUIRED
    4108 INVALID_CHILD_RESOURCE_TYPE
    4109 NO_MEMBERS
    4110 GROUP_MEMBER_TYPE_INCONSISTENT
    4111 ESPRIM_UNSUPPORTED_OPTION
    4112 ESPRIM_UNKNOWN_KEY_ID
    4113 ESPRIM_UNKNOWN_ORIG_RAND_ID
    4114 ESPRIM_UNKNOWN_RECV_RAND_ID
    4115 ESPRIM_BAD_MAC
    4116 ESPRIM_IMPERSONATION_ERROR
    4117 ORIGINATOR_HAS_ALREADY_REGISTERED
    4118 ONTOLOGY_NOT_AVAILABLE
    4119 LINKED_SEMANTICS_NOT_AVAILABLE
    4120 INVALID_SEMANTICS
    4121 MASHUP_MEMBER_NOT_FOUND
    4122 INVALID_TRIGGER_PURPOSE
    4123 ILLEGAL_TRANSACTION_STATE_TRANSITION_ATTEMPTED
    4124 BLOCKING_SUBSCRIPTION_ALREADY_EXISTS
    4125 SPECIALIZATION_SCHEMA_NOT_FOUND
    4126 APP_RULE_VALIDATION_FAILED
    4127 OPERATION_DENIED_BY_REMOTE_ENTITY
    4128 SERVICE_SUBSCRIPTION_NOT_ESTABLISHED
    4130 DISCOVERY_LIMIT_EXCEEDED
    4131 PRIMITIVE_PROFILE_NOT_ACCESSIBLE
    4132 PRIMITIVE_PROFILE_BAD_REQUEST
    4133 UNAUTHORIZED_USER
    4134 SERVICE_SUBSCRIPTION_LIMITS_EXCEEDED
    4135 INVALID_PROCESS_CONFIGURATION
    4136 INVALID_SPARQL_QUERY_R4
    4140 MAX_NUMBER_OF_SUBSCRIPTIONS_EXCEEDED
    4143 INVALID_SPARQL_QUERY
    5000 INTERNAL_SERVER_ERROR
    5001 NOT_IMPLEMENTED
    5103 TARGET_NOT_REACHABLE
    5105 RECEIVER_HAS_NO_PRIVILEGE
    5106 ALREADY_EXISTS
    5107 REMOTE_ENTITY_NOT_REACHABLE
    5203 TARGET_NOT_SUBSCRIBABLE
    5204 SUBSCRIPTION_VERIFICATION_INITIATION_FAILED
    5205 SUBSCRIPTION_HOST_HAS_NO_PRIVILEGE
    5206 NON_BLOCKING_SYNCH_REQUEST_NOT_SUPPORTED
    5207 NOT_ACCEPTABLE
    5208 DISCOVERY_DENIED_BY_IPE
    5209 GROUP_MEMBERS_NOT_RESPONDED
    5210 ESPRIM_DECRYPTION_ERROR
    5211 ESPRIM_ENCRYPTION_ERROR
    5212 SPARQL_UPDATE_ERROR
    5214 TARGET_HAS_NO_SESSION_CAPABILITY
    5215 SESSION_IS_ONLINE
    5216 JOIN_MULTICAST_GROUP_FAILED
    5217 LEAVE_MULTICAST_GROUP_FAILED
    5218 TRIGGERING_DISABLED_FOR_RECIPIENT
    5219 UNABLE_TO_REPLACE_REQUEST
    5220 UNABLE_TO_RECALL_REQUEST
    5221 CROSS_RESOURCE_OPERATION_FAILURE
    5222 TRANSACTION_PROCESSING_IS_INCOMPLETE
    6003 EXTERNAL_OBJECT_NOT_REACHABLE
    6005 EXTERNAL_OBJECT_NOT_FOUND
    6010 MAX_NUMBER_OF_MEMBER_EXCEEDED
    6020 MGMT_SESSION_CANNOT_BE_ESTABLISHED
    6021 MGMT_SESSION_ESTABLISHMENT_TIMEOUT
    6022 INVALID_CMDTYPE
    6023 INVALID_ARGUMENTS
    6024 INSUFFICIENT_ARGUMENTS
    6025 MGMT_CONVERSION_ERROR
    6026 MGMT_CANCELLATION_FAILED
    6028 ALREADY_COMPLETE
    6029 MGMT_COMMAND_NOT_CANCELLABLE
    6030 EXTERNAL_OBJECT_NOT_REACHABLE_BEFORE_RQET_TIMEOUT
    6031 EXTERNAL_OBJECT_NOT_REACHABLE_BEFORE_OET_TIMEOUT
}

impl Status {
    /// A status from its number, known or not.
    #[must_use]
    pub const fn new(code: u16) -> Self {
        Self(code)
    }

    /// The number.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Whose doing it is.
    #[must_use]
    pub const fn class(self) -> StatusClass {
        match self.0 / 1000 {
            1 => StatusClass::Informational,
            2 => StatusClass::Success,
            4 => StatusClass::OriginatorError,
            5 => StatusClass::ReceiverError,
            6 => StatusClass::NetworkError,
            _ => StatusClass::Unknown,
        }
    }

    /// Whether the request was carried out.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.class(), StatusClass::Success)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.name())
    }
}
