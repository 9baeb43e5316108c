//! Messages, requests, channels and children.

use theater::message_server::*;
use theater::supervisor::*;
use theater::testing::{Message, SpawnedChild, TestActor, with_host};
use theater::{Actor, MessageServerClient, NoState, Reply, Result, fail};

#[derive(Default)]
struct Relay;

impl Actor for Relay {
    type Codec = NoState;
}

impl MessageServerClient for Relay {
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        send("peer", message)
    }

    fn handle_request(&mut self, request_id: &str, message: &[u8]) -> Result<Reply> {
        match message {
            b"later" => Ok(Reply::Later),
            b"answer" => {
                let outstanding = list_outstanding_requests();
                respond_to_request(outstanding.first().ok_or("there is none")?, "at last")?;
                Ok(request_id.into())
            }
            b"cancel" => {
                cancel_request("gone")?;
                Ok("unreachable".into())
            }
            _ => Ok(request("peer", message)?.into()),
        }
    }

    fn handle_channel_open(&mut self, _channel_id: &str, message: &[u8]) -> Result<ChannelAccept> {
        match message {
            b"let me in" => Ok(ChannelAccept::with_message("welcome")),
            b"quietly" => Ok(ChannelAccept::yes()),
            _ => Ok(ChannelAccept::no()),
        }
    }

    fn handle_channel_message(&mut self, channel_id: &str, message: &[u8]) -> Result<()> {
        send_on_channel(channel_id, message)
    }
}

theater::actor!(Relay);
theater::message_server_client!(Relay);

#[test]
fn answers_later() {
    let mut actor = TestActor::<Relay>::new();
    assert_eq!(actor.request("answer").unwrap_err(), "there is none");
    assert_eq!(actor.request_with_id("r1", "later").unwrap(), Reply::Later);
    assert_eq!(
        actor.request_with_id("r2", "answer").unwrap(),
        Reply::from("r2")
    );
    with_host(|host| {
        assert_eq!(host.responses["r1"], b"at last");
        assert!(host.outstanding.is_empty());
    });
    assert_eq!(
        actor.request("cancel").unwrap_err(),
        "Request ID not found: gone"
    );
}

#[test]
fn hears_the_answers_of_its_peer() {
    let mut actor = TestActor::<Relay>::new();
    assert_eq!(actor.ask("hello?").unwrap_err(), "Actor not found: peer");
    with_host(|host| {
        host.on_request = Some(Box::new(
            |asked| Ok([asked.bytes.as_slice(), b"!"].concat()),
        ));
    });
    assert_eq!(actor.ask("hello").unwrap(), "hello!");
    assert_eq!(
        actor.ask("again").unwrap(),
        "again!",
        "the answer is still there"
    );
    actor.send("news").unwrap();
    with_host(|host| host.on_send = Some(Box::new(|_| fail("mailbox full"))));
    assert_eq!(actor.send("news").unwrap_err(), "mailbox full");
    with_host(|host| {
        assert_eq!(host.sent, [Message::new("peer", "news")]);
        assert_eq!(host.requested.len(), 3);
    });
}

#[test]
fn opens_and_closes_channels() {
    assert_eq!(
        open_channel("peer", "hello").unwrap_err(),
        "Actor not found: peer"
    );
    with_host(|host| host.on_open_channel = Some(Box::new(|asked| Ok(format!("ch_{}", asked.to)))));
    assert_eq!(open_channel("peer", "hello").unwrap(), "ch_peer");
    send_on_channel("ch_peer", "x").unwrap();
    close_channel("ch_peer").unwrap();
    assert_eq!(
        send_on_channel("ch_peer", "x").unwrap_err(),
        "Channel not found: ch_peer"
    );
    assert_eq!(
        close_channel("peer").unwrap_err(),
        "Failed to parse channel ID: peer"
    );
    with_host(|host| {
        assert_eq!(host.sent_on_channels, [Message::new("ch_peer", "x")]);
        assert_eq!(host.closed_channels, ["ch_peer"]);
    });
}

#[test]
fn decides_about_channels() {
    let mut actor = TestActor::<Relay>::new();
    assert_eq!(
        actor
            .channel_open("ch_1", "let me in")
            .unwrap()
            .message
            .unwrap(),
        b"welcome"
    );
    assert!(actor.channel_open("ch_2", "quietly").unwrap().accepted);
    assert!(!actor.channel_open("ch_3", "x").unwrap().accepted);
    actor.channel_message("ch_1", "echo").unwrap();
    actor.channel_close("ch_1").unwrap();
    assert!(actor.channel_message("ch_1", "echo").is_err());
    assert!(actor.channel_message("ch_3", "echo").is_err());
}

#[test]
fn starts_and_stops_children() {
    assert!(spawn("worker.toml", None).is_err());
    with_host(|host| {
        let mut count = 0;
        host.on_spawn = Some(Box::new(move |_| {
            count += 1;
            Ok(format!("child-{count}"))
        }));
    });
    assert_eq!(spawn("worker.toml", Some(b"{}")).unwrap(), "child-1");
    assert_eq!(resume("worker.toml", Some(b"kept")).unwrap(), "child-2");
    assert_eq!(list_children(), ["child-1", "child-2"]);
    restart_child("child-1").unwrap();
    stop_child("child-1").unwrap();
    assert_eq!(
        stop_child("child-1").unwrap_err(),
        "child-1 is not a child of this actor"
    );
    let stranger = "child-2 is neither a child of this actor nor below one";
    assert_eq!(get_child_state("child-2").unwrap_err(), stranger);
    assert_eq!(get_child_events("child-2").unwrap_err(), stranger);
    with_host(|host| {
        host.child_states
            .insert("child-2".into(), Some(b"state".to_vec()));
        host.on_child_events = Some(Box::new(|_| Ok(vec![])));
    });
    assert_eq!(get_child_state("child-2").unwrap().unwrap(), b"state");
    assert_eq!(get_child_events("child-2").unwrap(), []);
    with_host(|host| {
        assert_eq!(host.restarted, ["child-1"]);
        let resumed = SpawnedChild {
            manifest: "worker.toml".into(),
            state: Some(b"kept".to_vec()),
            is_resumed: true,
        };
        assert_eq!(host.spawned[2], resumed);
    });
}
