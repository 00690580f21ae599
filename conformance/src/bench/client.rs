//! What tests have in common in which an AE is under test, and the tester is its registrar.

use onem2m_cse::primitive::{Operation, Request, Status};
use serde_json::{Value as Json, json};

use super::Bench;
use crate::carrier::caller_for;
use crate::kind::{AE, CB, CNT, Kind};
use crate::log::Entry;
use crate::remote::{Asked, Planted, Remote};
use crate::subject::PATIENCE;
use crate::verdict::{Stop, ensure};
use crate::wanted::{From, Wanted};

/// The registration of the AE that is under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The AE-ID-stem.
    pub id: String,
    /// The path of the AE resource.
    pub path: String,
}

impl Bench {
    /// What a registration of the AE has to be, with more attributes.
    ///
    /// # Errors
    /// Not applicable, when no AE is under test.
    pub fn wanted_registration(&self, content: Json, carries: &[String], from: From) -> Result<Wanted, Stop> {
        let registrar = &self.under_test()?.registrar;
        let mut attributes = json!({"api": "Nconformance", "rr": true, "srv": ["2a", "3"]});
        super::places::change(&mut attributes, content);
        Ok(Wanted {
            operation: Operation::Create,
            kind: AE,
            to: registrar.base.clone(),
            target: registrar.base_path(),
            same_form: false,
            from,
            content: attributes,
            carries: carries.to_vec(),
        })
    }

    /// The AE registers as the step that is tested, or before it.
    ///
    /// # Errors
    /// As [`Bench::triggered`].
    pub async fn register_ae(&self, wanted: &Wanted) -> Result<Registered, Stop> {
        let tested = self.under_test()?;
        let asked = self.triggered(wanted).await?;
        let registered = tested.registrar.newest_ae(&asked);
        let registered = registered.ok_or_else(|| Stop::Inconclusive("the tester has kept no registration".into()))?;
        tested.set_registered(Some(registered.clone()));
        Ok(registered)
    }

    /// The AE's registration. It is brought to register when it has not yet.
    ///
    /// # Errors
    /// Inconclusive, when it does not.
    pub async fn registered_ae(&self) -> Result<Registered, Stop> {
        let known = self.under_test()?.registered();
        if let Some(known) = known {
            return Ok(known);
        }
        let wanted = self.wanted_registration(json!({}), &[], From::Anybody)?;
        self.register_ae(&wanted).await.map_err(|stop| match stop {
            Stop::Fail(reason) => Stop::Inconclusive(format!("preparation: the AE did not register: {reason}")),
            other => other,
        })
    }

    /// A resource of the AE, with which something is to be done.
    ///
    /// # Errors
    /// Inconclusive, when there is no registration.
    pub async fn planted(&self, kind: Kind, parent: &str, attributes: Json) -> Result<Planted, Stop> {
        let registered = self.registered_ae().await?;
        let mut all = json!({"ty": kind.number, "cr": registered.id});
        super::places::change(&mut all, attributes);
        Ok(self.under_test()?.registrar.plant(parent, kind.root, &self.unique(), all))
    }

    /// A container of the AE.
    ///
    /// # Errors
    /// Inconclusive, when there is no registration.
    pub async fn planted_container(&self) -> Result<Planted, Stop> {
        let home = self.registered_ae().await?.path;
        self.planted(CNT, &home, json!({})).await
    }

    /// Something that the AE has to do with a resource.
    ///
    /// # Errors
    /// Inconclusive, when there is no registration.
    pub async fn wanted(&self, operation: Operation, kind: Kind, path: &str) -> Result<Wanted, Stop> {
        let registrar = &self.under_test()?.registrar;
        let from = From::Is(self.registered_ae().await?.id);
        let to = if kind == CB { registrar.base.clone() } else { format!("{}/{path}", registrar.cse_id) };
        let (target, content, carries) = (path.to_owned(), json!({}), Vec::new());
        Ok(Wanted { operation, kind, to, target, same_form: false, from, content, carries })
    }

    /// Tells the AE something at an address of its own. It has to answer with success.
    ///
    /// # Errors
    /// Fail, when it does not.
    pub async fn tell(&self, address: &str, content: &Json) -> Result<(), Stop> {
        let caller = caller_for(address).map_err(Stop::Inconclusive)?;
        let mut request = Request::new(Operation::Notify, address);
        request.originator = Some(self.under_test()?.registrar.cse_id.as_str().into());
        request.request_identifier = self.unique().into();
        request.release_version_indicator = self.release();
        request.content = Some(crate::ask::value(content));
        let answer = caller.call_in(self.subject().format, address.into(), request.clone(), PATIENCE).await;
        let answer = answer.map_err(|failure| failure.to_string());
        self.log().add(Entry::sent(&request, &answer, None));
        let answer = answer.map_err(|failure| Stop::Fail(format!("NOTIFY: expected an answer; {failure}")))?;
        let status: Status = answer.status;
        ensure(status.is_success(), || format!("NOTIFY: expected success, got {status:?}"))?;
        let (asked, got) = (&request.request_identifier, &answer.request_identifier);
        ensure(asked == got, || format!("requestIdentifier (rqi): expected {asked}, got {got:?}"))
    }
}

impl Remote {
    /// The registration that a request has made here.
    fn newest_ae(&self, asked: &Asked) -> Option<Registered> {
        let (path, attributes) = self.newest_below(&asked.target, AE.root)?;
        Some(Registered { id: attributes.get("aei")?.as_str()?.to_owned(), path })
    }
}
