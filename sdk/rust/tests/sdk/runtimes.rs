//! The small interfaces.

use theater::callers::{Caller, caller};
use theater::environment::{exists, get_var, list_vars};
use theater::intervals::{start_interval, stop_interval};
use theater::random::{generate_uuid, random_bytes, random_float, random_range};
use theater::runtime::*;
use theater::testing::{reset_host, with_host};
use theater::timing::{now, sleep_for, sleep_until};

#[test]
fn reaches_the_host() {
    log("one");
    log_at(Level::Warn, "two");
    record_metric("speed", 1.5).unwrap();
    record_event("seen", "x").unwrap();
    shutdown(Some(b"last words")).unwrap();
    shutdown(None).unwrap();
    with_host(|host| {
        assert_eq!(host.log_texts(), ["one", "two"]);
        assert_eq!(host.logs[1].0.name(), "warn");
        assert_eq!(host.metrics, [("speed".to_string(), 1.5)]);
        assert_eq!(host.events, [("seen".to_string(), b"x".to_vec())]);
        assert_eq!(
            host.shut_down,
            Some(Some(b"last words".to_vec())),
            "the first one counts"
        );
    });
    reset_host();
    with_host(|host| assert!(host.logs.is_empty()));
}

#[test]
fn learns_the_facts_of_the_host() {
    let event = |hash, data: &[u8]| Event {
        hash,
        event_type: "e".into(),
        parent: None,
        data: data.to_vec(),
    };
    assert_eq!(get_state(), b"");
    with_host(|host| {
        host.actor_id = "id".into();
        host.actor_name = "name".into();
        host.now_ms = 12;
        host.environment.insert("HOME".into(), "/here".into());
        host.chain = vec![event(1, b"first"), event(2, b"last")];
        host.system.cpu_count = 4;
        host.caller = Some(Caller::client("token ci"));
    });
    assert_eq!(
        (get_actor_id(), get_actor_name()),
        ("id".into(), "name".into())
    );
    assert_eq!(get_current_time(), 12);
    assert_eq!(get_env("HOME").as_deref(), Some("/here"));
    assert_eq!(get_chain().len(), 2);
    assert_eq!(get_state(), b"last");
    assert_eq!(get_theater_version(), env!("CARGO_PKG_VERSION"));
    assert_eq!(get_system_info().cpu_count, 4);
    assert_eq!(caller(), Some(Caller::Client(Some("token ci".into()))));
    assert_ne!(caller(), Some(Caller::actor("token ci")));
    assert_eq!(get_var("HOME").as_deref(), Some("/here"));
    assert_eq!(get_var("PATH"), None);
    assert!(exists("HOME") && !exists("PATH"));
    assert_eq!(list_vars(), [("HOME".to_string(), "/here".to_string())]);
}

#[test]
fn waits_in_no_time() {
    sleep_for(500).unwrap();
    sleep_until(400).unwrap();
    assert_eq!(now(), 500);
    sleep_until(700).unwrap();
    assert_eq!(now(), 700);
}

#[test]
fn starts_intervals_of_different_names() {
    assert!(start_interval("", 1).is_err());
    start_interval("poll", 1000).unwrap();
    assert_eq!(
        start_interval("poll", 5).unwrap_err(),
        "Interval poll runs already: stop it first"
    );
    with_host(|host| assert_eq!(host.intervals["poll"], 1000));
    stop_interval("poll").unwrap();
    assert_eq!(
        stop_interval("poll").unwrap_err(),
        "Interval poll does not run"
    );
}

#[test]
fn draws_the_same_random_values_in_every_run() {
    let draw = || {
        reset_host();
        let uuid = generate_uuid().unwrap();
        (
            random_bytes(20).unwrap(),
            random_range(5, 8).unwrap(),
            random_float().unwrap(),
            uuid,
        )
    };
    let (bytes, number, fraction, uuid) = draw();
    assert_eq!(draw(), (bytes.clone(), number, fraction, uuid.clone()));
    assert_eq!(bytes.len(), 20);
    assert!((5..8).contains(&number) && (0.0..1.0).contains(&fraction));
    assert_eq!(uuid.len(), 36);
    assert_eq!(&uuid[14..15], "4");
    assert!("89ab".contains(&uuid[19..20]), "{uuid}");
    assert!(random_range(3, 3).is_err());
}
