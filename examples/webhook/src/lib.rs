//! Takes webhooks: deliveries that another service signs, repeats until it has an answer, and expects to
//! be carried out once.

mod signature;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use theater::http_client::{Request, Response};
use theater::http_framework::ServerConfig;
use theater::http_messages::{json, problem, read_json};
use theater::http_router::Server;
use theater::runtime::get_current_time;
use theater::{environment, Actor, Json, Result, Router, Routes};

/// A delivery that was signed longer ago than this is refused, and one from so far in the future.
const AGE_SECONDS_MAX: u64 = 300;
/// A service repeats a delivery under its id, with another time and signature, for less than this.
const KEPT_SECONDS: u64 = 3 * 24 * 3600;
/// More deliveries than these in that time are asked to come again.
const DELIVERIES_MAX: usize = 5_000;
const ID_BYTES_MAX: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
struct Webhook {
    port: u16,
    /// The deliveries of the last days: the seconds at which each was taken, by its id.
    delivered: BTreeMap<String, u64>,
    /// How often each type of event came.
    counts: BTreeMap<String, u64>,
    server: Server,
}

impl Default for Webhook {
    fn default() -> Self {
        Self {
            port: 8080,
            delivered: BTreeMap::new(),
            counts: BTreeMap::new(),
            server: Server::default(),
        }
    }
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize)]
struct Taken<'a> {
    id: &'a str,
    is_new: bool,
}

impl Actor for Webhook {
    type Codec = Json;

    fn init(&mut self, _actor_id: &str) -> Result<()> {
        key()?;
        self.server.serve::<Self>(&ServerConfig::port(self.port))?;
        let port = self.server.port();
        theater::log(&format!("webhooks go to http://127.0.0.1:{port}/webhook"));
        Ok(())
    }
}

/// Read for each delivery, so that no state contains it.
fn key() -> Result<Vec<u8>> {
    let secret = environment::get_var("WEBHOOK_SECRET").ok_or("WEBHOOK_SECRET is not set")?;
    signature::key_of(&secret).map_err(|error| error.context("WEBHOOK_SECRET"))
}

impl Routes for Webhook {
    fn server(&self) -> &Server {
        &self.server
    }

    fn routes(router: &mut Router<Self>) {
        router.post("/webhook", Self::take);
        router.get("/counts", |webhook: &mut Self, _: &Request| {
            json(200, &webhook.counts)
        });
    }
}

impl Webhook {
    fn take(&mut self, request: &Request) -> Result<Response> {
        let header = |name| theater::http_client::find_header(&request.headers, name).unwrap_or("");
        let (id, time) = (header("webhook-id"), header("webhook-timestamp"));
        let body = request.body.as_deref().unwrap_or_default();
        if !signature::is_signed(&key()?, id, time, body, header("webhook-signature")) {
            return Ok(problem(401, "the signature is not right"));
        }
        if id.is_empty() || id.len() > ID_BYTES_MAX {
            return Ok(problem(400, "an id has 1 to 100 bytes"));
        }
        let now = get_current_time() / 1000;
        let is_fresh = |time: u64| time.abs_diff(now) <= AGE_SECONDS_MAX;
        if !time.parse().is_ok_and(is_fresh) {
            return Ok(problem(401, "the signature is too old, or from the future"));
        }
        self.delivered
            .retain(|_, taken| now.saturating_sub(*taken) < KEPT_SECONDS);
        if self.delivered.contains_key(id) {
            return json(200, &Taken { id, is_new: false });
        }
        if self.delivered.len() == DELIVERIES_MAX {
            return Ok(problem(503, "too many deliveries: send it again"));
        }
        let Ok(event) = read_json::<Event>(request) else {
            return Ok(problem(400, "a delivery is JSON with a type"));
        };
        // The id and the effect are one state: after a crash both are there, or none of them.
        self.delivered.insert(id.to_string(), now);
        *self.counts.entry(event.kind).or_default() += 1;
        json(200, &Taken { id, is_new: true })
    }
}

theater::actor!(Webhook);
theater::http_handlers!(Webhook);

#[cfg(test)]
mod tests {
    use super::*;
    use theater::base64;
    use theater::testing::{with_host, TestActor};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NOW: u64 = 1_614_265_330;

    fn webhook() -> TestActor<Webhook> {
        webhook_with(None)
    }

    fn webhook_with(initial: Option<&str>) -> TestActor<Webhook> {
        with_host(|host| {
            host.environment
                .insert("WEBHOOK_SECRET".into(), SECRET.into());
            host.now_ms = NOW * 1000;
        });
        let mut actor = TestActor::new();
        actor.init(initial).unwrap();
        actor
    }

