//! An actor in a unit test, without WebAssembly.
//!
//! ```
//! # use theater::{Actor, MessageServerClient, NoState, Reply, Result};
//! # #[derive(Default)]
//! # struct Echo;
//! # impl Actor for Echo { type Codec = NoState; }
//! # impl MessageServerClient for Echo {
//! #     fn handle_request(&mut self, _id: &str, message: &[u8]) -> Result<Reply> {
//! #         theater::log("asked");
//! #         Ok(message.into())
//! #     }
//! # }
//! use theater::testing::{TestActor, with_host};
//!
//! let mut actor = TestActor::<Echo>::new();
//! actor.init(None)?;
//! assert_eq!(actor.request("hello")?, Reply::from("hello"));
//! with_host(|host| assert_eq!(host.logs[0].1, "asked"));
//! # Ok::<(), theater::Error>(())
//! ```
//!
//! Callbacks run as in a component, with the bytes of the state between them. What the actor asks of
//! its host goes to the [`Host`] of the thread. `cargo test` gives each test a thread, and so a new
//! host.

mod http_servers;
mod processes;

pub use http_servers::{
    AnswerEnd, HttpHost, HttpMiddleware, HttpRoute, HttpServer, OpenAnswer, OpenWebSocket,
    WebSocketPath,
};
pub use processes::StartedProcess;
pub(crate) use processes::with_process;

use crate::callbacks::{self, Returned, State};
use crate::callers::Caller;
use crate::filesystem::CommandOutput;
use crate::http_client::{Request, Response};
use crate::process;
use crate::runtime::{Event, Level, SystemInfo};
use crate::supervisor::ChainEvent;
use crate::{
    Actor, ActorError, ChannelAccept, Codec, IntervalHandlers, MessageServerClient, Reply, Result,
    StreamEvent, StreamHandlers, SupervisorHandlers, fail,
};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Answers a call of the actor. It may use the host by [`with_host`].
pub type Answer<Asked, Value> = Option<Box<dyn FnMut(&Asked) -> Result<Value>>>;

/// A message, a request or a message on a channel; `to` is the actor's or the channel's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub to: String,
    pub bytes: Vec<u8>,
}

