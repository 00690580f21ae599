//! One access control rule: who, what, when, from where, on what (TS-0001 9.6.2.0).

use super::context::{Context, ObjectDetails};
use super::originator::means;
use super::{Question, Verdict};
use crate::primitive::Rejection;
use crate::value::{SmolStr, Value};

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) originators: Vec<SmolStr>,
    pub(super) operations: u8,
    pub(super) contexts: Option<Vec<Context>>,
    pub(super) objects: Option<Vec<ObjectDetails>>,
    pub(super) needs_authentication: bool,
    pub(super) attributes: Option<Vec<SmolStr>>,
}
impl Rule {
    pub(super) fn applies(&self, question: &Question<'_>) -> bool {
        self.originators.iter().any(|entry| means(entry, question.originator, question.home))
            && self.would_apply(question)
    }

    /// Whether it applies to whom its entries mean.
    pub(super) fn would_apply(&self, question: &Question<'_>) -> bool {
        self.operations & question.privilege.0 != 0
            && (!self.needs_authentication || question.authenticated)
            && self.contexts.as_ref().is_none_or(|contexts| contexts.iter().any(|context| context.holds(question)))
            && self.objects.as_ref().is_none_or(|objects| objects.iter().any(|object| object.covers(question)))
    }

    /// What it grants.
    pub(super) fn grants(&self) -> Verdict {
        self.attributes.as_ref().map_or(Verdict::Permit, |attributes| Verdict::Attributes(attributes.clone()))
    }

    pub(super) fn compile(rule: &Value, set: &str) -> Result<Self, Rejection> {
        let wrong = |what: &str| Rejection::bad_request(format!("{set}: {what}"));
        let rule = rule.as_map().ok_or_else(|| wrong("expected access control rules (acr) that are objects"))?;
        let originators = texts(rule.get("acor"))
            .ok_or_else(|| wrong("accessControlOriginators (acor): expected a list of originators"))?;
        let operations = rule.get("acop").and_then(Value::as_int).and_then(|bits| u8::try_from(bits).ok());
        let operations = operations
            .filter(|bits| (1..=63).contains(bits))
            .ok_or_else(|| wrong("accessControlOperations (acop): expected a number from 1 to 63"))?;
        let contexts = match rule.get("acco") {
            None | Some(Value::Null) => None,
            Some(Value::List(contexts)) => {
                Some(contexts.iter().map(|context| Context::compile(context, set)).collect::<Result<_, _>>()?)
            }
            Some(context @ Value::Map(_)) => Some(vec![Context::compile(context, set)?]),
            Some(_) => return Err(wrong("accessControlContexts (acco): expected a list")),
        };
        let objects = match rule.get("acod") {
            None | Some(Value::Null) => None,
            Some(Value::List(objects)) => {
                Some(objects.iter().map(|object| ObjectDetails::compile(object, set)).collect::<Result<_, _>>()?)
            }
            Some(object @ Value::Map(_)) => Some(vec![ObjectDetails::compile(object, set)?]),
            Some(_) => return Err(wrong("accessControlObjectDetails (acod): expected a list")),
        };
        let needs_authentication = match rule.get("acaf") {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => return Err(wrong("accessControlAuthenticationFlag (acaf): expected true or false")),
        };
        let attributes = match rule.get("aca") {
            None => None,
            some => Some(texts(some).ok_or_else(|| wrong("accessControlAttributes (aca): expected a list of names"))?),
        };
        Ok(Self { originators, operations, contexts, objects, needs_authentication, attributes })
    }
}

pub(super) fn texts(value: Option<&Value>) -> Option<Vec<SmolStr>> {
    value?.as_list()?.iter().map(|item| item.as_text().map(SmolStr::from)).collect()
}
