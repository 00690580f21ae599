//! SEC/ACP: what one rule of a policy grants, and what it does not (TS-0001 9.6.2, TS-0003 7.1.5, TS-0004 7.3.3.15).

use std::net::IpAddr;

use onem2m_cse::primitive::{Operation, Request, Status};
use serde_json::{Value as Json, json};

use crate::ask::{Asking as _, create, delete, retrieve, update};
use crate::bench::{Bench, Place, absent, equals};
use crate::kind::{self, ACP, CNT};
use crate::sample::in_days;
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, not_applicable};

/// Everything that a policy can grant: CREATE 1, RETRIEVE 2, UPDATE 4, DELETE 8, NOTIFY 16, DISCOVERY 32.
const ALL: u32 = 63;

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.purpose("SEC/ACP/001", |bench| decides(bench, |around| Ok(vec![vec![around.grants(ALL - around.bit)]])));
    suite.purpose("SEC/ACP/002", |bench| {
        decides(bench, |around| Ok(vec![vec![], vec![around.grants(around.bit)], vec![]]))
    });
    suite.purpose("SEC/ACP/003", |bench| decides(bench, a_domain));
    suite.purpose("SEC/ACP/004", |bench| {
        decides(bench, |around| Ok(vec![vec![json!({"acor": ["all"], "acop": around.bit})]]))
    });
    suite.purpose("SEC/ACP/005", |bench| {
        decides(bench, |around| Ok(vec![vec![around.within(json!({"actw": ["* * 0-23 * * * *"]}))]]))
    });
    suite.purpose("SEC/ACP/006", |bench| decides(bench, another_time));
    // Everywhere on earth; and a metre around the South Pole.
    suite.purpose("SEC/ACP/007", |bench| in_a_region(bench, [0.0, 0.0, 20_100_000.0]));
    suite.purpose("SEC/ACP/008", |bench| in_a_region(bench, [-90.0, 0.0, 1.0]));
    suite.purpose("SEC/ACP/009", |bench| decides(bench, this_address));
    suite.purpose("SEC/ACP/010", |bench| {
        let elsewhere = json!({"acip": {"ipv4": ["192.0.2.1"], "ipv6": ["2001:db8::1"]}});
        decides(bench, move |around| Ok(vec![vec![around.within(elsewhere)]]))
    });
}

/// What rules are made of.
struct Around<'a> {
    bench: &'a Bench,
    /// Who asks.
    stranger: String,
    /// The operation that is tested.
    bit: u32,
}

impl Around<'_> {
    fn grants(&self, operations: u32) -> Json {
        json!({"acor": [self.stranger], "acop": operations})
    }

    fn within(&self, context: Json) -> Json {
        json!({"acor": [self.stranger], "acop": self.bit, "acco": [context]})
    }
}

