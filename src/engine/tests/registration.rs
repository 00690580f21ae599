//! Who may register, and in which words (TS-0001 10.1.1.2.2, TS-0004 7.4.5.2.1).

use super::World;
use super::validation::{AE, BAD, create, expect, house, send};
use crate::primitive::{ReleaseVersion, Status};

#[test]
fn an_app_id_says_whether_it_is_registered() {
    use ReleaseVersion::{R1, R2A, R3, R4};
    for (release, api, status) in [
        (R3, "Nx", Status::CREATED),
        (R3, "Rx", Status::CREATED),
        (R3, "rx", Status::CREATED),
        (R4, "rx", BAD),
        (R1, "rx", Status::CREATED),
        (R2A, "x", BAD),
        (R3, "N", BAD),
        (R4, "nx", BAD),
        (R3, "", BAD),
    ] {
        let mut request =
            create("cse-in", 2, &format!(r#"{{"m2m:ae":{{"api":"{api}","rr":false,"srv":["3"]}}}}"#)).from("Cnew");
        request.release_version_indicator = release;
        let response = send(&mut house(), request);
        assert_eq!(response.status, status, "{release} {api}");
        assert_eq!(response.release_version_indicator, release, "the answer speaks the release of the request");
    }
    let mut old = create("cse-in", 2, r#"{"m2m:ae":{"api":"Nx","rr":false}}"#).from("Cnew");
    expect(old.clone(), BAD);
    old.release_version_indicator = R1;
    expect(old, Status::CREATED);
}

#[test]
fn who_registers_here_is_for_the_configuration_to_say() {
    for (from, status) in [
        ("Xae", Status::APP_RULE_VALIDATION_FAILED),
        ("id-in", Status::SECURITY_ASSOCIATION_REQUIRED),
        ("/id-in", Status::SECURITY_ASSOCIATION_REQUIRED),
        ("Cx/y", BAD),
        ("/other/Cx", BAD),
        ("Sx", Status::CREATED),
    ] {
        expect(create("cse-in", 2, &format!(r#"{{"m2m:ae":{{{AE}}}}}"#)).from(from), status);
    }
    // What looks like an identifier of this CSE's own making is nobody's name.
    let mut world = World::with(|config| config.allowed_ae_originators = vec!["*".into()]);
    let response = send(&mut world, create("cse-in", 2, &format!(r#"{{"m2m:ae":{{{AE}}}}}"#)).from("cnt-5"));
    assert_eq!(response.status, BAD);
}
