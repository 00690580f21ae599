//! Stories and properties of access control rules.

use super::originator::means;
use super::*;
use crate::codec::json;
use crate::primitive::Status;
use proptest::prelude::*;

const HOME: Home<'_> = Home { sp_id: "//acme.example.com", cse_id: "/id-in" };

fn rules(text: &str) -> Map {
    let text = format!(r#"{{"pv":{{"acr":[{text}]}},"pvs":{{"acr":[{{"acor":["C"],"acop":63}}]}}}}"#);
    json::decode(text.as_bytes(), 32).unwrap().as_map().unwrap().clone()
}

fn ask(rule: &str, change: impl Fn(&mut Question<'_>)) -> Verdict {
    let mut question = Question {
        originator: "Cae1",
        home: HOME,
        privilege: Privilege::RETRIEVE,
        target_type: 3,
        child_type: None,
        now: Timestamp::parse("20261121T013000").unwrap(),
        ip: None,
        authenticated: false,
    };
    change(&mut question);
    Policy::compile(&rules(rule)).privileges.decide(&question)
}

#[test]
fn an_originator_is_granted_what_its_rule_says_and_no_more() {
    let rule = r#"{"acor":["Cae1"],"acop":2}"#;
    assert_eq!(ask(rule, |_| ()), Verdict::Permit);
    assert_eq!(ask(rule, |q| q.privilege = Privilege::UPDATE), Verdict::Deny);
    assert_eq!(ask(rule, |q| q.originator = "Cae2"), Verdict::Deny);
    assert_eq!(ask(r#"{"acor":["all"],"acop":2}"#, |q| q.originator = "anybody"), Verdict::Permit);
    assert_eq!(ask(r#"{"acor":["C*1"],"acop":2}"#, |_| ()), Verdict::Permit);
}

#[test]
fn the_window_needs_every_field_and_the_address_needs_a_transport_that_has_one() {
    let rule = |acco: &str| format!(r#"{{"acor":["all"],"acop":63,"acco":[{acco}]}}"#);
    assert_eq!(ask(&rule(r#"{"actw":["* * 1 * * * *"]}"#), |_| ()), Verdict::Permit);
    assert_eq!(ask(&rule(r#"{"actw":["* 29 1 * * * *"]}"#), |_| ()), Verdict::Deny);
    let net = rule(r#"{"acip":{"ipv4":["10.1.0.0/16"],"ipv6":["2001:db8::/32"]}}"#);
    assert_eq!(ask(&net, |_| ()), Verdict::Deny);
    assert_eq!(ask(&net, |q| q.ip = "10.1.2.3".parse().ok()), Verdict::Permit);
    assert_eq!(ask(&net, |q| q.ip = "::ffff:10.1.2.3".parse().ok()), Verdict::Permit);
    assert_eq!(ask(&net, |q| q.ip = "10.2.2.3".parse().ok()), Verdict::Deny);
    assert_eq!(ask(&net, |q| q.ip = "2001:db8::1".parse().ok()), Verdict::Permit);
}

#[test]
fn what_cannot_be_evaluated_is_refused_and_grants_nothing() {
    for acco in [r#"{"aclr":{"accc":["KR"]}}"#, r#"{"acui":["u"]}"#, r#"{"acl":3}"#] {
        let rule = format!(r#"{{"acor":["all"],"acop":63,"acco":[{acco}]}}"#);
        assert_eq!(Policy::check(&rules(&rule)).unwrap_err().status, Status::NOT_IMPLEMENTED);
        assert_eq!(ask(&rule, |_| ()), Verdict::Deny);
    }
    let window = r#"{"acor":["all"],"acop":63,"acco":[{"actw":["* * * * 11 *"]}]}"#;
    assert_eq!(Policy::check(&rules(window)).unwrap_err().status, Status::BAD_REQUEST);
}

#[test]
fn object_details_restrict_target_and_child() {
    let rule = r#"{"acor":["all"],"acop":63,"acod":[{"ty":3,"chty":[4]}]}"#;
    assert_eq!(ask(rule, |_| ()), Verdict::Permit);
    assert_eq!(ask(rule, |q| q.target_type = 2), Verdict::Deny);
    assert_eq!(ask(rule, |q| q.child_type = Some(4)), Verdict::Permit);
    assert_eq!(ask(rule, |q| q.child_type = Some(3)), Verdict::Deny);
}

fn any_rule() -> impl Strategy<Value = (String, String)> {
    let originators =
        prop::sample::select(vec![r#"["all"]"#, r#"["Cae1"]"#, r#"["C*"]"#, r#"["*"]"#, r#"["S*","Cx"]"#, "[]"]);
    let context = prop::sample::select(vec![
        r#"{"actw":["* * 1 * * * *"]}"#,
        r#"{"actw":["* * 2 * * * *"]}"#,
        r#"{"acip":{"ipv4":["10.0.0.0/8"]}}"#,
        r#"{"acip":{"ipv4":["10.0.0.0/8"]},"actw":["* * 1 * * * *"]}"#,
        r#"{"aclr":{"accc":["KR"]}}"#,
        "{}",
    ]);
    (originators, 1_u8..64, context).prop_map(|(acor, acop, context)| {
        (
            format!(r#"{{"acor":{acor},"acop":{acop}}}"#),
            format!(r#"{{"acor":{acor},"acop":{acop},"acco":[{context}]}}"#),
        )
    })
}

proptest! {
    #[test]
    fn a_context_never_widens_access((without, with) in any_rule(), bit in 0_u32..6, inside: bool, originator in "[A-Za-z*]{0,5}") {
        let change = |q: &mut Question<'_>| {
            q.privilege = Privilege(1 << bit);
            q.ip = inside.then(|| "10.0.0.1".parse().unwrap());
        };
        let decide = |rule: &str| {
            let mut question = Question {
                originator: &originator, home: HOME, privilege: Privilege::RETRIEVE, target_type: 3, child_type: None,
                now: Timestamp::parse("20261121T013000").unwrap(), ip: None, authenticated: false,
            };
            change(&mut question);
            Policy::compile(&rules(rule)).privileges.decide(&question)
        };
        if decide(&with) == Verdict::Permit {
            prop_assert_eq!(decide(&without), Verdict::Permit);
        }
    }

    #[test]
    fn no_originator_is_a_pattern(originator in "[A-Ca-c*]{1,6}", entry in "[A-Ca-c]{1,6}") {
        let rule = format!(r#"{{"acor":["{entry}"],"acop":63}}"#);
        let permitted = ask(&rule, |q| q.originator = if originator == entry { "Cae1" } else { "" }) == Verdict::Permit;
        prop_assert!(!permitted || entry == "Cae1");
        prop_assert_eq!(means(&entry, &originator, HOME), entry == originator);
    }

    #[test]
    fn the_matcher_agrees_with_a_slow_one(pattern in "[ab*]{0,8}", text in "[ab]{0,8}") {
        fn slow(p: &[u8], t: &[u8]) -> bool {
            match p.split_first() {
                None => t.is_empty(),
                Some((b'*', rest)) => (0..=t.len()).any(|at| slow(rest, &t[at..])),
                Some((byte, rest)) => t.first() == Some(byte) && slow(rest, &t[1..]),
            }
        }
        prop_assert_eq!(glob(&pattern, &text), slow(pattern.as_bytes(), text.as_bytes()));
    }
}
