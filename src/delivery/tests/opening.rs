//! Sessions that must not come about, and those that must prove themselves.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::memory::Memory;
use super::relay::{Act, At, Relay};
use super::{job, relay_target, run};
use crate::config::Tls;
use crate::delivery::{DeliveryError, Destination, Ended, Halt, InboxProof, Job, Login};
use crate::diag::draw;
use crate::words::InboxToken;
use crate::words::Secret;

fn login() -> Option<Login> {
    let password = Secret::new("pa55word");
    Some(Login {
        user: "ann".into(),
        password,
        mechanism: None,
        source: "the variable LETTERPRESS_PASSWORD".into(),
    })
}

fn with(address: SocketAddr, tls: Tls, login: Option<Login>) -> Job {
    let mut target = relay_target(address);
    (target.tls, target.login) = (tls, login);
    Job { destination: Destination::Relay(target), ..job(address) }
}

fn inbox(address: SocketAddr, token: u8) -> Job {
    let proof = InboxProof { token: InboxToken([token; 32]), issue: "2023-W12".parse().unwrap() };
    Job { destination: Destination::Inbox { address, proof }, ..job(address) }
}

#[tokio::test]
async fn where_starttls_is_not_offered_nothing_else_is_said() {
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let job = with(relay.address, Tls::StartTls, login());
    let sent = run(&job, Memory::plan(3)).await.unwrap();
    assert!(matches!(&sent.ended, Ended::Halted(Halt::Tls(_))), "{:?}", sent.ended);
    assert_eq!(sent.tally.pending, 3);
    let verbs: Vec<_> = relay.seen().commands.into_iter().map(|(_, line)| line).collect();
    assert_eq!(verbs, ["EHLO sender.example"]);
}

#[tokio::test]
async fn where_tls_breaks_nothing_is_sent_in_the_clear() {
    let relay = Relay::start(|at, _, _| match at {
        At::Ehlo => Act::Say("250-relay.example\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n"),
        At::StartTls => Act::Say("220 go on\r\n250 relay.example\r\n"),
        _ => Act::Usual,
    })
    .await;
    let job = with(relay.address, Tls::StartTls, login());
    let sent = run(&job, Memory::plan(3)).await;
    assert!(!matches!(&sent, Ok(sent) if sent.tally.accepted > 0), "{sent:?}");
    let seen = relay.seen();
    assert_eq!((seen.count("AUTH"), seen.count("MAIL")), (0, 0), "{:?}", seen.commands);
}

#[tokio::test]
async fn a_server_without_tls_on_an_implicit_port_gets_no_command() {
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let sent = run(&with(relay.address, Tls::Implicit, login()), Memory::plan(3)).await.unwrap();
    assert!(matches!(&sent.ended, Ended::Halted(Halt::Tls(_))), "{:?}", sent.ended);
    let seen = relay.seen();
    assert_eq!(seen.count("EHLO") + seen.count("AUTH") + seen.count("MAIL"), 0);
}

