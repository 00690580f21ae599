//! Which result content goes with which operation, as one table.

use super::result_content::house;
use super::{criteria, json};
use crate::engine::result_content_allowed;
use crate::primitive::{Operation, Request, ResultContent, Status};
use crate::value::Value;

/// TS-0001 table 8.1.2-1; rows are operations, columns result contents 0 to 12. Release 4 brought 11 and 12.
const VALIDITY: [(&str, Operation, bool, &str); 6] = [
    //                                                 0123456789abc
    ("CREATE", Operation::Create, false, /*        */ "xxxx.....x..."),
    ("RETRIEVE", Operation::Retrieve, false, /*    */ ".x..xxxxx.x.x"),
    ("discovery", Operation::Retrieve, true, /*    */ "......x....x."),
    ("UPDATE", Operation::Update, false, /*        */ "xx.......x..."),
    ("DELETE", Operation::Delete, false, /*        */ "xx..xxx.x...."),
    ("NOTIFY", Operation::Notify, false, /*        */ "x............"),
];

#[test]
fn every_result_content_goes_with_the_operations_of_the_table_and_no_others() {
    for (name, operation, discovery, row) in VALIDITY {
        for (number, valid) in row.chars().enumerate() {
            let rcn = ResultContent::from_number(number.try_into().unwrap()).unwrap();
            assert_eq!(result_content_allowed(operation, discovery, rcn), valid == 'x', "{name} {number}");
        }
    }
}

/// The table again, from outside: what is not valid is a bad request, and changes nothing.
#[test]
fn an_invalid_result_content_is_a_bad_request() {
    for (name, operation, discovery, row) in VALIDITY {
        for (number, valid) in row.chars().enumerate() {
            let mut world = house();
            let mut request = Request::new(operation, "cse-in/Cae1/c").from("Cae1");
            request.result_content = ResultContent::from_number(number.try_into().unwrap());
            match operation {
                Operation::Create => {
                    request.resource_type = Some(3);
                    request.content = Some(json(r#"{"m2m:cnt":{}}"#));
                }
                Operation::Update => request.content = Some(json(r#"{"m2m:cnt":{"mni":5}}"#)),
                Operation::Notify => request.content = Some(json(r#"{"m2m:sgn":{}}"#)),
                _ => {}
            }
            if discovery {
                request = request.filtered(criteria(&[("fu", "1")]));
            }
            let status = world.send(request).status;
            assert_eq!(status == Status::BAD_REQUEST, valid != 'x' || number == 7, "{name} {number}: {status:?}");
            if valid != 'x' {
                assert!(
                    world.changes.iter().all(|change| change.record.resource_name != "c" || change.record.node.0 < 5)
                );
                assert_eq!(world.attribute("cse-in/Cae1/c", "mni"), Value::Int(9), "{name} {number}");
            }
        }
    }
}