impl Message {
    pub fn new(to: &str, bytes: impl AsRef<[u8]>) -> Self {
        Self {
            to: to.to_string(),
            bytes: bytes.as_ref().to_vec(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpawnedChild {
    pub manifest: String,
    /// The initial state, or the state from which a child was resumed.
    pub state: Option<Vec<u8>>,
    pub is_resumed: bool,
}

/// A program and its arguments, run in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub folder: String,
    pub words: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredContents {
    /// By their digests, which stand in for SHA-256.
    pub contents: BTreeMap<String, Vec<u8>>,
    /// The digest that each label is on.
    pub labels: BTreeMap<String, String>,
}

/// The most streams that an actor has open at once.
pub const STREAMS_MAX: usize = 64;

/// A stream that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenStream {
    pub request: Request,
    pub is_paused: bool,
}

/// What an actor learns of its host, and what it did.
pub struct Host {
    /// What the host answers with, down to `on_command`.
    pub actor_id: String,
    pub actor_name: String,
    pub now_ms: u64,
    /// The caller of the next calls; none for a handler.
    pub caller: Option<Caller>,
    pub environment: BTreeMap<String, String>,
    /// Where random values come from; the same ones in every run.
    pub random: u64,
    pub chain: Vec<Event>,
    pub version: String,
    pub system: SystemInfo,
    /// Without an answer a message is taken, and a request, a spawn and so on fail.
    pub on_send: Answer<Message, ()>,
    pub on_request: Answer<Message, Vec<u8>>,
    /// Answers `open_channel` with the channel's id.
    pub on_open_channel: Answer<Message, String>,
    /// Answers `spawn` and `resume` with an id.
    pub on_spawn: Answer<SpawnedChild, String>,
    pub child_states: BTreeMap<String, Option<Vec<u8>>>,
    pub on_child_events: Answer<String, Vec<ChainEvent>>,
    pub on_http: Answer<Request, Response>,
    /// Without it every stream opens.
    pub on_open_stream: Answer<Request, ()>,
    /// Without it every program starts.
    pub on_spawn_process: Answer<process::Config, ()>,
    /// Shared stores that the actor may use, and stores that it has made, by their ids.
    pub stores: BTreeMap<String, StoredContents>,
    /// The actor's folder: the contents of files by their paths, and the folders in it.
    pub files: BTreeMap<String, Vec<u8>>,
    pub folders: BTreeSet<String>,
    pub on_command: Answer<Command, CommandOutput>,

    /// What the actor did, in order.
    pub logs: Vec<(Level, String)>,
    pub sent: Vec<Message>,
    pub requested: Vec<Message>,
    pub metrics: Vec<(String, f64)>,
    pub events: Vec<(String, Vec<u8>)>,
    pub responses: BTreeMap<String, Vec<u8>>,
    pub outstanding: Vec<String>,
    pub cancelled: Vec<String>,
    pub spawned: Vec<SpawnedChild>,
    pub commands: Vec<Command>,
    /// Its children that it has not stopped, oldest first.
    pub children: Vec<String>,
    pub restarted: Vec<String>,
    /// Those that are open.
    pub channels: Vec<String>,
    pub sent_on_channels: Vec<Message>,
    pub closed_channels: Vec<String>,
    /// Those that run, and their periods in milliseconds.
    pub intervals: BTreeMap<String, u64>,
    /// By `http_client::send` and `http_stream::open`.
    pub http_requests: Vec<Request>,
    pub streams: BTreeMap<u64, OpenStream>,
    pub streams_opened: u64,
    pub cancelled_streams: Vec<u64>,
    /// By their ids, also when they have ended.
    pub processes: BTreeMap<u64, StartedProcess>,
    /// Its HTTP servers.
    pub http: HttpHost,
    /// Whether it asked for its end, and with which data.
    pub shut_down: Option<Option<Vec<u8>>>,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            actor_id: "00000000000000000000000000000001".to_string(),
            actor_name: "actor".to_string(),
            now_ms: 0,
            caller: None,
            environment: BTreeMap::new(),
            random: 0,
            chain: Vec::new(),
            version: env!("CARGO_PKG_VERSION").to_string(),
            system: SystemInfo::default(),
            on_send: None,
            on_request: None,
            on_open_channel: None,
            on_spawn: None,
            child_states: BTreeMap::new(),
            on_child_events: None,
            on_http: None,
            on_open_stream: None,
            on_spawn_process: None,
            stores: BTreeMap::new(),
            files: BTreeMap::new(),
            folders: BTreeSet::new(),
            on_command: None,
            logs: Vec::new(),
            sent: Vec::new(),
            requested: Vec::new(),
            metrics: Vec::new(),
            events: Vec::new(),
            responses: BTreeMap::new(),
            outstanding: Vec::new(),
            cancelled: Vec::new(),
            spawned: Vec::new(),
            commands: Vec::new(),
            children: Vec::new(),
            restarted: Vec::new(),
            channels: Vec::new(),
            sent_on_channels: Vec::new(),
            closed_channels: Vec::new(),
            intervals: BTreeMap::new(),
            http_requests: Vec::new(),
            streams: BTreeMap::new(),
            streams_opened: 0,
            cancelled_streams: Vec::new(),
            processes: BTreeMap::new(),
            http: HttpHost::default(),
            shut_down: None,
        }
    }
}

impl Host {
    /// The messages of the log, without their levels.
    pub fn log_texts(&self) -> Vec<&str> {
        self.logs.iter().map(|line| line.1.as_str()).collect()
    }
}

thread_local! {
    static HOST: RefCell<Host> = RefCell::new(Host::default());
}

/// Sets or reads the host of this thread. The function must not call the library itself.
pub fn with_host<R>(function: impl FnOnce(&mut Host) -> R) -> R {
    HOST.with_borrow_mut(function)
}

/// Makes the host of this thread as new.
pub fn reset_host() {
    with_host(|host| *host = Host::default());
}

/// One actor and the state that is kept for it. Each method answers as the guest would, and keeps the
/// state unless the callback fails.
pub struct TestActor<T> {
    state: State,
    actor: std::marker::PhantomData<T>,
}

impl<T: Actor> Default for TestActor<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Actor> TestActor<T> {
    pub fn new() -> Self {
        Self {
            state: None,
            actor: std::marker::PhantomData,
        }
    }

    /// Starts the actor with an initial state, which is JSON. A second call starts it again.
    pub fn init(&mut self, initial: Option<&str>) -> Result<()> {
        let initial = initial.map(|json| json.as_bytes().to_vec());
        let actor_id = with_host(|host| host.actor_id.clone());
        self.keep(callbacks::init::<T>(&initial, &actor_id))
    }