    fn delivery(id: &str, time: u64, body: &str) -> Request {
        use hmac::{Hmac, Mac};
        let key = signature::key_of(SECRET).unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{id}.{time}.{body}").as_bytes());
        let signature = base64::encode(mac.finalize().into_bytes());
        Request::post("/webhook")
            .header("Webhook-Id", id)
            .header("Webhook-Timestamp", &time.to_string())
            .header("Webhook-Signature", &format!("v1,{signature}"))
            .body(body)
    }

    fn counts(actor: &mut TestActor<Webhook>) -> String {
        actor
            .http_get("/counts")
            .unwrap()
            .text()
            .unwrap()
            .to_string()
    }

    #[test]
    fn takes_each_delivery_once() {
        let mut actor = webhook();
        let first = delivery("msg_1", NOW, r#"{"type":"paid"}"#);
        let answer = actor.http(first.clone()).unwrap();
        assert_eq!(answer.text().unwrap(), r#"{"id":"msg_1","is_new":true}"#);
        let again = actor.http(first).unwrap();
        assert_eq!(
            (again.status, again.text().unwrap()),
            (200, r#"{"id":"msg_1","is_new":false}"#)
        );
        actor
            .http(delivery("msg_2", NOW - 300, r#"{"type":"paid"}"#))
            .unwrap();
        assert_eq!(counts(&mut actor), r#"{"paid":2}"#);
    }

    #[test]
    fn knows_a_delivery_that_is_signed_again_for_three_days() {
        let mut actor = webhook();
        let body = r#"{"type":"paid"}"#;
        let first = delivery("msg_1", NOW, body);
        actor.http(first.clone()).unwrap();
        with_host(|host| host.now_ms += (KEPT_SECONDS - 1) * 1000);
        assert_eq!(actor.http(first).unwrap().status, 401);
        let again = delivery("msg_1", NOW + KEPT_SECONDS, body);
        let answer = actor.http(again.clone()).unwrap();
        assert_eq!(answer.text().unwrap(), r#"{"id":"msg_1","is_new":false}"#);
        with_host(|host| host.now_ms += 1000);
        actor
            .http(delivery("msg_2", NOW + KEPT_SECONDS, body))
            .unwrap();
        let kept = actor.actor().unwrap().delivered;
        assert_eq!(kept.keys().collect::<Vec<_>>(), ["msg_2"]);
    }

    #[test]
    fn asks_for_patience_when_its_memory_is_full() {
        let known: BTreeMap<_, _> = (0..DELIVERIES_MAX)
            .map(|id| (id.to_string(), NOW))
            .collect();
        let full = theater::to_json(&BTreeMap::from([("delivered", known)])).unwrap();
        let mut actor = webhook_with(Some(theater::text(&full).unwrap()));
        let body = r#"{"type":"paid"}"#;
        assert_eq!(actor.http(delivery("new", NOW, body)).unwrap().status, 503);
        assert_eq!(actor.http(delivery("7", NOW, body)).unwrap().status, 200);
    }

    #[test]
    fn refuses_what_is_not_signed_now_and_for_it() {
        let mut actor = webhook();
        let good = delivery("msg_1", NOW, r#"{"type":"paid"}"#);
        let mut forged = good.clone();
        forged.body = Some(br#"{"type":"free"}"#.to_vec());
        assert_eq!(actor.http(forged).unwrap().status, 401);
        let mut renamed = good.clone();
        renamed.headers[0].1 = "msg_2".into();
        assert_eq!(actor.http(renamed).unwrap().status, 401);
        assert_eq!(actor.http(Request::post("/webhook")).unwrap().status, 401);
        for time in [NOW - 301, NOW + 301] {
            assert_eq!(
                actor.http(delivery("msg_3", time, "{}")).unwrap().status,
                401
            );
        }
        assert_eq!(actor.http(delivery("", NOW, "{}")).unwrap().status, 400);
        assert_eq!(
            actor
                .http(delivery(&"x".repeat(101), NOW, "{}"))
                .unwrap()
                .status,
            400
        );
        // A delivery that cannot be read may be repaired and sent again.
        assert_eq!(
            actor.http(delivery("msg_4", NOW, "{}")).unwrap().status,
            400
        );
        assert_eq!(
            actor
                .http(delivery("msg_4", NOW, r#"{"type":"x"}"#))
                .unwrap()
                .status,
            200
        );
        assert_eq!(counts(&mut actor), r#"{"x":1}"#);
    }

    #[test]
    fn needs_a_secret() {
        let refused = TestActor::<Webhook>::new().init(None);
        assert_eq!(refused.unwrap_err(), "WEBHOOK_SECRET is not set");
    }
}
