//! Result contents and filters of a RETRIEVE beyond the purposes: how deep, how much, which (TS-0004 7.3.3.17.6 to
//! 7.3.3.17.15, 7.5.2).

use onem2m_cse::primitive::{FilterCriteria, Status};
use serde_json::{Value as Json, json};

use crate::ask::{Answer, Asking as _, at, retrieve};
use crate::bench::{Bench, Place};
use crate::kind::{CIN, CNT};
use crate::suite::Suite;
use crate::verdict::{Outcome, Stop, ensure};

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    suite.own("TS-0004/7.5.2/nested", "grandchildren lie in their parents", &[], |bench| {
        names(bench, 4, FilterCriteria::default(), &["a", "a/x", "a/y", "b"])
    });
    suite.own("TS-0004/7.5.2/references", "references name all descendants", &[], |bench| {
        names(bench, 6, FilterCriteria::default(), &["a", "a/x", "a/y", "b"])
    });
    suite.own("TS-0004/7.3.3.17.14/level", "level 1 ends at the children", &[], |bench| {
        names(bench, 6, FilterCriteria { level: Some(1), ..FilterCriteria::default() }, &["a", "b"])
    });
    suite.own("TS-0004/7.3.3.17.14/level-nested", "level 1 ends at the children in a tree, too", &[], |bench| {
        names(bench, 8, FilterCriteria { level: Some(1), ..FilterCriteria::default() }, &["a", "b"])
    });
    suite.own("TS-0004/7.3.3.17.10/limit", "limit is the most that comes", &[], limits);
    suite.own("TS-0004/7.3.3.17.15/offset", "offset passes over the first", &[], passes_over);
    suite.own("TS-0004/7.3.3.17.6/type", "children are chosen by type", &[], chooses_by_type);
    suite.own("TS-0004/7.5.2/original", "the original resource of what is none is refused", &[], refuses_the_original);
}

/// `a` with `x` and `y` in it, and `b`.
async fn tree(bench: &Bench) -> Result<Place, Stop> {
    let ae = bench.ae().await?;
    let home = bench.make(CNT, &ae, json!({})).await?;
    let a = bench.make(CNT, &home, json!({"rn": "a"})).await?;
    bench.make(CNT, &a, json!({"rn": "x"})).await?;
    bench.make(CIN, &a, json!({"rn": "y"})).await?;
    bench.make(CNT, &home, json!({"rn": "b"})).await?;
    Ok(home)
}

async fn ask(bench: &Bench, home: &Place, rcn: i64, criteria: FilterCriteria) -> Result<Answer, Stop> {
    let mut request = retrieve(&home.path).by(&home.originator).rcn(rcn);
    if criteria != FilterCriteria::default() {
        request.filter_criteria = Some(Box::new(criteria));
    }
    bench.check(request, Status::OK).await
}

/// The addresses of descendants below a resource, as references tell them.
fn referred(home: &Place, answer: &Answer) -> Vec<String> {
    let list = at(at(&answer.content, "m2m:rrl"), "rrf").as_array().cloned().unwrap_or_default();
    let below = format!("{}/", home.path.split_once('/').map_or("", |(_, tail)| tail));
    let tail = |address: &str| address.split_once(&below).map_or(address.to_owned(), |(_, tail)| tail.to_owned());
    let mut all: Vec<String> = list.iter().filter_map(|one| at(one, "val").as_str().map(tail)).collect();
    all.sort_unstable();
    all
}

/// The addresses of descendants, as they lie in one another.
fn nested(json: &Json, above: &str, all: &mut Vec<String>) {
    for (_, children) in json.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("m2m:")) {
        let one = std::slice::from_ref(children);
        for child in children.as_array().map_or(one, Vec::as_slice) {
            let path = format!("{above}{}", at(child, "rn").as_str().unwrap_or("?"));
            nested(child, &format!("{path}/"), all);
            all.push(path);
        }
    }
}

async fn names(bench: Bench, rcn: i64, criteria: FilterCriteria, expected: &[&str]) -> Outcome {
    let home = tree(&bench).await?;
    let answer = ask(&bench, &home, rcn, criteria).await?;
    let got = if rcn == 6 {
        referred(&home, &answer)
    } else {
        let mut all = Vec::new();
        nested(answer.attributes(), "", &mut all);
        all.sort_unstable();
        all
    };
    ensure(got == expected, || format!("descendants: expected {}, got {}", expected.join(" "), got.join(" ")))
}

async fn limits(bench: Bench) -> Outcome {
    let home = tree(&bench).await?;
    let criteria = FilterCriteria { limit: Some(2), ..FilterCriteria::default() };
    let got = referred(&home, &ask(&bench, &home, 6, criteria).await?);
    ensure(got.len() == 2, || format!("references: expected 2, got {}", got.join(" ")))
}

async fn passes_over(bench: Bench) -> Outcome {
    let home = tree(&bench).await?;
    let all = referred(&home, &ask(&bench, &home, 6, FilterCriteria::default()).await?);
    // TS-0004 7.3.3.17.15: the first is 1, so an offset of 3 leaves two out.
    let criteria = FilterCriteria { offset: Some(3), ..FilterCriteria::default() };
    let rest = referred(&home, &ask(&bench, &home, 6, criteria).await?);
    let within = rest.iter().all(|one| all.contains(one));
    ensure(within && rest.len() == all.len().saturating_sub(2), || {
        format!("references: expected two less than {}, got {}", all.join(" "), rest.join(" "))
    })
}

async fn chooses_by_type(bench: Bench) -> Outcome {
    let home = tree(&bench).await?;
    let criteria = FilterCriteria { resource_type: vec![CIN.number], ..FilterCriteria::default() };
    let got = referred(&home, &ask(&bench, &home, 6, criteria).await?);
    ensure(got == ["a/y"], || format!("references: expected a/y, got {}", got.join(" ")))
}

async fn refuses_the_original(bench: Bench) -> Outcome {
    let home = tree(&bench).await?;
    bench.check(retrieve(&home.path).by(&home.originator).rcn(7), Status::BAD_REQUEST).await.map(drop)
}
