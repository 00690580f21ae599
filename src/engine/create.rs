//! CREATE (TS-0004 7.3.3.3, 7.3.3.5).

use std::sync::Arc;

use super::authorise;
use super::context::{Change, ChangeKind, Context, Newborn, Stop};
use super::result;
use super::rules::Privilege;
use crate::notify;
use crate::primitive::{Rejection, Response, Status};
use crate::schema;
use crate::tree::{Node, Parts, Record, base32, node_of};
use crate::value::{Map, SmolStr, Timestamp, Value, is_resource_name};

const AE: u32 = 2;

/// Creates a child of `parent`.
///
/// # Errors
/// The standard's code and a sentence.
pub fn create(cx: &mut Context<'_>, parent: &Arc<Record>) -> Result<Response, Stop> {
    let number = cx.request.resource_type.unwrap_or(0);
    // TS-0004 7.4.5.2.1: the registration of an AE is not a matter of policies but of who may register. All else is
    // authorised first (Recv-6.3) and looked at then (Recv-6.4).
    let only = if number == AE { None } else { authorise::require(cx, parent, Privilege::CREATE, Some(number))? };
    let resource_type = kind(cx, parent, number)?;
    let (root, attributes) = cx.content()?;
    if *root != resource_type.root {
        let reason = format!(
            "content (pc): expected {}, as resourceType (ty) is {number}, got \"{}\"",
            resource_type.root,
            crate::value::excerpt(root)
        );
        return Err(Rejection::bad_request(reason).into());
    }
    if let Some(name) =
        only.as_ref().and_then(|only| attributes.iter().map(|(name, _)| name).find(|name| !only.contains(name)))
    {
        return Err(Rejection::no_privilege(format!("the originator has no privilege for attribute {name}")).into());
    }
    let behaviour = cx.core.behaviours.of(number);
    let mut attributes = attributes.clone();
    behaviour.admitting(cx, &mut attributes);
    let mut attributes = schema::check::create(&resource_type, &cx.core.registry, attributes)?;
    let resource_name = name(&mut attributes)?;
    authorise::name_is_free_for(cx, parent, resource_name.as_ref())?;
    let expiration_time = expiration(cx, parent, &mut attributes)?;
    let (node, resource_id) = identify(cx, parent, &resource_type.short, resource_name.is_none())?;
    let mut born = Newborn {
        resource_id,
        resource_type,
        node,
        parent: parent.clone(),
        resource_name,
        owner: cx.originator.clone(),
        expiration_time,
        attributes,
    };
    behaviour.creating(cx, &mut born)?;
    check_references(cx, &born)?;
    let record = insert(cx, born)?;
    cx.changes.push(Change::new(ChangeKind::Created, record.clone()));
    notify::created(cx, parent, &record)?;
    behaviour.created(cx, &record)?;
    result::created(cx, &record, only.as_deref())
}

/// The type to be created: known here, and allowed below the parent.
fn kind(cx: &Context<'_>, parent: &Arc<Record>, number: u32) -> Result<Arc<schema::ResourceType>, Stop> {
    let registry = &cx.core.registry;
    let Some(resource_type) = registry.by_number(number) else {
        return Err(match registry.standard_name(number) {
            Some(name) => Rejection::not_implemented(format!(
                "resourceType (ty): {name} ({number}) is not implemented by this CSE yet"
            )),
            None => Rejection::bad_request(format!("resourceType (ty): {number} is not a resource type")),
        }
        .into());
    };
    if resource_type.number == 5 {
        return Err(Rejection::not_allowed("a CSEBase cannot be created by a request").into());
    }
    let parent_type = cx.type_of(parent)?;
    // TS-0004 7.4.8.2.1: what cannot be subscribed to says so in its own words.
    if number == notify::SUBSCRIPTION && !parent_type.may_hold(number) {
        let reason = format!("resourceType (ty): {} cannot be subscribed to", parent_type.name);
        return Err(Rejection::new(Status::TARGET_NOT_SUBSCRIBABLE, reason).into());
    }
    if !parent_type.may_hold(number) {
        let reason = format!("resourceType (ty): {} cannot be a child of {}", resource_type.name, parent_type.name);
        return Err(Rejection::new(Status::INVALID_CHILD_RESOURCE_TYPE, reason).into());
    }
    let depth = cx.view.ancestors(parent)?.map_or(0, |chain| chain.len());
    if depth.saturating_add(1) > cx.core.config.limits.tree_depth {
        let reason = format!("the tree is at most {} levels deep", cx.core.config.limits.tree_depth);
        return Err(Rejection::unacceptable(reason).into());
    }
    Ok(resource_type.clone())
}

/// A number and the identifier made from it. One that is to be the resource's name as well must not be the name of
/// another child: somebody may have liked the look of it.
fn identify(cx: &mut Context<'_>, parent: &Record, short: &str, names: bool) -> Result<(Node, SmolStr), Stop> {
    let mut made = None;
    let id = cx.pinned("id", |cx| {
        let (node, id) = identifier(cx, parent, short, names)?;
        made = Some(node);
        Ok(id)
    })?;
    // Chosen in an earlier walk: others may know it by now. The number of that walk is not used again.
    let node = made.unwrap_or_else(|| cx.new_node());
    Ok((node, id))
}

