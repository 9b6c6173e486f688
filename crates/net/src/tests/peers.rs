//! Who is connected, who stays so, and who is kept out.

use std::net::SocketAddr;

use libp2p::multiaddr::Protocol;
use tokio::{net::TcpSocket, sync::watch};

use super::*;
use crate::{COMMANDS_CAPACITY, DialFailure, EVENTS_CAPACITY, MAX_IN_FLIGHT_PER_PEER, MAX_RESPONSE_BYTES};

/// Returns an address nobody listens on, of a peer that exists nowhere.
async fn nowhere() -> Multiaddr {
    let mut node = start(200, TCP).await;
    node.send(Command::Shutdown).await;
    while node.events.next().await.is_some() {}
    node.address
}

/// Returns the address without the peer it ends in.
fn listen_again(address: &Multiaddr) -> String {
    address.iter().filter(|part| !matches!(part, Protocol::P2p(_))).collect::<Multiaddr>().to_string()
}

/// `a` keeps `b` connected: `b` ends, properly or by abort, and comes back under the same key and port.
async fn restart(listen: &str, politely: bool) {
    let mut b = start(2, listen).await;
    let address = b.address.clone();
    let mut a = start_with(1, listen, |options| options.static_peers = vec![address.clone()]).await;
    a.connected(b.key).await;
    b.connected(a.key).await;
    if politely {
        b.send(Command::Shutdown).await;
        timeout(PATIENCE, &mut b.task).await.unwrap().unwrap().unwrap();
    } else {
        b.task.abort();
        assert!(timeout(PATIENCE, &mut b.task).await.unwrap().unwrap_err().is_cancelled());
    }
    a.disconnected(b.key).await;
    let mut b = start_again(2, &listen_again(&address)).await;
    assert_eq!(b.address, address);
    a.connected(b.key).await;
    b.connected(a.key).await;
}

#[tokio::test]
async fn a_static_peer_is_found_again_over_tcp() {
    restart(TCP, true).await;
}

#[tokio::test]
async fn a_static_peer_is_found_again_over_quic() {
    restart(QUIC, true).await;
}

#[tokio::test]
async fn a_static_peer_that_was_killed_is_found_again() {
    restart(TCP, false).await;
}

#[tokio::test]
async fn a_static_peer_may_come_later() {
    let address = nowhere().await;
    let mut a = start(1, TCP).await;
    a.send(Command::AddStatic(address.clone())).await;
    let why = a
        .wait("failed dial", |event| match event {
            Event::DialFailed { why, .. } => Some(why),
            _ => None,
        })
        .await;
    assert!(matches!(why, DialFailure::Unreachable(_)), "{why}");
    let mut b = start(200, &listen_again(&address)).await;
    a.connected(b.key).await;
    b.connected(a.key).await;
}

/// Both have the other as a static peer, so both dial at once; each sees the other come once.
#[tokio::test]
async fn nodes_that_dial_each_other_are_connected_once() {
    let (mut a, mut b) = (start(1, TCP).await, start(2, TCP).await);
    a.send(Command::AddStatic(b.address.clone())).await;
    b.send(Command::AddStatic(a.address.clone())).await;
    a.connected(b.key).await;
    b.connected(a.key).await;
    let again = |event: &Event| matches!(event, Event::Connected { .. } | Event::Disconnected { .. });
    a.quiet(Duration::from_millis(500), again).await;
    b.quiet(Duration::from_millis(500), again).await;
}

#[tokio::test]
async fn a_dial_that_comes_to_nothing_says_why() {
    let (mut a, mut b) = (start(1, TCP).await, start(2, TCP).await);
    connect(&mut a, &mut b).await;
    let wrong = with_peer(listen_again(&b.address).parse().unwrap(), &options(9).public_key()).unwrap();
    type Expected = fn(&DialFailure) -> bool;
    let cases: [(Multiaddr, Expected); 5] = [
        (b.address.clone(), |why| *why == DialFailure::Already),
        (wrong, |why| *why == DialFailure::WrongPeer),
        (a.address.clone(), |why| *why == DialFailure::Own),
        ("/ip4/127.0.0.1/sctp/5".parse().unwrap(), |why| *why == DialFailure::Address),
        (nowhere().await, |why| matches!(why, DialFailure::Unreachable(_))),
    ];
    for (dialled, expected) in cases {
        a.send(Command::Dial(dialled.clone())).await;
        let (address, why) = a
            .wait("failed dial", |event| match event {
                Event::DialFailed { address, why, .. } => Some((address, why)),
                _ => None,
            })
            .await;
        assert_eq!(address, Some(dialled.clone()));
        assert!(expected(&why), "{dialled}: {why}");
    }
}

