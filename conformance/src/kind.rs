//! Resource types as the tests know them: number, names, and the least that a valid one holds.

use serde_json::{Value as Json, json};

/// A resource type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The tag in identifiers of test purposes: `CNT`.
    pub tag: &'static str,
    /// The number: 3.
    pub number: u32,
    /// The name on the wire: `m2m:cnt`.
    pub root: &'static str,
    /// The name in the standard: `container`.
    pub long: &'static str,
}

macro_rules! kinds {
    ($($tag:ident $number:literal $root:literal $long:literal)*) => {
        $(#[doc = concat!("`", $long, "`.")]
        pub const $tag: Kind = Kind { tag: stringify!($tag), number: $number, root: $root, long: $long };)*

        /// All types that tests know.
        pub const ALL: &[Kind] = &[$($tag),*];
    };
}

kinds! {
    ACP 1 "m2m:acp" "accessControlPolicy"
    AE 2 "m2m:ae" "AE"
    CNT 3 "m2m:cnt" "container"
    CIN 4 "m2m:cin" "contentInstance"
    CB 5 "m2m:cb" "CSEBase"
    GRP 9 "m2m:grp" "group"
    LCP 10 "m2m:lcp" "locationPolicy"
    MSSP 11 "m2m:mssp" "m2mServiceSubscriptionProfile"
    MGO 13 "m2m:bat" "mgmtObj"
    MGC 12 "m2m:mgc" "mgmtCmd"
    NOD 14 "m2m:nod" "node"
    PCH 15 "m2m:pch" "pollingChannel"
    CSR 16 "m2m:csr" "remoteCSE"
    REQ 17 "m2m:req" "request"
    SCH 18 "m2m:sch" "schedule"
    ASAR 19 "m2m:asar" "serviceSubscribedAppRule"
    STCL 21 "m2m:stcl" "statsCollect"
    STCG 22 "m2m:stcg" "statsConfig"
    SUB 23 "m2m:sub" "subscription"
    FCNT 28 "cod:tempe" "flexContainer"
    TS 29 "m2m:ts" "timeSeries"
    TSI 30 "m2m:tsi" "timeSeriesInstance"
}

/// `AEAnnc`, which no variant names.
pub const AEA: Kind = Kind { tag: "AEA", number: 10002, root: "m2m:aeA", long: "AEAnnc" };

/// The type of that tag.
#[must_use]
pub fn tagged(tag: &str) -> Option<Kind> {
    ALL.iter().copied().find(|kind| kind.tag == tag)
}

/// The type of that long name.
#[must_use]
pub fn named(long: &str) -> Option<Kind> {
    ALL.iter().copied().find(|kind| kind.long == long)
}

/// What the least valid resources need of their surroundings.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The originator that is to be granted everything.
    pub originator: String,
    /// Where notifications can go.
    pub listener: String,
    /// A name that nothing else has.
    pub unique: String,
}

/// The least that a CREATE of this type has to bring (TS-0004 7.4, the tables of each type), without a name.
#[must_use]
pub fn minimal(kind: Kind, around: &Surroundings) -> Json {
    let unique = &around.unique;
    match kind {
        ACP => json!({"pv": grants(&around.originator), "pvs": grants(&around.originator)}),
        AE => json!({"api": "Nconformance", "rr": false, "srv": ["2a", "3"]}),
        ASAR => json!({"apci": ["Nconformance"], "aai": ["Nconformance"], "aae": ["C*"]}),
        CIN => json!({"con": "20"}),
        CSR => json!({"csi": format!("/{unique}"), "cb": format!("/{unique}/cse"), "rr": false, "srv": ["2a", "3"]}),
        FCNT => json!({"cnd": "org.onem2m.common.moduleclass.temperature", "curT0": 20.5}),
        GRP => json!({"mt": 3, "mnm": 10, "mid": []}),
        LCP => json!({"los": 2}),
        MGC => json!({"cmt": 5, "exe": false, "ext": format!("{unique}-node")}),
        // A battery: the least of all management objects.
        MGO => json!({"mgd": 1006, "btl": 50, "bts": 1}),
        NOD => json!({"ni": format!("{unique}-node")}),
        SCH => json!({"se": {"sce": ["* * * * * * *"]}}),
        STCG => json!({}),
        STCL => json!({"sci": unique, "cei": format!("C{unique}"), "cdi": [format!("C{unique}")], "srs": 1, "sm": 1}),
        SUB => json!({"nu": [around.listener], "nct": 1}),
        TS => json!({"mdd": false}),
        TSI => json!({"con": "20", "dgt": "20260101T000000,000"}),
        _ => json!({}),
    }
}

/// Rules that grant everything to one originator.
#[must_use]
pub fn grants(originator: &str) -> Json {
    rule(&[originator], 63)
}

/// Rules that grant some operations to some originators.
#[must_use]
pub fn rule(originators: &[&str], operations: u32) -> Json {
    json!({"acr": [{"acor": originators, "acop": operations}]})
}