fn identifier(cx: &mut Context<'_>, parent: &Record, short: &str, names: bool) -> Result<(Node, SmolStr), Stop> {
    loop {
        let node = cx.new_node();
        let id: SmolStr = format!("{short}-{}", base32(node.0)).into();
        if !names || !cx.core.tree.generated_names_can_be_taken() || cx.view.child_named(parent.node, &id)?.is_none() {
            return Ok((node, id));
        }
    }
}

/// Takes the resource name out of the attributes.
fn name(attributes: &mut Map) -> Result<Option<SmolStr>, Rejection> {
    match attributes.remove("rn") {
        None => Ok(None),
        Some(Value::Text(name)) if is_resource_name(&name) => Ok(Some(name.into())),
        Some(other) => Err(Rejection::bad_request(format!(
            "resourceName (rn): expected 1 to 255 letters, digits, '-', '.', '_' or '~', got {}",
            other.excerpt()
        ))),
    }
}

/// The expiration time: what was wished, cut to what the parent and the configuration allow (TS-0004 7.3.3.3).
fn expiration(cx: &Context<'_>, parent: &Record, attributes: &mut Map) -> Result<Option<Timestamp>, Stop> {
    let most = latest_expiration(cx, parent);
    let Some(wish) = attributes.remove("et") else { return Ok(Some(most)) };
    let wish = wish.as_text().and_then(Timestamp::parse).unwrap_or(most);
    if wish <= cx.now {
        return Err(Rejection::bad_request("expirationTime (et): expected a time in the future").into());
    }
    Ok(Some(wish.min(most)))
}

/// The latest expiration time that a child of `parent` may have.
#[must_use]
pub fn latest_expiration(cx: &Context<'_>, parent: &Record) -> Timestamp {
    let seconds = i64::try_from(cx.core.config.maximum_lifetime).unwrap_or(i64::MAX);
    let most = cx.now.plus_seconds(seconds);
    parent.expiration_time.map_or(most, |parents| parents.min(most))
}

/// Every policy that a resource is to refer to has to exist and be one: a reference to nothing would deny everybody,
/// including whoever made the mistake.
pub fn check_references(cx: &Context<'_>, born: &Newborn) -> Result<(), Stop> {
    let ids = authorise::ACCESS_CONTROL_POLICY_IDS.get(&born.attributes).unwrap_or_default();
    policies_exist(cx, &ids)
}

/// As [`check_references`], for a list of identifiers.
///
/// # Errors
/// 4000 for the first that is not the identifier of an accessControlPolicy hosted here.
pub fn policies_exist(cx: &Context<'_>, ids: &[SmolStr]) -> Result<(), Stop> {
    for id in ids {
        let found = super::references::find(cx, id)?;
        if found.is_none_or(|record| record.resource_type != 1) {
            let id = crate::value::excerpt(id);
            let reason = format!("accessControlPolicyIDs (acpi): \"{id}\" is not an accessControlPolicy of this CSE");
            return Err(Rejection::bad_request(reason).into());
        }
    }
    Ok(())
}

/// Puts the resource into the tree under a free name.
pub fn insert(cx: &mut Context<'_>, born: Newborn) -> Result<Arc<Record>, Stop> {
    let self_named = born.resource_name.is_none() && node_of(&born.resource_id) == Some(born.node);
    let resource_name = born.resource_name.clone().unwrap_or_else(|| born.resource_id.clone());
    // Whoever named it after its own identifier has looked already.
    if !self_named && cx.view.child_named(born.parent.node, &resource_name)?.is_some() {
        let reason = format!("resourceName (rn): \"{resource_name}\" exists already there");
        return Err(Rejection::conflict(reason).into());
    }
    // TS-0004 6.8: names of virtual children are taken in every parent that has them.
    if cx.type_of(&born.parent)?.virtual_child(&resource_name).is_some() {
        let reason = format!("resourceName (rn): \"{resource_name}\" is the name of a virtual resource");
        return Err(Rejection::not_allowed(reason).into());
    }
    let parent_id = if born.node == Node::ROOT { SmolStr::default() } else { born.parent.resource_id.clone() };
    let mut attributes = Map::with_capacity(born.attributes.len().saturating_add(8));
    attributes.push("rn", resource_name.clone());
    attributes.push("ty", born.resource_type.number);
    attributes.push("ri", born.resource_id.clone());
    attributes.push("pi", parent_id);
    attributes.push("ct", cx.now);
    attributes.push("lt", cx.now);
    if let Some(at) = born.expiration_time {
        attributes.push("et", at);
    }
    let creator_wanted = born.attributes.get("cr").is_some_and(Value::is_null);
    for (name, value) in born.attributes {
        if !value.is_null() {
            attributes.push(name, value);
        }
    }
    if creator_wanted {
        attributes.push("cr", born.owner.clone());
    }
    Ok(cx.view.insert(Parts {
        node: born.node,
        resource_type: born.resource_type.number,
        parent: born.parent.node,
        creation_time: cx.now,
        last_modified_time: cx.now,
        expiration_time: born.expiration_time,
        resource_name,
        resource_id: born.resource_id,
        owner: born.owner,
        tallied: cx.core.behaviours.of(born.resource_type.number).has_tally(),
        self_named,
        watched: false,
        attributes,
    })?)
}