#[tokio::test]
async fn a_static_peer_needs_a_name() {
    let a = start(1, TCP).await;
    let bare: Multiaddr = "/ip4/127.0.0.1/tcp/5".parse().unwrap();
    assert!(matches!(a.handle.send(Command::AddStatic(bare.clone())).await, Err(Error::Address { .. })));
    let mut options = options(2);
    options.static_peers = vec![bare];
    assert!(matches!(spawn(options), Err(Error::Address { .. })));
}

/// ```text
/// a --- frozen pipe --- b
/// ```
/// `a` does not take its answers off the wire. `b` is rid of it, and of them, soon after it wants to be.
#[tokio::test]
async fn a_peer_that_does_not_drain_can_be_disconnected() {
    let (mut a, mut b) = (start(1, TCP).await, start(2, TCP).await);
    let (address, freeze) = pipe(&b.address);
    a.send(Command::Dial(with_peer(address, &b.key).unwrap())).await;
    a.connected(b.key).await;
    b.connected(a.key).await;
    for id in 0..MAX_IN_FLIGHT_PER_PEER as u64 {
        a.send(Command::Request { peer: b.key, id, bytes: vec![1] }).await;
    }
    let mut asked = Vec::new();
    while asked.len() < MAX_IN_FLIGHT_PER_PEER {
        if let Event::Request { id, .. } = b.event().await {
            asked.push(id);
        }
    }
    freeze.send(true).unwrap();
    for id in asked {
        b.send(Command::Respond { id, bytes: vec![7; MAX_RESPONSE_BYTES] }).await;
    }
    b.quiet(Duration::from_millis(500), |event| matches!(event, Event::ResponseSent { .. })).await;
    b.send(Command::Disconnect { peer: a.key }).await;
    for _ in 0..MAX_IN_FLIGHT_PER_PEER {
        let event = b.event().await;
        assert!(matches!(event, Event::ResponseFailed { .. }), "{event:?}");
    }
    assert_eq!(b.event().await, Event::Disconnected { peer: a.key });
}

/// ```text
/// a --- frozen pipe --- b, as it was      a sees neither of them go
/// a ------------------- b, restarted
/// ```
/// A peer that comes back replaces the connection on which it would never answer.
#[tokio::test]
async fn a_peer_that_comes_back_replaces_its_dead_connection() {
    let (mut a, mut b) = (start(1, TCP).await, start(2, TCP).await);
    let (address, freeze) = pipe(&a.address);
    b.send(Command::Dial(with_peer(address, &a.key).unwrap())).await;
    a.connected(b.key).await;
    b.connected(a.key).await;
    freeze.send(true).unwrap();
    b.task.abort();
    let (b_key, mut b) = (b.key, start(2, TCP).await);
    b.send(Command::Dial(a.address.clone())).await;
    b.connected(a.key).await;
    let echo = tokio::spawn(async move {
        loop {
            if let Event::Request { id, bytes, .. } = b.event().await {
                b.send(Command::Respond { id, bytes }).await;
            }
        }
    });
    // Requests alternate between connections, so six in a row go through only once the dead one is gone; pings
    // would find that out too, after more time than there is.
    timeout(PATIENCE, async {
        let (mut id, mut in_a_row) = (0, 0);
        while in_a_row < 6 {
            id += 1;
            a.send(Command::Request { peer: b_key, id, bytes: vec![1] }).await;
            in_a_row = if answered(&mut a).await { in_a_row + 1 } else { 0 };
        }
    })
    .await
    .expect("the dead connection is replaced");
    echo.abort();
}

async fn answered(node: &mut Node) -> bool {
    node.wait("an end of the request", |event| match event {
        Event::Response { .. } => Some(true),
        Event::RequestFailed { .. } => Some(false),
        Event::Disconnected { .. } => panic!("the peer is there"),
        _ => None,
    })
    .await
}

/// Returns the address of a pipe to `target` that holds little, and what stops it for good; must be called within a
/// tokio runtime.
fn pipe(target: &Multiaddr) -> (Multiaddr, watch::Sender<bool>) {
    let target: SocketAddr = socket_address(target);
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let listener = socket.listen(1).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (freeze, mut frozen) = watch::channel(false);
    tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(8 * 1024).unwrap();
        let mut far = socket.connect(target).await.unwrap();
        tokio::select! {
            copied = tokio::io::copy_bidirectional(&mut near, &mut far) => drop(copied),
            _ = frozen.wait_for(|frozen| *frozen) => {}
        }
        // Both ends stay open and unread for as long as the test runs.
        std::future::pending::<()>().await;
        drop((near, far));
    });
    (format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap(), freeze)
}

