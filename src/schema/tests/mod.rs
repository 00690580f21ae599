//! The tables we ship, held against the standard's names; and values that nobody expects.

mod five_more;
mod registry;
mod vendor;

use std::sync::LazyLock;

use proptest::prelude::*;

use super::{DataType, Path, Registry, Simple, check};
use crate::value::{Map, Value};

/// Long name and short name of every attribute of the types we ship (TS-0001 9.6, TS-0004 8.2.3).
const NAMES: &[(&str, &str)] = &[
    (
        "acp",
        "resourceType ty resourceID ri resourceName rn parentID pi creationTime ct lastModifiedTime lt expirationTime et \
         labels lbl announceTo at announcedAttribute aa announceSyncType ast privileges pv selfPrivileges pvs \
         authorizationDecisionResourceIDs adri authorizationPolicyResourceIDs apri \
         authorizationInformationResourceIDs airi",
    ),
    (
        "ae",
        "resourceType ty resourceID ri resourceName rn parentID pi creationTime ct lastModifiedTime lt \
         accessControlPolicyIDs acpi expirationTime et labels lbl announceTo at announcedAttribute aa \
         dynamicAuthorizationConsultationIDs daci e2eSecInfo esi custodian cstn announceSyncType ast location loc \
         appName apn App-ID api AE-ID aei pointOfAccess poa ontologyRef or nodeLink nl requestReachability rr \
         contentSerialization csz M2M-Ext-ID mei supportedReleaseVersions srv registrationStatus regs \
         trackRegistrationPoints trps sessionCapabilities scp triggerEnable tren activityPatternElements ape \
         Trigger-Recipient-ID tri triggerReferenceNumber trn",
    ),
    (
        "cnt",
        "resourceType ty resourceID ri resourceName rn parentID pi creationTime ct lastModifiedTime lt \
         accessControlPolicyIDs acpi expirationTime et stateTag st labels lbl announceTo at announcedAttribute aa \
         dynamicAuthorizationConsultationIDs daci creator cr custodian cstn announceSyncType ast location loc \
         maxNrOfInstances mni maxByteSize mbs maxInstanceAge mia currentNrOfInstances cni currentByteSize cbs \
         locationID li ontologyRef or disableRetrieval disr subscriptionIDs subi",
    ),
    (
        "cin",
        "resourceType ty resourceID ri resourceName rn parentID pi creationTime ct lastModifiedTime lt expirationTime et \
         stateTag st labels lbl announceTo at announcedAttribute aa creator cr announceSyncType ast location loc \
         contentInfo cnf contentSize cs contentRef conr ontologyRef or content con deletionCnt dcnt \
         dataGenerationTime dgt",
    ),
    (
        "cb",
        "resourceType ty resourceID ri resourceName rn parentID pi creationTime ct lastModifiedTime lt \
         accessControlPolicyIDs acpi labels lbl dynamicAuthorizationConsultationIDs daci cseType cst CSE-ID csi \
         supportedResourceType srt pointOfAccess poa nodeLink nl contentSerialization csz e2eSecInfo esi \
         supportedReleaseVersions srv notificationCongestionPolicy ncp currentTime ctm SP-ID spi IN-CSE-ID ici \
         custodian cstn location loc",
    ),
    (
        "sub",
        "resourceType ty resourceID ri resourceName rn parentID pi creationTime ct lastModifiedTime lt \
         accessControlPolicyIDs acpi expirationTime et labels lbl dynamicAuthorizationConsultationIDs daci creator cr \
         custodian cstn eventNotificationCriteria enc expirationCounter exc notificationURI nu groupID gpi \
         notificationForwardingURI nfu batchNotify bn rateLimit rl preSubscriptionNotify psn pendingNotification pn \
         notificationStoragePriority nsp latestNotify ln notificationContentType nct notificationEventCat nec \
         subscriberURI su associatedCrossResourceSub acrs notificationStatsEnable nse notificationStatsInfo nsi",
    ),
    (
        "sch",
        "resourceType ty resourceID ri resourceName rn parentID pi creationTime ct lastModifiedTime lt \
         accessControlPolicyIDs acpi expirationTime et labels lbl announceTo at announcedAttribute aa \
         dynamicAuthorizationConsultationIDs daci custodian cstn announceSyncType ast scheduleElement se \
         networkCoordinated nco",
    ),
    (
        "grp",
        "resourceType ty resourceID ri resourceName rn parentID pi creationTime ct lastModifiedTime lt \
         accessControlPolicyIDs acpi expirationTime et labels lbl announceTo at announcedAttribute aa \
         dynamicAuthorizationConsultationIDs daci creator cr custodian cstn announceSyncType ast memberType mt \
         specializationType spty currentNrOfMembers cnm maxNrOfMembers mnm memberIDs mid \
         membersAccessControlPolicyIDs macp memberTypeValidated mtv consistencyStrategy csy groupName gn \
         semanticSupportIndicator ssi notifyAggregation nar",
    ),
    (
        "req",
        "resourceType ty resourceID ri resourceName rn parentID pi creationTime ct lastModifiedTime lt \
         accessControlPolicyIDs acpi expirationTime et labels lbl dynamicAuthorizationConsultationIDs daci operation op \
         target tg originator org requestID rid metaInformation mi primitiveContent pc requestStatus rs \
         operationResult ors",
    ),
    (
        "pch",
        "resourceType ty resourceID ri resourceName rn parentID pi creationTime ct lastModifiedTime lt expirationTime et \
         labels lbl requestAggregation rqag",
    ),
];

