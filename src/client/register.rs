//! Registration of an AE (TS-0001 10.2.2.2).

use std::ops::Deref;

use super::{Ae, Client, ClientError, Draft, Reach, Resource};
use crate::primitive::{Request, Status};
use crate::value::{Attr, Map, SmolStr, Value};

const AE_ID: Attr<SmolStr> = Attr::new("aei");

/// An AE that is registered. It is a [`Client`], too, whose requests are in the name of the AE.
#[derive(Clone, Debug)]
pub struct Registered {
    client: Client,
    ae: Resource,
}

impl Registered {
    /// Its AE-ID.
    #[must_use]
    pub fn ae_id(&self) -> &str {
        self.client.originator().unwrap_or_default()
    }

    /// Where its resource is: what it creates below itself has this as its parent.
    #[must_use]
    pub fn address(&self) -> &str {
        self.ae.address()
    }

    /// Where something below it is: `child("temps")`.
    #[must_use]
    pub fn child(&self, path: &str) -> SmolStr {
        self.ae.child(path)
    }

    /// Its resource, as the CSE showed it.
    #[must_use]
    pub const fn resource(&self) -> &Resource {
        &self.ae
    }

    /// The client in the name of the AE.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Takes the AE out again, and everything below it.
    ///
    /// # Errors
    /// When the CSE does not.
    pub async fn deregister(self) -> Result<(), ClientError> {
        self.client.delete(&self.ae).await
    }
}

impl Deref for Registered {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Client {
    /// Registers an AE at the CSE. Whether it can be called (`rr`), where (`poa`) and in which release (`srv`) is filled in,
    /// unless it says so itself.
    ///
    /// # Errors
    /// When the CSE refuses: with 4117 or 4105, when the AE or one of that name is there already.
    pub async fn register(&self, ae: Ae) -> Result<Registered, ClientError> {
        let ae = self.introduced(ae).await?;
        let mut request = Request::create(self.cse_base(), ae.resource_type(), ae.root(), ae.clone().into_attributes());
        request.originator.clone_from(&self.originator);
        let response = ClientError::check(self.courier.send(request).await?)?;
        self.registered(Resource::created(&response, ae.root(), self.cse_base()))
    }

    /// The same, and an AE that is registered already under this originator is taken up: with everything below it. What can
    /// be changed of it is as it was asked for now.
    ///
    /// # Errors
    /// As [`register`](Self::register), when it is somebody else's.
    pub async fn register_or_resume(&self, ae: Ae) -> Result<Registered, ClientError> {
        let refused = match self.register(ae.clone()).await {
            Err(error) if is_conflict(&error) => error,
            other => return other,
        };
        let ae = self.introduced(ae).await?;
        let named = ae.attributes.get("rn").and_then(Value::as_text);
        let place = named.map(|name| SmolStr::from(format!("{}/{name}", self.cse_base())));
        let Some(place) = self.originator.clone().or(place) else { return Err(refused) };
        // Identifier and AE-ID are the same here; where they are not, the name helps.
        let there = match (self.retrieve(place).await, named) {
            (Err(error), Some(name)) if error.status().is_some() => {
                self.retrieve(format!("{}/{name}", self.cse_base())).await
            }
            (there, _) => there,
        };
        let there = match there {
            // Who may not look is not whose it is.
            Err(error) if error.status().is_some() => return Err(refused),
            there => there?,
        };
        let is_it = there.root() == ae.root() && AE_ID.get(there.attributes()) == self.originator;
        if !is_it || named.is_some_and(|name| there.resource_name() != Some(name)) {
            return Err(refused);
        }
        let mut changes = ae.clone();
        ["rn", "api"].iter().for_each(|fixed| drop(changes.attributes.remove(fixed)));
        if differs(&changes.attributes, there.attributes()) {
            self.update(&there, changes).await?;
        }
        self.registered(there)
    }

    /// Where the AE of this client is; by its AE-ID, when it was not this client that registered it.
    pub(super) fn entity(&self) -> SmolStr {
        self.entity.clone().or_else(|| self.originator.clone()).unwrap_or_default()
    }

    /// What the CSE has to know of an AE beside what it says itself.
    async fn introduced(&self, mut ae: Ae) -> Result<Ae, ClientError> {
        let is_connected = self.ways.reach() == Reach::Connection;
        let shared = self.courier.point_of_access().filter(|_| is_connected);
        if let Some(url) = self.ways.listen().await?.or(shared)
            && !ae.attributes.contains("poa")
        {
            ae = ae.point_of_access([url]);
        }
        let called = ae.attributes.contains("poa") || is_connected;
        if !ae.attributes.contains("rr") {
            ae = ae.request_reachability(called);
        }
        if !ae.attributes.contains("srv") {
            ae = ae.supported_release_versions([self.courier.config.release.as_str()]);
        }
        Ok(ae)
    }

    fn registered(&self, ae: Resource) -> Result<Registered, ClientError> {
        let ae_id = AE_ID.get(ae.attributes()).or_else(|| self.originator.clone());
        let ae_id = ae_id.ok_or_else(|| ClientError::Unexpected("a registration without AE-ID (aei)".to_owned()))?;
        let client = Client { entity: Some(ae.address().into()), ..self.as_originator(ae_id) };
        Ok(Registered { client, ae })
    }
}

/// Whether something is there already.
pub(super) fn is_conflict(error: &ClientError) -> bool {
    let there = [Status::CONFLICT, Status::ORIGINATOR_HAS_ALREADY_REGISTERED, Status::ALREADY_EXISTS];
    error.status().is_some_and(|status| there.contains(&status))
}

fn differs(wanted: &Map, there: &Map) -> bool {
    wanted.iter().any(|(short, value)| there.get(short) != Some(value))
}