fn socket_address(address: &Multiaddr) -> SocketAddr {
    let port = address.iter().find_map(|part| match part {
        Protocol::Tcp(port) => Some(port),
        _ => None,
    });
    SocketAddr::from(([127, 0, 0, 1], port.unwrap()))
}

/// A full node takes nobody else, until somebody leaves.
#[tokio::test]
async fn connections_are_limited() {
    let mut node = start_with(1, TCP, |options| options.tuning.max_established_in = 2).await;
    let (mut first, mut second) = (start(2, TCP).await, start(3, TCP).await);
    connect(&mut first, &mut node).await;
    connect(&mut second, &mut node).await;
    let third = start(4, TCP).await;
    third.send(Command::AddStatic(node.address.clone())).await;
    node.quiet(Duration::from_secs(1), |event| !matches!(event, Event::Listening(_))).await;
    first.send(Command::Disconnect { peer: node.key }).await;
    node.disconnected(first.key).await;
    node.connected(third.key).await;
}

#[tokio::test]
async fn a_banned_peer_stays_out_until_the_ban_ends() {
    let mut node = start(1, TCP).await;
    let address = node.address.clone();
    let mut other = start_with(2, TCP, |options| options.static_peers = vec![address]).await;
    other.connected(node.key).await;
    node.connected(other.key).await;
    node.send(Command::Ban { peer: other.key, seconds: 3 }).await;
    node.disconnected(other.key).await;
    let start = tokio::time::Instant::now();
    node.send(Command::Dial(other.address.clone())).await;
    let why = node
        .wait("refused dial", |event| match event {
            Event::DialFailed { why, .. } => Some(why),
            Event::Connected { .. } => panic!("the peer is banned"),
            _ => None,
        })
        .await;
    assert!(matches!(why, DialFailure::Denied(_)), "{why}");
    node.connected(other.key).await;
    assert!(start.elapsed() >= Duration::from_millis(2500), "back after {:?}", start.elapsed());
}

#[tokio::test]
async fn a_node_of_another_network_is_shown_out() {
    let mut ours = start(1, TCP).await;
    let mut theirs = start_with(2, TCP, |options| options.network = "other".to_owned()).await;
    connect(&mut ours, &mut theirs).await;
    ours.disconnected(theirs.key).await;
    theirs.disconnected(ours.key).await;
}

/// A caller that does not read holds the service up, and loses nothing by it.
#[tokio::test]
async fn a_slow_caller_loses_no_event() {
    let (mut a, nowhere) = (start(1, TCP).await, nowhere().await);
    let mut b = start(2, TCP).await;
    let mut sent = 0;
    // Commands are refused once neither the events nor the backlog behind them have room.
    while sent < 10_000 && a.handle.send_within(Command::Dial(nowhere.clone())).await {
        sent += 1;
    }
    assert!((EVENTS_CAPACITY + COMMANDS_CAPACITY..10_000).contains(&sent), "{sent} commands taken");
    b.send(Command::Dial(a.address.clone())).await;
    let (mut failed, mut connected) = (0, 0);
    while failed < sent || connected == 0 {
        match a.event().await {
            Event::DialFailed { .. } => failed += 1,
            Event::Connected { .. } => connected += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((failed, connected), (sent, 1));
    b.connected(a.key).await;
}

impl Handle {
    /// Sends a command unless there is no room for it for a while.
    async fn send_within(&self, command: Command) -> bool {
        timeout(Duration::from_millis(500), self.send(command)).await.is_ok_and(|sent| sent.is_ok())
    }
}

#[tokio::test]
async fn the_service_ends_with_its_caller() {
    let Node { events, task, handle, .. } = start(1, TCP).await;
    drop(events);
    timeout(PATIENCE, task).await.unwrap().unwrap().unwrap();
    assert!(matches!(handle.send(Command::Shutdown).await, Err(Error::Ended)));

    let Node { mut events, task, handle, .. } = start(2, TCP).await;
    drop(handle);
    timeout(PATIENCE, task).await.unwrap().unwrap().unwrap();
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn an_address_in_use_is_an_error_at_once() {
    let a = start(1, QUIC).await;
    let mut options = options(2);
    options.listen = vec![listen_again(&a.address).parse().unwrap()];
    assert!(matches!(spawn(options), Err(Error::Listen { .. })));
}