/// Long and short name of every member of the complex types around notifications and requests (TS-0004 8.2.2, 8.2.5).
const MEMBERS: &[(&str, &str)] = &[
    ("batchNotify", "number num duration dur"),
    ("rateLimit", "maxNrOfNotify mnn timeWindow tww"),
    ("missingData", "number num duration dur"),
    ("operationMonitor", "operations ops originator or monitoredOriginator org"),
    (
        "eventNotificationCriteria",
        "createdBefore crb createdAfter cra modifiedSince ms unmodifiedSince us stateTagSmaller sts stateTagBigger stb \
         expireBefore exb expireAfter exa sizeAbove sza sizeBelow szb operationMonitor om attribute atr \
         notificationEventType net childResourceType chty missingData md filterOperation fo",
    ),
    ("responseTypeInfo", "responseTypeValue rtv notificationURI nu"),
    (
        "metaInformation",
        "resourceType ty originatingTimestamp ot requestExpirationTimestamp rqet resultExpirationTimestamp rset \
         operationExecutionTime oet responseType rt resultPersistence rp resultContent rcn eventCategory ec \
         deliveryAggregation da groupRequestIdentifier gid filterCriteria fc desiredIdentifierResultType drt roleIDs rids \
         tokenRequestIndicator tqi tokens tkns tokenIDs tids localTokenIDs ltids groupRequestTargetMembers grtm \
         authorSignIndicator asi authorSigns aus authorRelIndicator auri semanticQueryIndicator sqi \
         ReleaseVersionIndicator rvi vendorInformation vsi groupSomecastTargetNumber gstn",
    ),
    (
        "operationResult",
        "responseStatusCode rsc requestIdentifier rqi primitiveContent pc to to from fr originatingTimestamp ot \
         resultExpirationTimestamp rset eventCategory ec contentStatus cnst contentOffset cnot",
    ),
    ("notificationEvent", "representation rep operationMonitor om notificationEventType net"),
    (
        "notification",
        "notificationEvent nev verificationRequest vrq subscriptionDeletion sud subscriptionReference sur creator cr \
         notificationForwardingURI nfu notificationTarget ntt targetRemovalRequest trr targetRemovalAllowance tra \
         IPEDiscoveryRequest idr AERegistrationPointChange aerp AEReferenceIDChange aerid trackingID1 tid1 \
         trackingID2 tid2",
    ),
    ("aggregatedNotification", "notification m2m:sgn"),
    ("setOfNotificationStatsInfo", "target tg requestsSent rqs responsesReceived rsr notificationEventCount noec"),
];

