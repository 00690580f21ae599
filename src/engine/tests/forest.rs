//! Random trees, grown step by step in a world whose clock moves, and random criteria to search them with.

use proptest::prelude::*;

use super::World;
use super::oracle::Criterion;
use crate::primitive::Status;

const LABELS: [&str; 5] = ["red", "color:red", "color:blue", "big", "bi*"];

/// One thing that happens while a tree grows. Places are indices into what there is, taken modulo.
#[derive(Clone, Debug)]
pub enum Step {
    Container { at: usize, labels: Vec<usize>, mni: Option<u8>, short_lived: bool },
    Instance { at: usize, labels: Vec<usize>, size: usize, info: Option<usize> },
    Policy { at: usize, labels: Vec<usize> },
    Relabel { at: usize, labels: Vec<usize> },
    Delete { at: usize },
    Wait { seconds: i64 },
    Restart,
}

pub fn step() -> impl Strategy<Value = Step> {
    let labels = || prop::collection::vec(0..LABELS.len(), 0..3);
    let at = || 0..1000_usize;
    prop_oneof![
        5 => (at(), labels(), prop::option::of(0_u8..4), prop::bool::weighted(0.1))
            .prop_map(|(at, labels, mni, short_lived)| Step::Container { at, labels, mni, short_lived }),
        6 => (at(), labels(), 0_usize..6, prop::option::of(0_usize..2))
            .prop_map(|(at, labels, size, info)| Step::Instance { at, labels, size, info }),
        1 => (at(), labels()).prop_map(|(at, labels)| Step::Policy { at, labels }),
        3 => (at(), labels()).prop_map(|(at, labels)| Step::Relabel { at, labels }),
        1 => at().prop_map(|at| Step::Delete { at }),
        2 => prop::sample::select(vec![0_i64, 1, 7, 61]).prop_map(|seconds| Step::Wait { seconds }),
        1 => Just(Step::Restart),
    ]
}

/// A tree with two AEs, and the identifiers of all that was ever created, in order.
pub struct Forest {
    pub world: World,
    pub ids: Vec<String>,
    parents: Vec<(String, bool)>,
}

impl Forest {
    pub fn plant(mut world: World) -> Self {
        world.register("Cae1");
        world.register("Cae2");
        let both = ["Cae1", "Cae2"].map(str::to_owned);
        Self { world, parents: both.iter().map(|ae| (ae.clone(), false)).collect(), ids: both.to_vec() }
    }

    pub fn grow(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Container { at, labels, mni, short_lived } => {
                    let mut content = format!(r#""cr":null{}"#, lbl(labels));
                    if let Some(mni) = mni {
                        content += &format!(r#","mni":{mni}"#);
                    }
                    if *short_lived {
                        content += &format!(r#","et":"{}""#, self.world.now.plus_seconds(30));
                    }
                    self.create(*at, 3, "cnt", &content, true);
                }
                Step::Instance { at, labels, size, info } => {
                    let info = info.map(|info| [r#","cnf":"text/plain:0""#, r#","cnf":"application/json:1""#][info]);
                    let content = format!(r#""con":"{}"{}{}"#, "x".repeat(*size), info.unwrap_or(""), lbl(labels));
                    self.create(*at, 4, "cin", &content, false);
                }
                Step::Policy { at, labels } => {
                    let rules = r#"{"acr":[{"acor":["Cae1"],"acop":63}]}"#;
                    self.create(at % 2, 1, "acp", &format!(r#""pv":{rules},"pvs":{rules}{}"#, lbl(labels)), false);
                }
                Step::Relabel { at, labels } => {
                    let (to, container) = self.parents[at % self.parents.len()].clone();
                    let root = if container { "cnt" } else { "ae" };
                    let list = list(labels);
                    let labels = if list == "[]" { "null" } else { &list };
                    self.world.update("CAdmin", &to, &format!(r#"{{"m2m:{root}":{{"lbl":{labels}}}}}"#));
                }
                Step::Delete { at } => {
                    let to = self.ids[at % self.ids.len()].clone();
                    if !to.starts_with('C') {
                        self.world.delete("CAdmin", &to);
                    }
                }
                Step::Wait { seconds } => self.world.pass(*seconds),
                Step::Restart => self.world.restart(),
            }
        }
        // What is due is done, so that two looks at the tree see the same.
        self.world.pass(0);
    }

    fn create(&mut self, at: usize, ty: u32, root: &str, content: &str, keep: bool) {
        let (parent, _) = self.parents[at % self.parents.len()].clone();
        let response = self.world.create("CAdmin", &parent, ty, &format!(r#"{{"m2m:{root}":{{{content}}}}}"#));
        if response.status == Status::CREATED {
            let id = response.created.unwrap().to_string();
            if keep {
                self.parents.push((id.clone(), true));
            }
            self.ids.push(id);
        }
    }
}

fn list(labels: &[usize]) -> String {
    let labels: Vec<String> = labels.iter().map(|label| format!("{:?}", LABELS[*label])).collect();
    format!("[{}]", labels.join(","))
}

fn lbl(labels: &[usize]) -> String {
    if labels.is_empty() { String::new() } else { format!(r#","lbl":{}"#, list(labels)) }
}

/// Some criteria, each tag at most so often as a query may say it.
pub fn criteria() -> impl Strategy<Value = Vec<Criterion>> {
    let one = |tags: &'static [&'static str], values: &'static [&'static str]| {
        (prop::sample::select(tags), prop::sample::select(values))
            .prop_map(|(tag, value)| (tag.to_owned(), value.to_owned()))
    };
    let at =
        (prop::sample::select(vec!["cra", "crb", "ms", "us", "exa", "exb"]), 0_i64..200).prop_map(|(tag, seconds)| {
            let start = crate::value::Timestamp::parse("20261121T013000").unwrap();
            (tag.to_owned(), start.plus_micros(seconds * 700_000).to_string())
        });
    let labels = &["red", "color:red", "big", "red big", "co*", "bi*", "none"];
    let criterion = prop_oneof![
        3 => at,
        3 => one(&["lbl", "clbl", "palb"], labels),
        3 => one(&["ty", "chty", "pty"], &["1", "2", "3", "4", "3 4", "1 2", "5", "17"]),
        1 => one(&["sts", "stb", "sza", "szb"], &["0", "1", "2", "4"]),
        1 => one(&["cty"], &["text/plain", "application/json text/plain", "application/*"]),
        1 => one(&["lbq"], &["color", "NT color", "color EQ red", "color NE red; big"]),
        2 => one(&["mni", "c.mni", "p.mni", "cni", "p.cni"], &["0", "1", "2", "*"]),
        1 => one(&["rn", "p.rn", "c.rn"], &["Cae1", "c*", "C*", "*-*"]),
        1 => one(&["cr", "con", "rr", "p.rr", "c.con"], &["CAdmin", "C*n", "xx", "x*", "false"]),
        1 => one(&["lvl"], &["1", "2", "3"]),
        2 => one(&["fo"], &["1", "2", "3"]),
    ];
    prop::collection::vec(criterion, 0..4).prop_map(|mut criteria| {
        // Attributes and lists may be repeated, everything else is said once.
        let mut kept: Vec<Criterion> = Vec::new();
        criteria.retain(|(tag, _)| {
            let repeatable =
                tag.contains('.') || matches!(&**tag, "lbl" | "ty" | "cty" | "mni" | "rn" | "clbl" | "pty");
            let new = repeatable || kept.iter().all(|(other, _)| other != tag);
            kept.push((tag.clone(), String::new()));
            new
        });
        criteria
    })
}
