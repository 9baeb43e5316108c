//! States and callbacks.

use serde::{Deserialize, Serialize};
use theater::testing::{TestActor, with_host};
use theater::{
    Actor, ActorError, ActorErrorType, Bytes, BytesState, IntervalHandlers, Json,
    MessageServerClient, NoState, Reply, Result, SupervisorHandlers, fail,
};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Probe {
    calls: i64,
    last: String,
}

impl Probe {
    fn saw(&mut self, what: impl Into<String>) -> Result<()> {
        self.calls += 1;
        self.last = what.into();
        Ok(())
    }
}

impl Actor for Probe {
    type Codec = Json;

    fn init(&mut self, actor_id: &str) -> Result<()> {
        self.saw(actor_id)
    }
}

impl MessageServerClient for Probe {
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        self.saw(theater::text(message)?)?;
        match self.last.as_str() {
            "fail" => fail("as asked"),
            _ => Ok(()),
        }
    }
}

impl SupervisorHandlers for Probe {
    fn handle_child_error(&mut self, child_id: &str, error: &ActorError) -> Result<()> {
        self.saw(format!("{child_id}: {}", error.reason()))
    }

    fn handle_child_exit(&mut self, child_id: &str, data: Option<&[u8]>) -> Result<()> {
        self.saw(format!(
            "{child_id} left {}",
            theater::text(data.unwrap_or(b"nothing"))?
        ))
    }

    fn handle_child_external_stop(&mut self, child_id: &str) -> Result<()> {
        self.saw(format!("{child_id} was stopped"))
    }
}

impl IntervalHandlers for Probe {
    fn handle_tick(&mut self, name: &str, missed: u64) -> Result<()> {
        self.saw(format!("{name} {missed}"))
    }
}

theater::actor!(Probe);
theater::message_server_client!(Probe);
theater::supervisor_handlers!(Probe);
theater::interval_handlers!(Probe);

#[test]
fn starts_from_an_initial_state() {
    let mut actor = TestActor::<Probe>::new();
    actor.init(Some(r#"{"calls": 4}"#)).unwrap();
    let actor_id = with_host(|host| host.actor_id.clone());
    assert_eq!(
        actor.actor().unwrap(),
        Probe {
            calls: 5,
            last: actor_id
        }
    );
    let error = actor.init(Some("4")).unwrap_err();
    assert!(
        error
            .as_str()
            .starts_with("the state does not fit the actor: invalid type"),
        "{error}"
    );
}

#[test]
fn keeps_the_state_when_a_callback_fails() {
    let mut actor = TestActor::<Probe>::new();
    actor.init(None).unwrap();
    let before = actor.state().unwrap().to_vec();
    assert_eq!(actor.send("fail").unwrap_err(), "as asked");
    assert_eq!(actor.state(), Some(before.as_slice()));
    actor.send("hello").unwrap();
    assert_eq!(
        actor.state(),
        Some(br#"{"calls":2,"last":"hello"}"#.as_slice())
    );
}

#[test]
fn hears_of_children_and_ticks() {
    let mut actor = TestActor::<Probe>::new();
    let last = |actor: &TestActor<Probe>| actor.actor().unwrap().last;
    with_host(|host| host.children = vec!["a".into(), "b".into(), "c".into(), "d".into()]);
    let error = ActorError {
        error_type: ActorErrorType::Internal,
        data: Some(b"trap".to_vec()),
    };
    actor.child_error("a", &error).unwrap();
    assert_eq!(last(&actor), "a: trap");
    actor.child_exit("b", None).unwrap();
    assert_eq!(last(&actor), "b left nothing");
    actor.child_external_stop("c").unwrap();
    assert_eq!(last(&actor), "c was stopped");
    assert_eq!(theater::supervisor::list_children(), ["d"]);
    actor.tick("poll", 2).unwrap();
    assert_eq!(last(&actor), "poll 2");
}

/// Its own reading of the initial state, and its own bytes.
#[derive(Default)]
struct Raw(String);

impl BytesState for Raw {
    fn load(kept: &[u8]) -> Result<Self> {
        Ok(Raw(theater::text(kept)?.to_string()))
    }
    fn save(&self) -> Vec<u8> {
        self.0.clone().into_bytes()
    }
}

impl Actor for Raw {
    type Codec = Bytes;

    fn begin(initial: Option<&[u8]>) -> Result<Self> {
        let words: Vec<String> = theater::from_json(initial.unwrap_or(b"[]"))?;
        Ok(Raw(words.join(" ")))
    }
}

theater::actor!(Raw);

#[test]
fn hands_the_initial_state_to_an_actor_that_reads_it_itself() {
    let mut actor = TestActor::<Raw>::new();
    actor.init(Some(r#"["two", "words"]"#)).unwrap();
    assert_eq!(actor.state(), Some(b"two words".as_slice()));
    assert_eq!(actor.actor().unwrap().0, "two words");
}

#[derive(Default)]
struct Silent;

impl Actor for Silent {
    type Codec = NoState;
}

impl MessageServerClient for Silent {}
impl SupervisorHandlers for Silent {}

theater::actor!(Silent);
theater::message_server_client!(Silent);
theater::supervisor_handlers!(Silent);

#[test]
fn has_defaults_for_callbacks_that_are_missing() {
    let mut actor = TestActor::<Silent>::new();
    actor.init(None).unwrap();
    assert_eq!(actor.state(), None);
    assert_eq!(actor.send("x").unwrap_err(), "this actor takes no messages");
    assert_eq!(
        actor.request("x").unwrap_err(),
        "this actor answers no requests"
    );
    assert!(!actor.channel_open("ch_1", "x").unwrap().accepted);
    actor.channel_message("ch_1", "x").unwrap();
    actor.channel_close("ch_1").unwrap();
    let error = ActorError {
        error_type: ActorErrorType::Paused,
        data: None,
    };
    actor.child_error("a", &error).unwrap();
    actor.child_exit("a", None).unwrap();
    actor.child_external_stop("a").unwrap();
    assert_eq!(error.reason(), "");
}

#[test]
fn makes_replies_of_texts_and_bytes() {
    let expected = Reply::Now(b"x".to_vec());
    for reply in [
        "x".into(),
        String::from("x").into(),
        b"x".to_vec().into(),
        b"x".as_slice().into(),
    ] {
        assert_eq!(expected, reply);
    }
}