#[tokio::test]
async fn a_password_never_crosses_a_network_in_the_clear() {
    let mut target = relay_target("127.0.0.1:1".parse().unwrap());
    target.host = "relay.example".into();
    target.login = login();
    let job =
        Job { destination: Destination::Relay(target), ..job("127.0.0.1:1".parse().unwrap()) };
    let sent = run(&job, Memory::plan(3)).await.unwrap();
    let diagnostic = sent.ended.diagnostic(&job.destination).unwrap();
    insta::assert_snapshot!(draw(&diagnostic, false), @"
    error: there is no log-in at the relay `main`
       = relay.example:1: a log-in without TLS to another machine is never tried
    ");
}

#[tokio::test]
async fn on_this_machine_a_log_in_works_by_plain_and_by_login() {
    for (offer, first) in [
        ("250-relay.example\r\n250 AUTH PLAIN LOGIN\r\n", "AUTH PLAIN AGFubgBwYTU1d29yZA=="),
        ("250-relay.example\r\n250 AUTH LOGIN\r\n", "AUTH LOGIN"),
    ] {
        let relay = Relay::start(move |at, line, _| match at {
            At::Ehlo => Act::Say(offer),
            // The names of the two challenges; what follows them is answered as unknown commands.
            At::Auth if line == "AUTH LOGIN" => Act::Say("334 VXNlcm5hbWU6\r\n"),
            _ => Act::Usual,
        })
        .await;
        let sent = run(&with(relay.address, Tls::None, login()), Memory::plan(1)).await.unwrap();
        assert_eq!(sent.tally.accepted, 1);
        let seen = relay.seen();
        assert_eq!(seen.commands[1].1, first);
        if first == "AUTH LOGIN" {
            assert_eq!(seen.commands[2].1, "YW5u", "the user's name in base64");
        }
    }
}

#[tokio::test]
async fn a_refused_log_in_halts_and_says_where_the_password_came_from() {
    let relay = Relay::start(|at, _, _| match at {
        At::Ehlo => Act::Say("250-relay.example\r\n250 AUTH PLAIN\r\n"),
        At::Auth => Act::Say("535 5.7.8 bad credentials\r\n"),
        _ => Act::Usual,
    })
    .await;
    let job = with(relay.address, Tls::None, login());
    let sent = run(&job, Memory::plan(3)).await.unwrap();
    assert_eq!((sent.tally.pending, relay.seen().count("MAIL")), (3, 0));
    let diagnostic = sent.ended.diagnostic(&job.destination).unwrap();
    let drawn = draw(&diagnostic, false).replace(&relay.address.to_string(), "RELAY");
    insta::assert_snapshot!(drawn, @"
    error: the relay `main` refused our log-in
       = RELAY said `535 5.7.8 bad credentials`
       = hint: it read the password from the variable LETTERPRESS_PASSWORD
    ");
    assert!(!format!("{job:?}").contains("pa55word"));
}

#[tokio::test]
async fn a_relay_that_is_not_there_ends_the_send_before_it_began() {
    let journal = Memory::plan(3);
    let result = run(&job("127.0.0.1:1".parse().unwrap()), journal.clone()).await;
    assert!(matches!(result, Err(DeliveryError::Unreachable { .. })), "{result:?}");
    // No claim is left behind.
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    assert_eq!(run(&job(relay.address), journal).await.unwrap().tally.accepted, 3);
}

#[tokio::test]
async fn a_foreign_server_gets_no_mail_in_a_rehearsal() {
    let answers = [
        // It knows nothing of the proof.
        (Act::Usual, Act::Usual),
        // It offers the proof and fails it, in several ways.
        (Act::Say("250-x\r\n250 XLETTERPRESS\r\n"), Act::Usual),
        (Act::Say("250-x\r\n250 XLETTERPRESS\r\n"), Act::Say("250 ok\r\n")),
        (Act::Say("250-x\r\n250 XLETTERPRESS\r\n"), Act::Drop),
    ];
    for (ehlo, proof) in answers {
        let relay = Relay::start(move |at, _, _| match at {
            At::Ehlo => ehlo.clone(),
            At::Proof => proof.clone(),
            _ => Act::Usual,
        })
        .await;
        let result = run(&inbox(relay.address, 1), Memory::plan(3)).await;
        let Err(DeliveryError::NotOurInbox { address }) = result else { panic!("{result:?}") };
        assert_eq!(address, relay.address.to_string());
        let seen = relay.seen();
        assert_eq!((seen.count("MAIL"), seen.taken.len()), (0, 0));
    }
}

#[tokio::test]
async fn an_inbox_that_answers_the_challenge_gets_the_copies() {
    for (token, ours) in [(7, true), (8, false)] {
        let relay = Relay::start(move |at, line, _| match at {
            At::Ehlo => Act::Say("250-inbox\r\n250 XLETTERPRESS\r\n"),
            At::Proof => {
                let nonce = line.split(' ').nth(1).unwrap();
                assert_eq!(line.split(' ').nth(2), Some("2023-W12"));
                let nonce: Vec<u8> = (0..nonce.len() / 2)
                    .map(|n| u8::from_str_radix(&nonce[2 * n..2 * n + 2], 16).unwrap())
                    .collect();
                let answer = InboxToken([token; 32]).answer(&nonce);
                let answer: String = answer.iter().map(|byte| format!("{byte:02x}")).collect();
                Act::Say(Box::leak(format!("250 {answer}\r\n").into()))
            }
            _ => Act::Usual,
        })
        .await;
        let result = run(&inbox(relay.address, 7), Memory::plan(3)).await;
        assert_eq!(result.is_ok(), ours);
        assert_eq!(relay.seen().taken.len(), if ours { 3 } else { 0 });
    }
}

#[tokio::test]
async fn a_greeting_that_refuses_halts_and_one_that_is_busy_is_tried_later() {
    let relay = Relay::start(|at, _, _| match at {
        At::Connect => Act::Bye("554 5.3.2 no service for you\r\n"),
        _ => Act::Usual,
    })
    .await;
    let sent = run(&job(relay.address), Memory::plan(1)).await.unwrap();
    assert!(matches!(sent.ended, Ended::Halted(Halt::Greeting(_))), "{:?}", sent.ended);
    let relay = Relay::start(|at, _, _| match at {
        At::Connect => Act::Bye("421 4.3.2 busy\r\n"),
        _ => Act::Usual,
    })
    .await;
    let result = run(&job(relay.address), Memory::plan(1)).await;
    assert!(matches!(result, Err(DeliveryError::Unreachable { .. })), "{result:?}");
}

#[tokio::test]
async fn a_relay_that_goes_away_in_the_midst_leaves_the_rest_pending() {
    for connections in [1, 3] {
        let relay = Relay::start(|at, _, before| match at {
            At::Mail if before >= 6 => Act::Drop,
            At::Connect if before >= 4 => Act::Drop,
            _ => Act::Usual,
        })
        .await;
        let journal = Memory::plan(60);
        let sent = run(&Job { connections, ..job(relay.address) }, journal).await.unwrap();
        assert!(matches!(sent.ended, Ended::Unreachable(_)), "{:?}", sent.ended);
        assert_eq!((sent.tally.accepted, sent.tally.in_doubt), (6, 0));
        assert!(sent.tally.pending >= 45, "{:?}", sent.tally);
    }
}

#[tokio::test]
async fn a_relay_that_takes_fewer_connections_is_served_by_those() {
    let relay = Relay::start(|at, _, before| match at {
        At::Connect if before >= 2 => Act::Bye("421 4.3.2 too many connections\r\n"),
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(60);
    let sent = run(&Job { connections: 5, ..job(relay.address) }, journal).await.unwrap();
    assert!(matches!(sent.ended, Ended::Done), "{:?}", sent.ended);
    assert_eq!(sent.tally.accepted, 60);
}

fn self_signed() -> TlsAcceptor {
    let pem = include_bytes!("self-signed.pem");
    let chain = vec![CertificateDer::from_pem_slice(pem).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(pem).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn a_relay_whose_certificate_nobody_vouches_for_gets_no_log_in_and_no_mail() {
    for tls in [Tls::Implicit, Tls::StartTls] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let mut stream = BufReader::new(listener.accept().await.unwrap().0);
            let replies = ["220 relay.example\r\n", "250-x\r\n250 STARTTLS\r\n", "220 go on\r\n"];
            let mut said = Vec::new();
            if tls == Tls::StartTls {
                for (index, reply) in replies.into_iter().enumerate() {
                    stream.write_all(reply.as_bytes()).await.unwrap();
                    let mut line = String::new();
                    if index < 2 {
                        stream.read_line(&mut line).await.unwrap();
                        said.push(line.trim_end().to_owned());
                    }
                }
            }
            (said, self_signed().accept(stream).await.is_ok())
        });
        let sent = run(&with(address, tls, login()), Memory::plan(3)).await.unwrap();
        assert!(matches!(&sent.ended, Ended::Halted(Halt::Tls(_))), "{:?}", sent.ended);
        let (said, encrypted) = serving.await.unwrap();
        assert!(!encrypted, "the handshake went through");
        assert!(said.iter().all(|line| ["EHLO sender.example", "STARTTLS"].contains(&&**line)));
    }
}
