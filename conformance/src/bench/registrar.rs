//! What tests have in common in which the subject is a CSE that registers with the tester.

use onem2m_cse::primitive::Operation;
use serde_json::{Value as Json, json};

use super::Bench;
use super::places::change;
use crate::kind::CSR;
use crate::remote::Remote;
use crate::verdict::{Stop, not_applicable};
use crate::wanted::{From, Wanted};

impl Bench {
    /// The tester as the subject's registrar. It forgets what it was asked before, and logs for this test.
    ///
    /// # Errors
    /// Not applicable, when the subject has no registrar.
    pub fn registrar(&self) -> Result<&Remote, Stop> {
        let registrar = &self.under_test()?.registrar;
        registrar.begin(self.log());
        Ok(registrar)
    }

    /// The path of the subject's remoteCSE at the tester. The subject is brought to register when it has not yet.
    ///
    /// # Errors
    /// Inconclusive, when it does not; not applicable, when it cannot.
    pub async fn registered_cse(&self) -> Result<String, Stop> {
        if !self.subject().pics.types.contains(&CSR.number) {
            return not_applicable("the subject has no remoteCSE (16) in its srt, so it registers nowhere");
        }
        if let Some(path) = self.remote_cse_of_the_subject()? {
            return Ok(path);
        }
        let wanted = self.wanted_of_the_cse(Operation::Create, "", json!({}), &[])?;
        let came = self.triggered(&wanted).await.map_err(|stop| {
            let (_, reason) = stop.into_verdict();
            Stop::Inconclusive(format!("preparation: the subject did not register with the tester: {reason}"))
        });
        came?;
        let made = self.remote_cse_of_the_subject()?;
        made.ok_or_else(|| Stop::Inconclusive("the tester has kept no registration of the subject".into()))
    }

    /// The subject is not registered as the tester knows it, so that it can register.
    ///
    /// # Errors
    /// Not applicable, when the subject has no registrar.
    pub fn unregistered_cse(&self) -> Result<(), Stop> {
        while let Some(path) = self.remote_cse_of_the_subject()? {
            self.under_test()?.registrar.forget(&path);
        }
        Ok(())
    }

    fn remote_cse_of_the_subject(&self) -> Result<Option<String>, Stop> {
        let registrar = &self.under_test()?.registrar;
        let csi = &self.subject().pics.identity.cse_id;
        let is_of_the_subject = |of: &Json| of.as_str().is_some_and(|of| of == csi || of.ends_with(csi.as_str()));
        let newest = registrar.newest_below(&registrar.base_path(), CSR.root);
        Ok(newest.filter(|(_, made)| made.get("csi").is_some_and(is_of_the_subject)).map(|(path, _)| path))
    }

    /// Something that the subject has to do with its remoteCSE at the tester; for a CREATE, the registration itself.
    ///
    /// # Errors
    /// Not applicable, when the subject has no registrar.
    pub fn wanted_of_the_cse(
        &self,
        operation: Operation,
        path: &str,
        content: Json,
        carries: &[String],
    ) -> Result<Wanted, Stop> {
        let registrar = &self.under_test()?.registrar;
        let identity = &self.subject().pics.identity;
        let is_create = operation == Operation::Create;
        let mut attributes = json!({});
        if is_create {
            let base = format!("{}/{}", identity.cse_id, identity.cse_name);
            // TS-0004 7.4.4: what the CREATE of a remoteCSE has to bring.
            attributes = json!({"cb": base, "csi": identity.cse_id, "rr": true, "srv": ["2a", "3"]});
        }
        change(&mut attributes, content);
        Ok(Wanted {
            operation,
            kind: CSR,
            to: if is_create { registrar.base.clone() } else { format!("{}/{path}", registrar.cse_id) },
            target: if is_create { registrar.base_path() } else { path.to_owned() },
            same_form: false,
            from: From::Is(identity.cse_id.clone()),
            content: attributes,
            carries: carries.to_vec(),
        })
    }
}