/// Variants: operation. A container is governed by policies that grant its owner everything, and a stranger what `rules`
/// says, a list for each policy. The stranger tries.
async fn decides(bench: Bench, rules: impl FnOnce(&Around<'_>) -> Result<Vec<Vec<Json>>, Stop>) -> Outcome {
    let (owner, stranger) = (bench.ae().await?, bench.ae().await?);
    let bit = bit(bench.variant().operation());
    let around = Around { bench: &bench, stranger: stranger.originator.clone(), bit };
    let mut policies = Vec::new();
    for rules in rules(&around)? {
        let policy = bench.prepare(policy(&bench, &owner, rules)).await?;
        policies.push(policy.text("ri"));
    }
    let target = bench.make(CNT, &owner, json!({"acpi": policies})).await?;
    tries(&bench, &target, &stranger).await
}

/// The CREATE of a policy that grants its owner everything, and what these rules say.
fn policy(bench: &Bench, owner: &Place, rules: Vec<Json>) -> Request {
    let all = json!({"acor": [owner.originator], "acop": ALL});
    let rules: Vec<Json> = std::iter::once(all).chain(rules).collect();
    bench.creation(ACP, owner, json!({"pv": {"acr": rules}, "pvs": kind::grants(&owner.originator)}))
}

const fn bit(operation: Operation) -> u32 {
    match operation {
        Operation::Create => 1,
        Operation::Update => 4,
        Operation::Delete => 8,
        _ => 2,
    }
}

/// Somebody tries the operation of the variant on a container; what was refused must have had no effect.
pub async fn tries(bench: &Bench, target: &Place, somebody: &Place) -> Outcome {
    let (to, name) = (target.path.as_str(), bench.unique());
    let asked = match bench.variant().operation() {
        Operation::Create => create(to, CNT, &json!({"rn": name})),
        Operation::Update => update(to, CNT, &json!({"lbl": ["touched"]})),
        Operation::Delete => delete(to),
        _ => retrieve(to),
    };
    let answer = bench.check_purpose(asked.by(&somebody.originator)).await?;
    let done = answer.status.is_success();
    match bench.variant().operation() {
        Operation::Create if !done => bench.gone(&format!("{to}/{name}"), &target.originator).await,
        Operation::Create => equals(&answer, "pi", &json!(target.ri)),
        Operation::Update if !done => absent(&bench.look(target).await?, "lbl"),
        Operation::Update => equals(&bench.look(target).await?, "lbl", &json!(["touched"])),
        Operation::Delete if done => bench.gone(to, &target.originator).await,
        Operation::Delete => bench.look(target).await.map(drop),
        _ if done => equals(&answer, "ri", &json!(target.ri)),
        _ => Ok(()),
    }
}

/// TS-0004 table 7.3.3.15-1: an M2M-SP-ID means everybody of that service provider.
fn a_domain(around: &Around<'_>) -> Result<Vec<Vec<Json>>, Stop> {
    let domain = &around.bench.subject().pics.identity.sp_id;
    if domain.is_empty() {
        return not_applicable("the M2M-SP-ID is not known: --sp-id, or identity.sp_id in the PICS");
    }
    Ok(vec![vec![json!({"acor": [domain], "acop": around.bit})]])
}

/// A window that is the year after the next.
fn another_time(around: &Around<'_>) -> Result<Vec<Vec<Json>>, Stop> {
    let year: String = in_days(2 * 366).chars().take(4).collect();
    Ok(vec![vec![around.within(json!({"actw": [format!("* * * * * * {year}")]}))]])
}

/// The address under which the subject knows this machine.
fn this_address(around: &Around<'_>) -> Result<Vec<Vec<Json>>, Stop> {
    if around.bench.subject().is_brokered() {
        return not_applicable("behind a broker, nobody sees where a request comes from");
    }
    let list = match around.bench.subject().pics.listener.host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => json!({"ipv4": [address.to_string()]}),
        Ok(IpAddr::V6(address)) => json!({"ipv6": [address.to_string()]}),
        Err(_) => return not_applicable("the tester's address is not known: listener.host in the PICS is a name"),
    };
    Ok(vec![vec![around.within(json!({"acip": list}))]])
}

/// TS-0003 annex F: who does not know where the originator is denies.
async fn in_a_region(bench: Bench, region: [f64; 3]) -> Outcome {
    let (owner, stranger) = (bench.ae().await?, bench.ae().await?);
    let bit = bit(bench.variant().operation());
    let around = Around { bench: &bench, stranger: stranger.originator.clone(), bit };
    let rule = around.within(json!({"aclr": {"accr": region}}));
    let answer = bench.send(policy(&bench, &owner, vec![rule])).await?;
    // TS-0003 table 7.1.3-3: regions are optional.
    if answer.status == Status::NOT_IMPLEMENTED {
        return not_applicable("the subject does not take location regions in policies");
    }
    if !answer.status.is_success() {
        return Err(Stop::Inconclusive(format!("preparation: the policy was answered {:?}", answer.status)));
    }
    let target = bench.make(CNT, &owner, json!({"acpi": [answer.text("ri")]})).await?;
    tries(&bench, &target, &stranger).await
}
