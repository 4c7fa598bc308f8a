//! Sender over HTTP: the request that is sent, and the addresses that are never called.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use model::{AddressRule, Timestamp};
use testkit::{Reply, WebhookReceiver};
use webhooks::{DeliveryError, HostResolver, Message, Secret, Sender, Settings};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A resolver that answers as it is told: the first answer to the first question, the last one for ever.
struct ScriptedResolver {
    answers: Vec<Vec<IpAddr>>,
    queries: AtomicUsize,
}

impl ScriptedResolver {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let read = |answer: &&[&str]| answer.iter().map(|text| text.parse().expect("an address")).collect();
        Arc::new(Self { answers: answers.iter().map(read).collect(), queries: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl HostResolver for ScriptedResolver {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        assert_eq!(host, "hook.example");
        let asked = self.queries.fetch_add(1, Ordering::SeqCst);
        Ok(self.answers[asked.min(self.answers.len() - 1)].clone())
    }
}

fn settings(allowed: &[&str]) -> Settings {
    let networks: Vec<ipnet::IpNet> = allowed.iter().map(|text| text.parse().expect("a network")).collect();
    Settings {
        addresses: AddressRule::allowing(&networks),
        timeout: Duration::from_millis(1500),
        ..Settings::signed_with(Secret::parse(SECRET).expect("a secret"))
    }
}

fn message() -> Message {
    Message { id: "msg_1".to_owned(), body: b"{\"type\":\"job.ended\"}".to_vec() }
}

async fn send(settings: &Settings, lookup: Arc<ScriptedResolver>, url: &str) -> Result<(), DeliveryError> {
    let sender = Sender::new(settings, lookup).expect("a client");
    sender.send(url, &message(), Timestamp::from_millis(1_614_265_330_999)).await
}

/// To a name that leads to the receiver, where loopback is allowed.
async fn send_to(receiver: &WebhookReceiver) -> Result<(), DeliveryError> {
    let url = format!("http://hook.example:{}/hook", receiver.address().port());
    send(&settings(&["127.0.0.0/8"]), ScriptedResolver::new(&[&["127.0.0.1"]]), &url).await
}

#[tokio::test]
async fn a_message_is_posted_with_its_id_its_moment_and_its_signature() {
    let receiver = WebhookReceiver::with_replies([]).await;
    send_to(&receiver).await.expect("arrives");
    let [received] = receiver.requests().try_into().expect("one request");
    let header = |name: &str| received.headers.get(name).cloned().unwrap_or_default();
    assert_eq!((received.line.as_str(), received.body.clone()), ("POST /hook", message().body));
    assert_eq!(header("host"), format!("hook.example:{}", receiver.address().port()));
    assert_eq!(header("content-type"), "application/json");
    assert_eq!((header("webhook-id"), header("webhook-timestamp")), ("msg_1".into(), "1614265330".into()));
    let expected = Secret::parse(SECRET).expect("a secret").sign("msg_1", 1_614_265_330, &message().body);
    assert_eq!(header("webhook-signature"), expected);
}

#[tokio::test]
async fn only_a_success_is_one() {
    for (status, arrives, is_final) in
        [(200, true, false), (299, true, false), (400, false, false), (410, false, true), (500, false, false)]
    {
        let receiver = WebhookReceiver::with_replies([Reply::Status(status)]).await;
        match send_to(&receiver).await {
            Ok(()) => assert!(arrives, "{status}"),
            Err(failure) => {
                assert_eq!((arrives, failure.is_final()), (false, is_final), "{status}: {failure}");
            }
        }
    }
}

#[tokio::test]
async fn a_name_that_leads_into_this_network_is_never_called() {
    let receiver = WebhookReceiver::with_replies([]).await;
    let url = format!("http://hook.example:{}/", receiver.address().port());
    for answer in [
        &["127.0.0.1"][..],
        &["::1"],
        &["0.0.0.0"],
        &["::ffff:127.0.0.1"],
        &["169.254.169.254"],
        &["10.0.0.1", "192.168.0.1", "fd00::1"],
        &["64:ff9b::7f00:1"],
        &[],
    ] {
        let failure =
            send(&settings(&[]), ScriptedResolver::new(&[answer]), &url).await.expect_err("is refused");
        assert!(
            matches!(failure, DeliveryError::NotAllowed) && failure.is_final(),
            "{answer:?}: {failure:?}"
        );
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn of_several_addresses_only_those_that_are_allowed_are_called() {
    let receiver = WebhookReceiver::with_replies([]).await;
    let url = format!("http://hook.example:{}/", receiver.address().port());
    // The receiver's address is allowed in the first case, and must not be called in the second.
    let lookup = || ScriptedResolver::new(&[&["10.255.255.1", "127.0.0.1"]]);
    send(&settings(&["127.0.0.1/32"]), lookup(), &url).await.expect("arrives");
    assert_eq!(receiver.connections(), 1);
    let began = Instant::now();
    let lookup = ScriptedResolver::new(&[&["127.0.0.1", "127.255.255.254"]]);
    send(&settings(&["127.255.255.254/32"]), lookup, &url).await.expect_err("nobody listens there");
    assert_eq!(receiver.connections(), 1, "after {:?}", began.elapsed());
}

#[tokio::test]
async fn a_name_that_is_harmless_when_it_is_looked_at_gains_nothing_by_another_answer_later() {
    let receiver = WebhookReceiver::with_replies([]).await;
    let url = format!("http://hook.example:{}/", receiver.address().port());
    // A second resolution for the connection would lead to the receiver.
    let lookup = ScriptedResolver::new(&[&["127.255.255.254"], &["127.0.0.1"]]);
    let failure =
        send(&settings(&["127.255.255.254/32"]), lookup.clone(), &url).await.expect_err("nobody there");
    assert!(matches!(failure, DeliveryError::NoAnswer(_)), "{failure:?}");
    assert_eq!((receiver.connections(), lookup.queries.load(Ordering::SeqCst)), (0, 1));
    // And the second time it is looked at again.
    let sender = Sender::new(&settings(&["127.255.255.254/32"]), lookup).expect("a client");
    let failure = sender.send(&url, &message(), Timestamp::now()).await.expect_err("is refused");
    assert!(matches!(failure, DeliveryError::NotAllowed), "{failure:?}");
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn an_address_that_is_no_name_is_looked_at_too() {
    let receiver = WebhookReceiver::with_replies([]).await;
    let port = receiver.address().port();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
    ] {
        let url = format!("http://{host}:{port}/");
        let failure =
            send(&settings(&[]), ScriptedResolver::new(&[&["1.1.1.1"]]), &url).await.expect_err("is refused");
        assert!(matches!(failure, DeliveryError::NotAllowed), "{host}: {failure:?}");
    }
    assert_eq!(receiver.connections(), 0);
    let url = format!("http://{}:{port}/", Ipv4Addr::LOCALHOST);
    send(&settings(&["127.0.0.0/8"]), ScriptedResolver::new(&[&["1.1.1.1"]]), &url)
        .await
        .expect("is allowed here");
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let secret = WebhookReceiver::with_replies([]).await;
    let receiver = WebhookReceiver::with_replies([Reply::Redirect(secret.url("/secret"))]).await;
    let failure = send_to(&receiver).await.expect_err("is no success");
    assert!(matches!(failure, DeliveryError::Status(307)), "{failure:?}");
    assert_eq!(secret.connections(), 0);
}

#[tokio::test]
async fn an_answer_that_never_ends_is_not_read_and_one_that_never_comes_is_not_waited_for() {
    let endless = WebhookReceiver::with_replies([Reply::Endless]).await;
    send_to(&endless).await.expect("its status says that it has arrived");
    tokio::time::sleep(Duration::from_millis(200)).await;
    // As much as fits into the buffers of a connection that is not read.
    assert!(endless.bytes_sent() < 16 * 1024 * 1024, "{} bytes were taken", endless.bytes_sent());
    let silent = WebhookReceiver::with_replies([Reply::Silence]).await;
    let began = Instant::now();
    let failure = send_to(&silent).await.expect_err("nothing is answered");
    assert!(matches!(failure, DeliveryError::NoAnswer(_)) && !failure.is_final(), "{failure:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}
