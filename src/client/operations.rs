//! The operations, with success told from failure.

use super::{Client, ClientError, Discovery, Draft, Resource};
use crate::primitive::{Operation, Request, Response};
use crate::value::{Map, SmolStr, Value};

impl Client {
    /// Sends a request and waits for the response, however bad its news. What is missing is filled in: the request identifier,
    /// the originator, and `rqet` if the configuration has one. The release is always the one of the configuration.
    ///
    /// # Errors
    /// When there is no response.
    pub async fn request(&self, mut request: Request) -> Result<Response, ClientError> {
        if request.originator.is_none() {
            request.originator.clone_from(&self.originator);
        }
        self.courier.send(request).await
    }

    /// The same, and anything but a success is an error.
    ///
    /// # Errors
    /// When there is no response, or none that is a success.
    pub async fn demand(&self, request: Request) -> Result<Response, ClientError> {
        ClientError::check(self.request(request).await?)
    }

    /// Creates a resource below `parent`. Answers it as the CSE made it.
    ///
    /// # Errors
    /// When there is no response, or none that is a success.
    pub async fn create(&self, parent: impl Into<SmolStr>, new: impl Draft) -> Result<Resource, ClientError> {
        let parent = parent.into();
        let (resource_type, root) = (new.resource_type(), SmolStr::from(new.root()));
        let request = Request::create(parent.clone(), resource_type, &root, new.into_attributes());
        let response = self.demand(request).await?;
        Ok(Resource::created(&response, &root, &parent))
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// When there is no response, or none that is a success, or no resource in it.
    pub async fn retrieve(&self, target: impl Into<SmolStr>) -> Result<Resource, ClientError> {
        let target = target.into();
        let response = self.demand(Request::retrieve(target.clone())).await?;
        let value = response.value();
        Resource::in_content(&value, &target).ok_or_else(|| unexpected("a resource", &value))
    }

    /// Changes a resource: what the draft has is set, what it has [`without`](super::Container::without) is deleted. Answers
    /// what the CSE tells of it.
    ///
    /// # Errors
    /// When there is no response, or none that is a success.
    pub async fn update(&self, target: impl Into<SmolStr>, changes: impl Draft) -> Result<Resource, ClientError> {
        let target = target.into();
        let root = SmolStr::from(changes.root());
        let response = self.demand(Request::update(target.clone(), &root, changes.into_attributes())).await?;
        Ok(Resource::updated(&response, &root, &target))
    }

    /// Deletes a resource, and everything below it.
    ///
    /// # Errors
    /// When there is no response, or none that is a success.
    pub async fn delete(&self, target: impl Into<SmolStr>) -> Result<(), ClientError> {
        self.demand(Request::delete(target)).await.map(drop)
    }

    /// Tells a target something: `root` is `m2m:sgn` for a notification. Answers the content of the answer, or null.
    ///
    /// # Errors
    /// When there is no response, or none that is a success.
    pub async fn notify(&self, target: impl Into<SmolStr>, root: &str, content: Map) -> Result<Value, ClientError> {
        let mut request = Request::new(Operation::Notify, target);
        request.content = Some(Map::from_iter([(root, content)]).into());
        self.demand(request).await.map(|response| response.value())
    }

    /// Looks for resources below `target`, to be narrowed. Nothing is sent until it is asked for the first one.
    pub fn discover(&self, target: impl Into<SmolStr>) -> Discovery {
        Discovery::new(self.clone(), target.into())
    }
}

pub(super) fn unexpected(what: &str, got: &Value) -> ClientError {
    ClientError::Unexpected(format!("expected {what}, got {}", got.excerpt()))
}
