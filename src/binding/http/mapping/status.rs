//! Response status codes ↔ HTTP status codes (TS-0009 table 6.3.2-1).

use hyper::StatusCode;
use hyper::header::HeaderValue;

use crate::primitive::{Status, StatusClass};

/// The HTTP status of a response status code. Codes that the table does not have go by their class.
#[must_use]
pub const fn to_http(status: Status) -> StatusCode {
    match status.code() {
        2001 => StatusCode::CREATED,
        4101 | 4103 | 4106..=4109 | 4111..=4117 | 4126..=4128 => StatusCode::FORBIDDEN,
        5105 | 5203 | 5205 | 5208 | 5214 | 5215 | 5218 | 5222 => StatusCode::FORBIDDEN,
        // Release 4, where TS-0009 says nothing that we can cite: who may not, is forbidden.
        4131 | 4133 | 4134 | 4140 => StatusCode::FORBIDDEN,
        4004 | 4118 | 4119 | 4121 | 5103 | 5107 | 6003 | 6005 => StatusCode::NOT_FOUND,
        4005 => StatusCode::METHOD_NOT_ALLOWED,
        5207 => StatusCode::NOT_ACCEPTABLE,
        4104 | 4105 | 4124 | 5106 | 5219 | 5220 | 6028 | 6029 => StatusCode::CONFLICT,
        4015 => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        4001 | 4125 | 5001 | 5206 => StatusCode::NOT_IMPLEMENTED,
        4008 | 6030 | 6031 => StatusCode::GATEWAY_TIMEOUT,
        6010 | 6022..=6024 => StatusCode::BAD_REQUEST,
        _ => match status.class() {
            StatusClass::Informational => StatusCode::ACCEPTED,
            StatusClass::Success => StatusCode::OK,
            StatusClass::OriginatorError => StatusCode::BAD_REQUEST,
            StatusClass::ReceiverError | StatusClass::NetworkError | StatusClass::Unknown => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        },
    }
}

/// The closest response status code of an HTTP answer that carries none: a proxy's, or that of a plain web server.
#[must_use]
pub fn from_http(status: StatusCode) -> Status {
    match status.as_u16() {
        201 => Status::CREATED,
        202 => Status::ACCEPTED,
        200..=299 => Status::OK,
        401 | 403 => Status::ORIGINATOR_HAS_NO_PRIVILEGE,
        404 => Status::NOT_FOUND,
        405 => Status::OPERATION_NOT_ALLOWED,
        406 => Status::NOT_ACCEPTABLE,
        408 | 504 => Status::REQUEST_TIMEOUT,
        409 => Status::CONFLICT,
        415 => Status::UNSUPPORTED_MEDIA_TYPE,
        400..=499 => Status::BAD_REQUEST,
        501 => Status::NOT_IMPLEMENTED,
        502 | 503 => Status::TARGET_NOT_REACHABLE,
        _ => Status::INTERNAL_SERVER_ERROR,
    }
}

/// `X-M2M-RSC`. The everyday codes need no formatting.
pub(super) fn header(status: Status) -> HeaderValue {
    match status.code() {
        2000 => HeaderValue::from_static("2000"),
        2001 => HeaderValue::from_static("2001"),
        2002 => HeaderValue::from_static("2002"),
        2004 => HeaderValue::from_static("2004"),
        4004 => HeaderValue::from_static("4004"),
        other => HeaderValue::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the standard, read across.
    const TABLE: &[(u16, &[u16])] = &[
        (200, &[2000, 2002, 2004]),
        (201, &[2001]),
        (202, &[1000, 1001, 1002]),
        (400, &[4000, 4102, 4110, 4120, 4122, 4123, 4143, 6010, 6022, 6023, 6024]),
        (403, &[4101, 4103, 5105, 5203, 5205, 4106, 4107, 4108, 4109, 4111, 4112, 4113, 4114, 4115, 4116, 4117, 4126]),
        (403, &[4127, 5208, 5214, 5215, 5218, 5222]),
        (404, &[4004, 4118, 4119, 4121, 5103, 5107, 6003, 6005]),
        (405, &[4005]),
        (406, &[5207]),
        (409, &[4104, 4105, 4124, 5106, 5219, 5220, 6028, 6029]),
        (415, &[4015]),
        (500, &[5000, 5204, 5209, 5210, 5211, 5212, 5216, 5217, 5221, 6020, 6021, 6025, 6026]),
        (501, &[4001, 4125, 5001, 5206]),
        (504, &[4008, 6030, 6031]),
    ];

    #[test]
    fn every_row_of_the_table_holds() {
        for (http, codes) in TABLE {
            for code in *codes {
                assert_eq!(to_http(Status::new(*code)).as_u16(), *http, "{code}");
                assert_eq!(header(Status::new(*code)), code.to_string());
            }
        }
    }

    #[test]
    fn every_code_has_a_status_and_success_stays_success() {
        for status in Status::ALL {
            let http = to_http(*status);
            assert_eq!(http.is_success(), status.code() < 4000, "{status:?}");
            assert_eq!(from_http(http).code() < 4000, status.code() < 4000, "{status:?}");
        }
        assert_eq!(to_http(Status::new(9999)).as_u16(), 500);
    }
}
