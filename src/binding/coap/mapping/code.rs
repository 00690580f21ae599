//! Response status codes ↔ response codes (TS-0008 table 6.2.4-1).

use crate::binding::coap::message::Code;
use crate::primitive::{Operation, Status, StatusClass};

/// The response code of a response status code. Codes that the table does not have go by their class.
#[must_use]
pub const fn to_coap(status: Status, operation: Operation) -> Code {
    match status.code() {
        // A <request> resource was created: this CSE has no other way to accept.
        1001 | 1002 | 2001 => Code::CREATED,
        2000 if matches!(operation, Operation::Retrieve) => Code::CONTENT,
        2002 => Code::DELETED,
        4120 | 4122 => Code::BAD_OPTION,
        4101 | 4103 | 4105..=4109 | 4111..=4117 | 4126..=4128 => Code::FORBIDDEN,
        5105 | 5203 | 5205 | 5208 | 5214 | 5215 | 5218 | 5222 => Code::FORBIDDEN,
        // Release 4, where TS-0008 says nothing that we can cite: who may not, is forbidden.
        4131 | 4133 | 4134 | 4140 => Code::FORBIDDEN,
        4004 | 4118 | 4119 | 4121 | 5103 | 5107 | 6003 | 6005 => Code::NOT_FOUND,
        4005 => Code::METHOD_NOT_ALLOWED,
        5207 => Code::NOT_ACCEPTABLE,
        4015 => Code::UNSUPPORTED_CONTENT_FORMAT,
        4001 | 4125 | 5001 | 5206 => Code::NOT_IMPLEMENTED,
        4008 | 6030 | 6031 => Code::GATEWAY_TIMEOUT,
        5106 | 5219 | 5220 | 6010 | 6022..=6024 | 6028 | 6029 => Code::BAD_REQUEST,
        _ => match status.class() {
            StatusClass::Informational | StatusClass::Success => Code::CHANGED,
            StatusClass::OriginatorError => Code::BAD_REQUEST,
            StatusClass::ReceiverError | StatusClass::NetworkError | StatusClass::Unknown => {
                Code::INTERNAL_SERVER_ERROR
            }
        },
    }
}

/// The closest response status code of an answer that carries none: that of a plain CoAP server, or of a layer below.
#[must_use]
pub const fn from_coap(code: Code, operation: Operation) -> Status {
    match code {
        Code::CREATED if matches!(operation, Operation::Create) => Status::CREATED,
        Code::DELETED if matches!(operation, Operation::Delete) => Status::DELETED,
        Code::CHANGED if matches!(operation, Operation::Update) => Status::UPDATED,
        Code::NOT_FOUND => Status::NOT_FOUND,
        Code::METHOD_NOT_ALLOWED => Status::OPERATION_NOT_ALLOWED,
        Code::NOT_ACCEPTABLE => Status::NOT_ACCEPTABLE,
        Code::UNSUPPORTED_CONTENT_FORMAT => Status::UNSUPPORTED_MEDIA_TYPE,
        Code::NOT_IMPLEMENTED => Status::NOT_IMPLEMENTED,
        Code::GATEWAY_TIMEOUT => Status::REQUEST_TIMEOUT,
        _ => match (code.class(), code.detail()) {
            (2, _) => Status::OK,
            (4, 1 | 3) => Status::ORIGINATOR_HAS_NO_PRIVILEGE,
            (4, _) => Status::BAD_REQUEST,
            (5, 2 | 3) => Status::TARGET_NOT_REACHABLE,
            _ => Status::INTERNAL_SERVER_ERROR,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the standard, read across.
    const TABLE: &[(u8, u8, &[u16])] = &[
        (2, 1, &[1001, 1002, 2001]),
        (2, 2, &[2002]),
        (2, 4, &[2004]),
        (4, 0, &[4000, 4102, 4104, 4110, 4123, 4124, 4143, 5106, 5219, 5220, 6010, 6022, 6023, 6024, 6028, 6029]),
        (4, 2, &[4120, 4122]),
        (4, 3, &[4101, 4103, 4105, 4106, 4107, 4108, 4109, 4111, 4112, 4113, 4114, 4115, 4116, 4117, 4126, 4127]),
        (4, 3, &[5105, 5203, 5205, 5208, 5214, 5215, 5218, 5222]),
        (4, 4, &[4004, 4118, 4119, 4121, 5103, 5107, 6003, 6005]),
        (4, 5, &[4005]),
        (4, 6, &[5207]),
        (4, 15, &[4015]),
        (5, 0, &[5000, 5204, 5209, 5210, 5211, 5212, 5216, 5217, 5221, 6020, 6021, 6025, 6026]),
        (5, 1, &[4001, 4125, 5001, 5206]),
        (5, 4, &[4008, 6030, 6031]),
    ];

    #[test]
    fn every_row_of_the_table_holds() {
        for (class, detail, codes) in TABLE {
            for code in *codes {
                let coap = to_coap(Status::new(*code), Operation::Update);
                assert_eq!((coap.class(), coap.detail()), (*class, *detail), "{code}");
            }
        }
        assert_eq!(to_coap(Status::OK, Operation::Retrieve), Code::CONTENT);
        assert_eq!(to_coap(Status::OK, Operation::Notify), Code::CHANGED);
    }

    #[test]
    fn success_stays_success_and_failure_failure() {
        for operation in
            [Operation::Create, Operation::Retrieve, Operation::Update, Operation::Delete, Operation::Notify]
        {
            for status in Status::ALL {
                let code = to_coap(*status, operation);
                assert_eq!(code.class() == 2, status.code() < 4000, "{status:?}");
                assert_eq!(from_coap(code, operation).code() < 4000, status.code() < 4000, "{status:?}");
            }
        }
        assert_eq!(to_coap(Status::new(9999), Operation::Create), Code::INTERNAL_SERVER_ERROR);
    }
}