    /// What is kept between calls.
    pub fn state(&self) -> Option<&[u8]> {
        self.state.as_deref()
    }

    /// The struct on which the next callback would run.
    pub fn actor(&self) -> Result<T> {
        T::Codec::load(self.state())
    }

    fn keep<Value>(&mut self, returned: Returned<Value>) -> Result<Value> {
        let (state, value) = returned?;
        self.state = state;
        Ok(value)
    }
}

impl<T: MessageServerClient> TestActor<T> {
    pub fn send(&mut self, message: impl AsRef<[u8]>) -> Result<()> {
        self.keep(callbacks::send::<T>(&self.state, message.as_ref()))
    }

    pub fn request(&mut self, message: impl AsRef<[u8]>) -> Result<Reply> {
        self.request_with_id("request-1", message)
    }

    /// A request that is answered later is outstanding under this id.
    pub fn request_with_id(&mut self, id: &str, message: impl AsRef<[u8]>) -> Result<Reply> {
        let reply = self.keep(callbacks::request::<T>(&self.state, id, message.as_ref()))?;
        if reply == Reply::Later {
            with_host(|host| host.outstanding.push(id.to_string()));
        }
        Ok(reply)
    }

    /// The answer to a request, as text. Fails if it comes later.
    pub fn ask(&mut self, message: impl AsRef<[u8]>) -> Result<String> {
        match self.request(message)? {
            Reply::Now(bytes) => Ok(crate::text(&bytes)?.to_string()),
            Reply::Later => fail("the answer comes later"),
        }
    }

    pub fn channel_open(&mut self, id: &str, message: impl AsRef<[u8]>) -> Result<ChannelAccept> {
        let decision = self.keep(callbacks::channel_open::<T>(
            &self.state,
            id,
            message.as_ref(),
        ))?;
        if decision.accepted {
            with_host(|host| host.channels.push(id.to_string()));
        }
        Ok(decision)
    }

    pub fn channel_message(&mut self, id: &str, message: impl AsRef<[u8]>) -> Result<()> {
        self.keep(callbacks::channel_message::<T>(
            &self.state,
            id,
            message.as_ref(),
        ))
    }

    /// The other side closes the channel.
    pub fn channel_close(&mut self, id: &str) -> Result<()> {
        with_host(|host| host.channels.retain(|open| open != id));
        self.keep(callbacks::channel_close::<T>(&self.state, id))
    }
}

fn lose_child(id: &str) {
    with_host(|host| host.children.retain(|child| child != id));
}

impl<T: SupervisorHandlers> TestActor<T> {
    pub fn child_error(&mut self, id: &str, error: &ActorError) -> Result<()> {
        lose_child(id);
        self.keep(callbacks::child_error::<T>(&self.state, id, error))
    }

    pub fn child_exit(&mut self, id: &str, data: Option<&[u8]>) -> Result<()> {
        lose_child(id);
        self.keep(callbacks::child_exit::<T>(&self.state, id, data))
    }

    pub fn child_external_stop(&mut self, id: &str) -> Result<()> {
        lose_child(id);
        self.keep(callbacks::child_external_stop::<T>(&self.state, id))
    }
}

impl<T: IntervalHandlers> TestActor<T> {
    /// An interval ticks, whether the actor has started it or not.
    pub fn tick(&mut self, name: &str, missed: u64) -> Result<()> {
        self.keep(callbacks::tick::<T>(&self.state, name, missed))
    }
}

impl<T: StreamHandlers> TestActor<T> {
    /// An event of a stream that the actor has opened; `End` and `Failed` close it. If the actor has
    /// cancelled the stream, it is an event that was waiting. Fails for any other stream.
    pub fn stream(&mut self, id: u64, event: StreamEvent) -> Result<()> {
        let is_last = matches!(event, StreamEvent::End | StreamEvent::Failed(_));
        let is_known = with_host(|host| {
            let is_open = host.streams.contains_key(&id);
            if is_last {
                host.streams.remove(&id);
            }
            is_open || host.cancelled_streams.contains(&id)
        });
        if !is_known {
            return fail(format!("not-found: stream {id} is not open"));
        }
        self.keep(callbacks::stream::<T>(&self.state, id, event))
    }
}
