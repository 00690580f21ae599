//! Mistakes that are made on purpose, between the engine and who looks at it. A model that does not notice is none.

use onem2m_cse::engine::Output;
use onem2m_cse::primitive::{Content, Response, Status};
use serde_json::{Value as Json, json};

/// A mistake of the engine, or of its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// An UPDATE is answered with 2000.
    Code,
    /// A limit is shown that nobody set.
    Attribute,
    /// A group counts one member too few.
    Count,
    /// The answer of the last member of a group is left out.
    Member,
    /// What one member says is said in the name of another.
    Name,
    /// A notification is lost each time.
    Silence,
    /// A notification is sent twice at once.
    Echo,
    /// The kind of event is another.
    Event,
    /// The result of a request that was acknowledged is told wrongly.
    Result,
    /// A long poll brings what came before a second time.
    Poll,
    /// Who may not see something is told a label of it.
    Leak,
    /// A commit is acknowledged and not applied.
    LostCommit,
    /// A commit is applied by half.
    HalfCommit,
    /// What is deleted stays in the store.
    Litter,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Code,
        Self::Attribute,
        Self::Count,
        Self::Member,
        Self::Name,
        Self::Silence,
        Self::Echo,
        Self::Event,
        Self::Result,
        Self::Poll,
        Self::Leak,
        Self::LostCommit,
        Self::HalfCommit,
        Self::Litter,
    ];

    /// What comes out instead of what came.
    pub(super) fn spoil(self, outputs: Vec<Output>) -> Vec<Output> {
        let spoilt = outputs.into_iter().flat_map(|output| match output {
            Output::Reply(ticket, mut response) => {
                self.reply(&mut response);
                vec![Output::Reply(ticket, response)]
            }
            Output::Call(mut call) => {
                let text = |request: &onem2m_cse::primitive::Request| {
                    request.content.as_ref().map(|content| String::from_utf8_lossy(&encode(content)).into_owned())
                };
                let notifies = call.requests.iter().filter_map(text).any(|text| text.contains("\"nev\""));
                match self {
                    Self::Silence if notifies => return Vec::new(),
                    Self::Echo if notifies => return vec![Output::Call(call.clone()), Output::Call(call)],
                    Self::Event | Self::Result => {
                        for request in &mut call.requests {
                            let Some(text) = text(request) else { continue };
                            let other = if self == Self::Event {
                                text.replace("\"net\":3", "\"net\":4")
                            } else {
                                text.replace("\"m2m:rsp\":{\"rsc\":2", "\"m2m:rsp\":{\"rsc\":5")
                            };
                            request.content = onem2m_cse::codec::json::decode(other.as_bytes(), 64).ok();
                        }
                    }
                    _ => {}
                }
                vec![Output::Call(call)]
            }
            other => vec![other],
        });
        spoilt.collect()
    }

    fn reply(self, response: &mut Response) {
        let Some(content) = response.content.as_ref().map(Content::to_json) else { return };
        let Ok(mut json) = serde_json::from_slice::<Json>(&content) else { return };
        match self {
            Self::Code if response.status == Status::UPDATED => response.status = Status::OK,
            Self::Attribute => {
                if let Some(limit) = json.pointer_mut("/m2m:cnt/mni") {
                    *limit = json!(99);
                }
            }
            Self::Count => {
                if let Some(count) = json.pointer_mut("/m2m:grp/cnm") {
                    *count = json!(count.as_u64().unwrap_or(0).saturating_sub(1));
                }
            }
            Self::Member | Self::Name => {
                if let Some(said) = json.pointer_mut("/m2m:agr/m2m:rsp").and_then(Json::as_array_mut) {
                    if self == Self::Member {
                        said.pop();
                    } else if let Some(first) = said.first_mut() {
                        first["fr"] = json!("somebody");
                    }
                }
            }
            Self::Poll => {
                if let Some(sgn) = json.pointer_mut("/m2m:rqp/pc/m2m:sgn/nev/rep") {
                    *sgn = json!({"m2m:cin": {"con": "yesterday"}});
                }
            }
            Self::Leak if response.status == Status::ORIGINATOR_HAS_NO_PRIVILEGE => {
                json = json!({"m2m:dbg": "mark2. is none of your business, and mark1. neither"});
            }
            _ => return,
        }
        response.content = Some(Content::Json(json.to_string().into()));
    }
}

fn encode(content: &onem2m_cse::value::Value) -> Vec<u8> {
    onem2m_cse::codec::json::encode(content)
}