#[test]
fn our_tables_have_the_names_of_the_standard() {
    let registry = Registry::standard().unwrap();
    for (short, names) in NAMES {
        let of = registry.by_short(short).unwrap();
        let ours: Vec<String> = of.attributes().flat_map(|a| [a.name.to_string(), a.short.to_string()]).collect();
        let theirs: Vec<&str> = names.split_whitespace().collect();
        assert_eq!(ours, theirs, "{short}");
    }
}

#[test]
fn their_complex_types_have_them_too() {
    let registry = Registry::standard().unwrap();
    for (name, names) in MEMBERS {
        let of = registry.complex(&format!("m2m:{name}")).unwrap();
        let ours: Vec<&str> = of.members.iter().flat_map(|m| [m.name.as_str(), m.short.as_str()]).collect();
        let theirs: Vec<&str> = names.split_whitespace().collect();
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn every_simple_type_is_found_by_its_name() {
    for simple in Simple::ALL {
        assert_eq!(Simple::from_name(simple.name()), Some(*simple));
    }
}

#[test]
fn a_value_of_every_simple_type_is_told_from_others() {
    let text = |text: &str| Value::from(text);
    for (simple, good, bad) in [
        (Simple::Boolean, Value::from(true), text("true")),
        (Simple::NonNegativeInteger, Value::from(0_i64), Value::from(-1_i64)),
        (Simple::PositiveInteger, Value::from(1_i64), Value::from(0_i64)),
        (Simple::Integer, Value::from(-1_i64), Value::Decimal(1.0)),
        (Simple::UnsignedByte, Value::from(255_i64), Value::from(256_i64)),
        (Simple::Float, Value::from(1_i64), text("1.0")),
        (Simple::Duration, text("PT10S"), text("10")),
        (Simple::Timestamp, text("20261120T160743,5"), text("2026-11-20T16:07:43")),
        (Simple::AbsRelTimestamp, text("3600000"), Value::from(3_600_000_i64)),
        (Simple::Id, text("/id-in/C*"), text("")),
        (Simple::AnyUri, text("urn:x:y"), text("a b")),
        (Simple::ResourceName, text("temps-1"), text("a/b")),
        (Simple::CountryCode, text("KR"), text("KOR")),
        (Simple::Any, Value::from(Map::new()), Value::Null),
        (Simple::ScheduleEntry, text("* * * * * * *"), text("* * * * *")),
    ] {
        assert!(simple.accepts(&good), "{} {good:?}", simple.name());
        assert!(!simple.accepts(&bad), "{} {bad:?}", simple.name());
    }
}

static STANDARD: LazyLock<Registry> = LazyLock::new(|| Registry::standard().unwrap());

/// Values of every kind, with member names that mean something more often than not.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (0_i64..70).prop_map(Value::Int),
        any::<f64>().prop_map(Value::Decimal),
        "\\PC{0,12}".prop_map(Value::Text),
        "[0-9*/,:\\[\\]. -]{0,20}".prop_map(Value::Text),
    ];
    let name = prop_oneof![
        "[a-z]{0,4}",
        prop::sample::select(vec![
            "acr", "acor", "acop", "acco", "actw", "acip", "aclr", "accr", "acod", "typ", "crd", "nm", "net", "om",
            "ops", "md", "num", "dur", "sce", "rt", "nu"
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|members| Value::Map(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_value_makes_a_check_panic(value in any_value()) {
        for of in STANDARD.types() {
            for attribute in of.attributes() {
                let content = Map::from_iter([(attribute.short.clone(), value.clone())]);
                let _ = check::create(of, &STANDARD, content.clone());
                let _ = check::update(of, &STANDARD, content);
                let _ = attribute.data_type.check(&STANDARD, &attribute.path(), &value);
            }
        }
        for simple in Simple::ALL {
            let _ = DataType::Simple(*simple).check(&STANDARD, &Path::Root("name", "short"), &value);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\[?[a-z\".]{0,12}\\]?( = (\"[a-z]{0,6}\"|\\{\\}|\\[\\]|[0-9]{0,3}|true))?\n){0,6}") {
        let _ = Registry::new().extend_toml("any.toml", &text);
    }
}
