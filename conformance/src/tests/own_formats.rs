//! Serializations: values of every kind go out and come back as they were (TS-0004 8.3 XML, 8.4 JSON, 8.5 CBOR). Over
//! whichever binding and in whichever format is tested. The catalogue has no purposes for it.

use onem2m_cse::primitive::Status;
use serde_json::{Value as Json, json};

use crate::ask::{Asking as _, delete, retrieve};
use crate::bench::{Bench, equals, exactly};
use crate::kind::{ACP, CIN, CNT, SUB};
use crate::suite::Suite;
use crate::verdict::Outcome;

/// Adds the tests.
pub fn add(suite: &mut Suite) {
    let mut content = |name: &str, summary, text: &'static str| {
        suite.own(&format!("TS-0004/8.1/{name}"), summary, &[], move |bench| keeps_a_content(bench, text));
    };
    content("letters", "letters of all scripts come back", "Grüße 温度 🌡 Ω");
    content("markup", "characters that mean something to XML and JSON come back", "<a href=\"x\">&amp; \\ ' ]]></a>");
    content("spaces", "spaces at the ends, tabs and line feeds come back", "  a\tb\nc  ");
    content("digits", "a text that looks like a number stays a text", "007");
    content("words", "a text that looks like a truth value stays a text", "true");
    suite.own("TS-0004/8.1/long", "a text of 20 000 characters comes back", &[], |bench| async move {
        keeps_a_content(bench, &"x".repeat(20_000)).await
    });
    suite.own("TS-0004/8.1/list", "a list keeps its order", &[], |bench| keeps(bench, "lbl", json!(["b", "a", "c"])));
    suite.own("TS-0004/8.1/one", "a list of one stays a list", &[], |bench| keeps(bench, "lbl", json!(["only"])));
    suite.own("TS-0004/8.1/number", "a number stays a number", &[], |bench| keeps(bench, "mni", json!(2_147_483_647)));
    suite.own("TS-0004/8.1/truth", "a truth value stays one", &[SUB], keeps_a_truth_value);
    suite.own("TS-0004/8.1/nested", "structures keep their members", &[ACP], keeps_structures);
    suite.own("TS-0004/8.1/null", "null takes an attribute away", &[], takes_away);
    suite.own("TS-0004/8.1/error", "an error has its code in this format, too", &[], tells_errors);
}

async fn keeps_a_content(bench: Bench, text: &str) -> Outcome {
    let ae = bench.ae().await?;
    let home = bench.make(CNT, &ae, json!({})).await?;
    let created = bench.check(bench.creation(CIN, &home, json!({"con": text})), Status::CREATED).await?;
    let found = bench.look(&bench.made_at(CIN, &home, &created)).await?;
    equals(&found, "con", &json!(text))?;
    equals(&found, "cs", &json!(text.len()))
}

async fn keeps(bench: Bench, name: &'static str, value: Json) -> Outcome {
    let ae = bench.ae().await?;
    let created = bench.check(bench.creation(CNT, &ae, json!({name: value})), Status::CREATED).await?;
    equals(&bench.look(&bench.made_at(CNT, &ae, &created)).await?, name, &value)
}

async fn keeps_a_truth_value(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let created = bench.check(bench.creation(SUB, &ae, json!({"ln": true})), Status::CREATED).await?;
    equals(&bench.look(&bench.made_at(SUB, &ae, &created)).await?, "ln", &json!(true))
}

async fn keeps_structures(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let rules = json!({"acr": [
        {"acor": [ae.originator, "all"], "acop": 63, "acco": [{"actw": ["* * 1-5 * * * *"]}]},
        {"acor": ["Csomebody"], "acop": 2}
    ]});
    let created = bench.check(bench.creation(ACP, &ae, json!({"pv": rules})), Status::CREATED).await?;
    equals(&bench.look(&bench.made_at(ACP, &ae, &created)).await?, "pv", &rules)
}

async fn takes_away(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    let place = bench.make(CNT, &ae, json!({"lbl": ["first"], "mni": 3})).await?;
    let asked = crate::ask::update(&place.path, CNT, &json!({"mni": null})).by(&ae.originator);
    bench.check(asked, Status::UPDATED).await?;
    let left = bench.check(retrieve(&place.path).by(&ae.originator).only(&["lbl", "mni"]), Status::OK).await?;
    exactly(&left, &["lbl"])
}

async fn tells_errors(bench: Bench) -> Outcome {
    let ae = bench.ae().await?;
    bench.check(retrieve(&format!("{}/nowhere", ae.path)).by(&ae.originator), Status::NOT_FOUND).await?;
    bench.check(delete(bench.subject().base()).by(bench.administrator()), Status::OPERATION_NOT_ALLOWED).await?;
    bench.check(bench.creation(CNT, &ae, json!({"mni": -1})), Status::BAD_REQUEST).await.map(drop)
}
